/**
 * How NTLMv2 proves a password.
 *
 * @see https://learn.microsoft.com/openspecs/windows_protocols/ms-nlmp/5e550938-91d4-459f-b67d-75d70009e3f3 MS-NLMP section 3.3.2
 */
import { hmac } from "@noble/hashes/hmac.js"
import { md5 } from "@noble/hashes/legacy.js"
import { concat } from "../bytes.ts"
import type { Account } from "./account.ts"
import { viewOf } from "./fields.ts"
import { md4 } from "./md4.ts"
import { encodeText, upperCase } from "./text.ts"

/** HMAC-MD5 over the parts. */
export const hmacMd5 = (key: Uint8Array, ...parts: ReadonlyArray<Uint8Array>): Uint8Array => hmac(md5, key, concat(parts))

/** NTOWFv2: the key that a user's password makes. As good as the password itself. The user is upper-cased, the domain is not. */
export const responseKey = (account: Account, password: string): Uint8Array =>
  hmacMd5(md4(encodeText(password)), encodeText(upperCase(account.user) + account.domain))

/** What the proof is made of besides the key. */
export interface ProofInput {
  /** the server's, 8 bytes */
  readonly serverChallenge: Uint8Array
  /** the client's, 8 random bytes */
  readonly clientChallenge: Uint8Array
  /** 8 bytes: 100 ns since 1601 */
  readonly timestamp: Uint8Array
  /** the pairs that are signed, with their end mark */
  readonly targetInfo: Uint8Array
}

/** The answer to a challenge, and the key that comes of it. */
export interface Proof {
  /** NTProofStr and what it proves: the NTLMv2_RESPONSE (MS-NLMP section 2.2.2.8) */
  readonly response: Uint8Array
  /** SessionBaseKey; without key exchange it is the session's key as well (MS-NLMP section 3.4.5.1) */
  readonly sessionKey: Uint8Array
}

/** Answers a challenge under a key. */
export const prove = (key: Uint8Array, input: ProofInput): Proof => {
  const zeros = new Uint8Array(6)
  const said = concat([Uint8Array.of(1, 1), zeros, input.timestamp, input.clientChallenge, zeros.subarray(0, 4), input.targetInfo, zeros.subarray(0, 4)])
  const proof = hmacMd5(key, input.serverChallenge, said)
  return { response: concat([proof, said]), sessionKey: hmacMd5(key, proof) }
}

/** Unix time in milliseconds as Windows counts it: 100 ns since 1601, 8 bytes. */
export const fileTime = (unixMillis: number): Uint8Array => {
  const out = new Uint8Array(8)
  viewOf(out).setBigUint64(0, BigInt.asUintN(64, (BigInt(Math.trunc(unixMillis)) + 11_644_473_600_000n) * 10_000n), true)
  return out
}

/**
 * A channel binding as NTLM signs it: the MD5 of GSS-API's structure without addresses, or zeros without one.
 *
 * @see https://www.rfc-editor.org/rfc/rfc2744#section-3.11
 */
export const channelBindingHash = (binding: Uint8Array | undefined): Uint8Array => {
  if (binding === undefined) return new Uint8Array(16)
  const head = new Uint8Array(20)
  viewOf(head).setUint32(16, binding.length, true)
  return md5(concat([head, binding]))
}
