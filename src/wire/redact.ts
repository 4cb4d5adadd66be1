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

/** Names under which secrets travel, compared without case, `-`, `_` and the brackets of nested parameters (`filter[password]`). */
const wellKnown =
  /^(?:authorization|proxyauthorization|cookie|setcookie|xapikey|.*apikey|.*csrf.*|.*xsrf.*|pass|.*password|.*passwd|passphrase|passcode|pwd|pin|otp|totp|.*secret|secret.*|token|.*token|jwt|sessionkey|sessionid|jsessionid|.*credentials?|credentialsdata|requestcredentialsdata|privatekey|.*signature|assertion|clientassertion|codeverifier|sig)$/

/** Tokens that are a place in a list and prove nothing. */
const position = /^(?:next|prev|previous|page|continuation|sync|start|marker)(?:page)?token$/

const plain = (name: string): string => name.toLowerCase().replace(/[-_.\s[\]]/g, "")

/** The well-known names, and those that an API or a configuration adds. */
export const isSecretName = (more: ReadonlyArray<string> = []): (name: string) => boolean => {
  const added = new Set(more.map(plain))
  return (name) => {
    const key = plain(name)
    return added.has(key) || (wellKnown.test(key) && !position.test(key))
  }
}

/** Masks known secret values inside a text. Values under 4 characters are left: they would mask half of the text. */
export const text = (value: string, redaction: Redaction): string => {
  // user information has no place in anything that is shown (RFC 3986 section 7.5)
  let out = value.includes("@") ? value.replace(/:\/\/[^\s/?#@"<>]{1,256}@/g, "://") : value
  // the longest first: a secret that begins with another one would keep its end
  for (const secret of [...redaction.values()].sort((a, b) => b.length - a.length)) {
    if (secret.length < 4) continue
    // as it is, without what base64 is filled up with, as it stands in JSON, and as it stands in a URL: its query, a URL in its
    // query, its path
    const inUrl = secret.isWellFormed() ? [encodeURIComponent(secret), encodeURIComponent(encodeURIComponent(secret)), encodeURI(secret)] : []
    for (const form of new Set([secret, secret.replace(/={1,2}$/, ""), JSON.stringify(secret).slice(1, -1), ...inUrl])) {
      if (form.length > 3 && out.includes(form)) out = out.replaceAll(form, mask)
    }
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
      query.push(equals >= 0 && redaction.isSecretName(safeDecode(name)) ? `${name}=${mask}` : nested(pair, redaction))
    }
  }
  // what is no http URL, such as `file:`, has no origin
  const start = value.origin === "null" ? value.protocol + (value.host === "" ? "" : `//${value.host}`) : value.origin
  return text(start + value.pathname + (query.length === 0 ? "" : `?${query.join("&")}`), redaction)
}

const safeDecode = (name: string): string => {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

/** below this depth nothing is looked at any more, and so nothing is shown */
const maxDepth = 64

/**
 * Data with secrets masked: texts under secret names (at any depth below one), and known values anywhere. What holds a
 * secret is copied, instances of classes included; everything else is given back as it is.
 */
export const data = (value: unknown, redaction: Redaction, secret = false, depth = 0): unknown => {
  if (typeof value === "string") return secret && value !== "" ? mask : text(value, redaction)
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value
  if (depth > maxDepth) return mask
  if (Array.isArray(value)) {
    const items = value.map((item) => data(item, redaction, secret, depth + 1))
    return items.every((item, index) => item === value[index]) ? value : items
  }
  const out: object = Object.create(Object.getPrototypeOf(value) as object | null)
  let masked = false
  for (const [key, member] of Object.entries(value)) {
    const safe = data(member, redaction, secret || redaction.isSecretName(key), depth + 1)
    if (safe !== member) masked = true
    // defineProperty: a member called `__proto__` must stay inert data
    Object.defineProperty(out, key, { value: safe, enumerable: true, configurable: true, writable: true })
  }
  return masked ? out : value
}

/** Masks what follows secret names, up to what ends a value. What follows other names may hold further ones: a URL in a query. */
const valuesOf = (value: string, name: RegExp, end: RegExp, redaction: Redaction): string => {
  let out = ""
  let at = 0
  for (const found of value.matchAll(name)) {
    const start = found.index + found[0].length
    if (found.index < at || !redaction.isSecretName(found[1] ?? "")) continue
    const stop = value.slice(start).search(end)
    if (stop === 0) continue
    out += value.slice(at, start) + mask
    at = stop < 0 ? value.length : start + stop
  }
  return out + value.slice(at)
}

/** `name=value` inside a text, such as a query or a form. */
const assignments = (value: string, redaction: Redaction): string =>
  nested(valuesOf(value, /([A-Za-z0-9_-]{1,64})=/g, /[&\s"'<>]/, redaction), redaction)

/** The same in a URL within a URL: `next=https%3A%2F%2Fapi.example.com%2F%3Ftoken%3D…` */
const nested = (value: string, redaction: Redaction): string =>
  value.includes("%3")
    // `%3F` and `%26` before a name are no part of it
    ? valuesOf(value, /(?:%[0-9A-F]{2})?([A-Za-z0-9_-]{1,64})%3D/gi, /%26|[&\s"'<>]/, redaction)
    : value

/** a field's value may be a URL, as in `Location` and `Link` */
const field = (value: string, redaction: Redaction): string => assignments(text(value, redaction), redaction)

/** Header fields with secret values masked. */
export const headers = (fields: Readonly<Record<string, string>>, redaction: Redaction): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, redaction.isSecretName(name) ? mask : field(value, redaction)]))

/** At most 200 characters of a text, one line, masked. JSON-ish secret members are masked even where the text is no JSON. */
export const excerpt = (value: string, redaction: Redaction): string => {
  // known secrets first: cut in two by the limit, one would not be known any more
  const members = text(value, redaction).slice(0, 2_000).replace(/"([^"\\]{1,64})"\s*:\s*"(?:[^"\\]|\\.)*"?/g, (whole, name: string) => redaction.isSecretName(name) ? `"${name}":"${mask}"` : whole)
  const line = assignments(members, redaction).replace(/[\s\p{Cc}]+/gu, " ").trim()
  return line.length > 200 ? `${line.slice(0, 199)}…` : line
}

/** Response fields with secret values masked. */
export const responseHeaders = (fields: ResponseHeaders, redaction: Redaction): ResponseHeaders =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [
    name,
    value === undefined ? undefined : redaction.isSecretName(name) ? mask : typeof value === "string" ? field(value, redaction) : value.map((v) => field(v, redaction))
  ]))
