/**
 * A cookie jar that knows public suffixes, by tough-cookie.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6265
 */
import * as Layer from "effect/Layer"
import { Cookie, CookieJar as ToughJar } from "tough-cookie"
import { type CookieJar, MakeCookieJar } from "../../services/CookieJar.ts"

/** Cookies are for the one URL parser's host: without the trailing dot that some servers and users write. */
const hrefOf = (url: URL): string => {
  if (!url.hostname.endsWith(".")) return url.href
  const plain = new URL(url.href)
  plain.hostname = plain.hostname.replace(/\.+$/, "")
  return plain.href
}

/** A jar in memory. What RFC 6265 does not allow is dropped: foreign domains, public suffixes, `Secure` from http. */
export const make = (): CookieJar => {
  const jar = new ToughJar(undefined, { rejectPublicSuffixes: true, looseMode: false, prefixSecurity: "silent" })
  return {
    header: (url) => {
      const text = jar.getCookieStringSync(hrefOf(url))
      return text === "" ? undefined : text
    },
    store: (url, setCookie) => {
      const href = hrefOf(url)
      let room = maxInAll - (jar.serializeSync()?.cookies.length ?? 0)
      for (const field of setCookie.slice(0, maxPerResponse)) {
        // a full jar takes nothing new, but a cookie that it has may be replaced or ended
        const given = Cookie.parse(field)
        const known = jar.getCookiesSync(href).some((cookie) => cookie.key === given?.key && (given.path === null || cookie.path === given.path))
        if (field.length > maxLength || (!known && room <= 0)) continue
        if (!known) room--
        // RFC 6265bis section 5.7, step 8 on: an insecure origin may not set or overwrite a Secure cookie
        if (url.protocol === "http:" && (/;\s*secure\s*(?:;|$)/i.test(field) || overwritesSecure(jar, url, field))) continue
        jar.setCookieSync(field, href, { ignoreError: true })
      }
    },
    clear: () => jar.removeAllCookiesSync(),
    // a short one is a preference such as `theme=dark`: masking it everywhere would hide what errors say
    values: () => (jar.serializeSync()?.cookies ?? []).flatMap((cookie) => typeof cookie.value === "string" && cookie.value.length >= 8 ? [cookie.value] : [])
  }
}

/** RFC 6265 section 6.1: user agents hold at least 50 cookies a domain; more in one response is a flood */
const maxPerResponse = 50
/** RFC 6265 section 6.1 asks for 3,000 in all, for many sites; a session talks to one, which could not take these in one request */
const maxInAll = 300
const maxLength = 8_192

const overwritesSecure = (jar: ToughJar, url: URL, field: string): boolean => {
  const name = field.split("=", 1)[0]?.trim()
  const https = new URL(url.href)
  https.protocol = "https:"
  return jar.getCookiesSync(https.href).some((cookie) => cookie.secure && cookie.key === name)
}

/**
 * Gives each session built with it a jar of its own.
 *
 * @example
 * ```ts
 * Billing.layer().pipe(Layer.provide([Cookies.layer(), Auth.anonymous(), configuration, transport]))
 * ```
 */
export const layer = (): Layer.Layer<never> => Layer.succeed(MakeCookieJar, make)
