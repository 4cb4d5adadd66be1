/**
 * What goes over the wire, for people who look for a fault. Secrets are masked.
 */
import * as Effect from "effect/Effect"
import type { Hooks } from "../../services/Hooks.ts"
import * as Redact from "../../wire/redact.ts"

const listed = (fields: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>): string =>
  Object.entries(fields).map(([name, value]) => `\n  ${name}: ${String(value)}`).join("")

/** an element without elements in it, whatever its text is written as */
const leaf = /<([\w.-]{1,64})(?:\s[^<>]*)?>(?:[^<]|<!\[CDATA\[[^]*?\]\]>)+/g
const attribute = /\s([\w.-]{1,64})\s*=\s*(?:"[^"]*"|'[^']*')/g

/** At most 2,000 characters of a body, with what stands under secret names masked; of what is neither a form, JSON nor XML only the length. */
const shownBody = (body: Uint8Array | string, mediaType: string | undefined, isSecretName: (name: string) => boolean): string => {
  const text = typeof body === "string" ? body : new TextDecoder().decode(body)
  const length = `(${typeof body === "string" ? new TextEncoder().encode(body).length : body.length} bytes)`
  if (mediaType === undefined) return length
  if (/urlencoded/i.test(mediaType)) {
    return [...new URLSearchParams(text)].map(([name, value]) => `${name}=${isSecretName(name) ? Redact.mask : value}`).join("&").slice(0, 2_000)
  }
  if (/\bjson\b/i.test(mediaType)) {
    try {
      return JSON.stringify(Redact.data(JSON.parse(text), { isSecretName, values: () => [] })).slice(0, 2_000)
    } catch {
      return length
    }
  }
  if (/\bxml\b/i.test(mediaType)) {
    return text
      .replace(leaf, (whole, name: string) => isSecretName(name) ? `<${name}>${Redact.mask}` : whole)
      .replace(attribute, (whole, name: string) => isSecretName(name) ? ` ${name}="${Redact.mask}"` : whole)
      .slice(0, 2_000)
  }
  return length
}

/** Logs each request and response: its head, and the body of a request where it is in memory. `redact`: secret names beyond the well-known ones. */
export const wireLog = (redact?: ReadonlyArray<string>): ReadonlyArray<Hooks> => {
  const isSecretName = Redact.isSecretName(redact)
  return [
    {
      hop: (event) => Effect.logInfo(`> ${event.method} ${event.url}${listed(event.headers)}`),
      response: (event) => Effect.logInfo(`< ${event.status} ${event.method} ${event.url}${listed(event.headers)}`),
      failure: (event) => Effect.logInfo(`! ${event.failure.message}`)
    },
    // bodies are shown to hooks that see everything: this one shows nothing else of it
    {
      reveal: true,
      hop: ({ body, headers }) => body === undefined || body.length === 0 ? Effect.void : Effect.logInfo(`> ${shownBody(body, headers["content-type"], isSecretName)}`)
    }
  ]
}
