/**
 * Masks secrets before they can reach an error, a log or a recording: by the name they stand under, and by their value.
 */

import type { ResponseHeaders } from "./headers.ts"

/** What to mask. */
export interface Redaction {
  /** is a field, header or query parameter of this name secret? */
  readonly isSecretName: (name: string) => boolean
  /** secrets of the session at this moment, to be masked wherever they stand */
  readonly values: () => Iterable<string>
}

export const mask = "<redacted>"

/** Names under which secrets travel, compared without case, `-` and `_`. */
const wellKnown =
  /^(?:authorization|proxyauthorization|cookie|setcookie|xapikey|.*apikey|.*csrf.*|.*xsrf.*|pass|.*password|.*passwd|passphrase|pwd|pin|otp|totp|.*secret|secret.*|token|.*token|jwt|sessionkey|sessionid|jsessionid|.*credentials?|credentialsdata|requestcredentialsdata|privatekey|signature|assertion|clientassertion|codeverifier|sig)$/

const plain = (name: string): string => name.toLowerCase().replace(/[-_.\s]/g, "")

/** The well-known names, and those that an API or a configuration adds. */
export const isSecretName = (more: ReadonlyArray<string> = []): (name: string) => boolean => {
  const added = new Set(more.map(plain))
  return (name) => {
    const key = plain(name)
    return added.has(key) || wellKnown.test(key)
  }
}

/** Masks known secret values inside a text. Values under 4 characters are left: they would mask half of the text. */
export const text = (value: string, redaction: Redaction): string => {
  let out = value
  for (const secret of redaction.values()) {
    if (secret.length < 4) continue
    if (out.includes(secret)) out = out.replaceAll(secret, mask)
    const encoded = secret.isWellFormed() ? encodeURIComponent(secret) : secret
    if (encoded !== secret && out.includes(encoded)) out = out.replaceAll(encoded, mask)
  }
  return out
}

/** A URL as it may be shown: no user information, no fragment, secret query values masked. */
export const url = (value: URL, redaction: Redaction): string => {
  const query: Array<string> = []
  if (value.search.length > 1) {
    for (const pair of value.search.slice(1).split("&")) {
      const equals = pair.indexOf("=")
      const name = equals < 0 ? pair : pair.slice(0, equals)
      query.push(equals >= 0 && redaction.isSecretName(safeDecode(name)) ? `${name}=${mask}` : pair)
    }
  }
  return text(value.origin + value.pathname + (query.length === 0 ? "" : `?${query.join("&")}`), redaction)
}

const safeDecode = (name: string): string => {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

/**
 * A copy of plain data with secrets masked: texts under secret names (at any depth below one), and known values anywhere.
 * Instances of classes are returned as they are, unless `text` can say something about them.
 */
export const data = (value: unknown, redaction: Redaction, secret = false, depth = 0): unknown => {
  if (typeof value === "string") return secret && value !== "" ? mask : text(value, redaction)
  if (typeof value !== "object" || value === null || depth > 64) return value
  if (Array.isArray(value)) return value.map((item) => data(item, redaction, secret, depth + 1))
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  const out: Record<string, unknown> = {}
  for (const [key, member] of Object.entries(value)) {
    // defineProperty: a member called `__proto__` must stay inert data
    Object.defineProperty(out, key, { value: data(member, redaction, secret || redaction.isSecretName(key), depth + 1), enumerable: true, configurable: true, writable: true })
  }
  return out
}

/** Header fields with secret values masked. */
export const headers = (fields: Readonly<Record<string, string>>, redaction: Redaction): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, redaction.isSecretName(name) ? mask : text(value, redaction)]))

/** At most 200 characters of a text, one line, masked. JSON-ish secret members are masked even where the text is no JSON. */
export const excerpt = (value: string, redaction: Redaction): string => {
  const members = value.slice(0, 2_000).replace(/"([^"\\]{1,64})"\s*:\s*"(?:[^"\\]|\\.)*"?/g, (whole, name: string) => redaction.isSecretName(name) ? `"${name}":"${mask}"` : whole)
  const forms = members.replace(/([A-Za-z0-9_-]{1,64})=([^&\s"'<>]+)/g, (whole, name: string) => redaction.isSecretName(name) ? `${name}=${mask}` : whole)
  const line = text(forms, redaction).replace(/[\s\p{Cc}]+/gu, " ").trim()
  return line.length > 200 ? `${line.slice(0, 199)}…` : line
}

/** Response fields with secret values masked. */
export const responseHeaders = (fields: ResponseHeaders, redaction: Redaction): ResponseHeaders =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [
    name,
    value === undefined ? undefined : redaction.isSecretName(name) ? mask : typeof value === "string" ? text(value, redaction) : value.map((v) => text(v, redaction))
  ]))
