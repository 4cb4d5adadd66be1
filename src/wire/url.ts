/**
 * URLs and origins. One parser decides everywhere: the WHATWG one.
 *
 * @see https://url.spec.whatwg.org/
 * @see https://www.rfc-editor.org/rfc/rfc6454 the origin of a URL: scheme, host, port
 */
import * as Result from "effect/Result"

/** Parses an absolute http(s) base URL. User information is refused: credentials belong into an authentication layer. */
export const parseBaseUrl = (text: string): Result.Result<URL, string> => {
  const url = URL.parse(text)
  if (url === null) return Result.fail("an absolute URL such as https://api.example.com/v1")
  if (url.protocol !== "http:" && url.protocol !== "https:") return Result.fail("an http or https URL")
  if (url.username !== "" || url.password !== "") return Result.fail("a URL without user name or password (give credentials to an authentication layer)")
  if (url.search !== "" || url.hash !== "") return Result.fail("a URL without query or fragment")
  return Result.succeed(url)
}

/** What every URL below a base URL begins with: its own path is kept as a prefix. `https://api.example.com/v1/` */
export const prefixOf = (base: URL): string => base.origin + (base.pathname.endsWith("/") ? base.pathname : `${base.pathname}/`)

/** Appends an absolute path (and query) to a base URL, whose own path is kept as a prefix. */
export const joinPath = (base: URL, path: string): URL => new URL(prefixOf(base) + (path.startsWith("/") ? path.slice(1) : path))

/** The same below a {@link prefixOf} prefix; `undefined` if it would leave it, whatever the path holds (CVE-2025-27152). */
export const below = (prefix: string, path: string): URL | undefined => {
  const url = URL.parse(prefix + (path.startsWith("/") ? path.slice(1) : path))
  return url !== null && url.href.startsWith(prefix) ? url : undefined
}

/** Is this host the machine itself (RFC 6761 section 6.3 `localhost`, 127.0.0.0/8, ::1)? Plain http is harmless there. */
export const isLoopback = (hostname: string): boolean => {
  const host = hostname.toLowerCase()
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host)
}

/** May a credential travel to this URL? Over https, or to the machine itself. */
export const isSecure = (url: URL): boolean => url.protocol === "https:" || isLoopback(url.hostname)

/** A base URL as it may be shown: parsing has already refused user information, query and fragment. */
export const redactedBaseUrl = (url: URL): string => url.origin + url.pathname

/** A URL or path as it may name an operation, before any session knows its secrets: without user information, query and fragment. */
export const shownUrl = (url: string): string => {
  if (url.startsWith("/")) return url.split(/[?#]/, 1)[0] ?? ""
  const parsed = URL.parse(url)
  return parsed === null ? "(not a URL)" : parsed.origin + parsed.pathname
}

/** Is it a URL that a request can go to? */
export const isWeb = (url: string): boolean => /^https?:$/.test(URL.parse(url)?.protocol ?? "")

/** Does a URL hold a user name or password? They belong into an authentication layer. */
export const hasUserInformation = (url: string): boolean => {
  const parsed = url.startsWith("/") ? null : URL.parse(url)
  return parsed !== null && (parsed.username !== "" || parsed.password !== "")
}

/** User name and password of a URL, decoded; `undefined` where it holds neither. */
export const userInformation = (url: URL): { readonly username: string; readonly password: string } | undefined =>
  url.username === "" && url.password === "" ? undefined : { username: decoded(url.username), password: decoded(url.password) }

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
