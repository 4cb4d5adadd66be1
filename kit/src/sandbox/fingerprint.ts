/** Shows that a secret was sent, and whether two were the same, without showing it. */
import { createHash } from "node:crypto"
import type { IncomingHttpHeaders } from "node:http"

/** A short hash of a secret: `sha256:` and 8 hex digits. */
export const fingerprint = (secret: string): string => `sha256:${createHash("sha256").update(secret).digest("hex").slice(0, 8)}`

const SECRET_HEADERS: ReadonlySet<string> = new Set(["argus-api-key", "argus-csrf-token", "authorization", "proxy-authorization", "cookie"])

const SECRET_NAME = /password|secret|token|api.?key/i

// The scheme of an Authorization and the names of cookies stay readable.
const mask = (name: string, value: string): string => {
  if (name === "cookie") return value.replace(/=([^;]*)/g, (_, secret: string) => `=${fingerprint(secret)}`)
  if (!SECRET_HEADERS.has(name) && !SECRET_NAME.test(name)) return value
  const scheme = name.endsWith("authorization") ? /^(\S+ +)?(.*)$/s.exec(value) : null
  return scheme === null ? fingerprint(value) : `${scheme[1] ?? ""}${fingerprint(scheme[2] ?? "")}`
}

/** Headers with the values of credentials masked. */
export const maskHeaders = (headers: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, mask(name, Array.isArray(value) ? value.join(", ") : value ?? "")]))

/** A query with the values of secrets masked. */
export const maskQuery = (query: URLSearchParams): string =>
  new URLSearchParams([...query].map(([name, value]): [string, string] => [name, SECRET_NAME.test(name) ? fingerprint(value) : value])).toString()
