/**
 * Encryption of what a store keeps: AES-256-GCM with a key of the user's. A sealed text is bound to the place it is kept at, so
 * that one user's record cannot be put in another's place.
 *
 * @see https://csrc.nist.gov/pubs/sp/800/38/d/final GCM; a key is good for 2^32 random nonces (section 8.3)
 */
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import { WebCrypto } from "effect/crypto/WebCrypto"
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Hex from "effect/encoding/Hex"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { ConfigurationInvalid } from "../../errors/SessionError.ts"

/** Seals and opens texts. `place` is authenticated along: what was sealed for one place does not open at another. */
export interface Sealer {
  readonly seal: (place: string, text: string) => Effect.Effect<string>
  /** fails with a sentence that says what is wrong */
  readonly open: (place: string, sealed: string) => Effect.Effect<string, string>
}

export interface SealOptions {
  /** 32 random bytes in Base64, Base64url or hexadecimal: `openssl rand -base64 32` */
  readonly key: Redacted.Redacted<string>
  /** keys that were used before: what they have sealed can still be read, and is sealed anew when it is next written */
  readonly previousKeys?: ReadonlyArray<Redacted.Redacted<string>> | undefined
}

const prefix = "sealed:1"

/**
 * A sealer; fails if a key is not 32 bytes.
 *
 * @param name what the user knows the key by, e.g. a variable
 */
export const make = (options: SealOptions, name = "key"): Effect.Effect<Sealer, ConfigurationInvalid> =>
  Effect.gen(function*() {
    const crypto = yield* WebCrypto
    const imported = (text: Redacted.Redacted<string>, setting: string) => Effect.gen(function*() {
      const bytes = bytesOf(Redacted.value(text))
      if (bytes === undefined) {
        return yield* invalid(setting, "expected 32 bytes in Base64 or hexadecimal, e.g. of `openssl rand -base64 32`")
      }
      // an id tells keys apart and tells nothing of them: a hash of 256 random bits
      const key = yield* Effect.tryPromise({
        try: () => crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]),
        catch: () => invalid(setting, "expected a platform with Web Crypto: browsers have it on https pages only")
      })
      return { id: bytesToHex(sha256(bytes)).slice(0, 8), key }
    })
    const current = yield* imported(options.key, name)
    const keys = new Map([[current.id, current.key]])
    for (const [index, previous] of (options.previousKeys ?? []).entries()) {
      const { id, key } = yield* imported(previous, `previousKeys[${index}]`)
      keys.set(id, key)
    }
    const parameters = (nonce: Uint8Array<ArrayBuffer>, place: string) => ({ name: "AES-GCM", iv: nonce, additionalData: new TextEncoder().encode(place) })
    return {
      seal: (place, text) => Effect.promise(async () => {
        const nonce = crypto.getRandomValues(new Uint8Array(12))
        const sealed = await crypto.subtle.encrypt(parameters(nonce, place), current.key, new TextEncoder().encode(text))
        return [prefix, current.id, Base64Url.encode(nonce), Base64Url.encode(new Uint8Array(sealed))].join(":")
      }),
      open: (place, text) => Effect.suspend(() => {
        if (!text.startsWith(`${prefix}:`)) return Effect.fail("it is not encrypted, but a key was given")
        const [id = "", nonce = "", sealed = ""] = text.slice(prefix.length + 1).split(":")
        const key = keys.get(id)
        if (key === undefined) {
          const shown = /^[0-9a-f]{8}$/.test(id) ? id : "unknown"
          return Effect.fail(`it was encrypted with another key (${shown}; given: ${[...keys.keys()].join(", ")})`)
        }
        const parts = Result.all([Base64Url.decode(nonce), Base64Url.decode(sealed)])
        if (Result.isFailure(parts)) return Effect.fail("it is damaged")
        const [iv, bytes] = parts.success
        return Effect.tryPromise({
          try: async () => new TextDecoder().decode(await crypto.subtle.decrypt(parameters(new Uint8Array(iv), place), key, new Uint8Array(bytes))),
          catch: () => "it is damaged, or was copied from another place"
        })
      })
    }
  })

const invalid = (name: string, expected: string): ConfigurationInvalid => new ConfigurationInvalid({ settings: [{ name, expected }] })

/** Is this text sealed? A store without a key must not take it for a token. */
export const isSealed = (text: string): boolean => text.startsWith("sealed:")

const bytesOf = (text: string): Uint8Array<ArrayBuffer> | undefined => {
  const trimmed = text.trim()
  for (const decoded of [Hex.decode(trimmed), Base64.decode(trimmed), Base64Url.decode(trimmed)]) {
    if (Result.isSuccess(decoded) && decoded.success.length === 32) return new Uint8Array(decoded.success)
  }
  return undefined
}
