/**
 * Numbers that nobody can guess, for challenges of our own. A test gives other ones by `WebCrypto` of `effect/crypto`.
 */
import { WebCrypto } from "effect/crypto/WebCrypto"
import type * as Fiber from "effect/Fiber"

/** Random bytes of cryptographic quality. */
export const randomBytes = (fiber: Fiber.Fiber<unknown, unknown>, size: number): Uint8Array => fiber.getRef(WebCrypto).getRandomValues(new Uint8Array(size))
