/**
 * The seam for cookies: a session keeps a jar only when something asks for one, so that a bundle without cookies does
 * not carry a list of public suffixes.
 */
import * as Context from "effect/Context"

/** Cookies of one session (RFC 6265). Synchronous: it works in memory. */
export interface CookieJar {
  /** the `Cookie` field for a request, or `undefined` */
  readonly header: (url: URL) => string | undefined
  /** takes the `Set-Cookie` fields of a response; what is not acceptable is dropped */
  readonly store: (url: URL, setCookie: ReadonlyArray<string>) => void
  readonly clear: () => void
  /** values of the cookies that may be secrets, for redaction */
  readonly values: () => Iterable<string>
}

/** Makes the jar of a session; `undefined`: cookies are ignored. */
export const MakeCookieJar = Context.Reference<(() => CookieJar) | undefined>("credence/CookieJar", { defaultValue: () => undefined })
