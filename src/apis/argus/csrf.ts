/**
 * The `Argus-Csrf-Token` of a login that is kept by a cookie: a compact JWS over the URL and the time.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7515#section-7.1 JWS compact serialization
 * @see https://www.rfc-editor.org/rfc/rfc7518#section-3.2 HS256
 */
import * as Effect from "effect/Effect"

/** An imported key. Named by what makes it, since not every platform's types have the name `CryptoKey`. */
export type SigningKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>

/** Base64url without padding (RFC 7515 section 2). */
const base64url = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "")

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

/** The service writes `type` where RFC 7515 has `typ`. */
const header = /*#__PURE__*/ (() => base64url(utf8(JSON.stringify({ alg: "HS256", type: "JWT" }))))()

/** Imports the session key (base64) that a login answered with; `undefined` if it is no key. */
export const importKey = (sessionKey: string): Effect.Effect<SigningKey | undefined> =>
  Effect.promise(async () => {
    let bytes: Uint8Array<ArrayBuffer>
    try {
      bytes = Uint8Array.from(atob(sessionKey), (char) => char.charCodeAt(0))
    } catch {
      return undefined
    }
    return bytes.length === 0 ? undefined : crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"])
  })

/** The token for one request. `url` counts without its query; redirects do not change it. */
export const sign = (key: SigningKey, url: URL, nowMillis: number): Effect.Effect<string> =>
  Effect.promise(async () => {
    const payload = base64url(utf8(JSON.stringify({ url: url.origin + url.pathname, timestamp: nowMillis })))
    const signature = await crypto.subtle.sign("HMAC", key, utf8(`${header}.${payload}`))
    return `${header}.${payload}.${base64url(new Uint8Array(signature))}`
  })
