/**
 * The first two messages of NTLM: what the client can, and the server's challenge.
 *
 * @see https://learn.microsoft.com/openspecs/windows_protocols/ms-nlmp/b34032e5-3aae-4bc6-84c3-c6d80eadf7f2 MS-NLMP section 2.2.1.1
 * @see https://learn.microsoft.com/openspecs/windows_protocols/ms-nlmp/801a4681-8809-4be9-ab0d-61dcfe762786 MS-NLMP section 2.2.1.2
 */
import * as Result from "effect/Result"
import { both, flags, readField, signature, startMessage, version, viewOf, wanted, writeField } from "./fields.ts"
import { type AvPair, readPairs } from "./targetInfo.ts"
import { same } from "../der.ts"

/**
 * The first message: 40 bytes, the version included, without which some servers refuse it. It names neither a domain nor a
 * workstation: nobody needs them here.
 */
export const negotiateMessage = (): Uint8Array => {
  const { bytes, view } = startMessage(1, 40)
  view.setUint32(12, wanted, true)
  writeField(view, 16, 0, 40)
  writeField(view, 24, 0, 40)
  bytes.set(version, 32)
  return bytes
}

/** A server's challenge. */
export interface ChallengeMessage {
  /** as it came: the MIC covers it */
  readonly bytes: Uint8Array
  readonly flags: number
  /** 8 bytes */
  readonly challenge: Uint8Array
  readonly targetInfo: ReadonlyArray<AvPair>
}

/** the longest target info that is looked at; that of Windows has some hundred bytes, and the answer must hold it in a header */
const longestTargetInfo = 16_384

/**
 * Reads a challenge. Never throws, whatever the bytes are. A failure says why it cannot be answered with NTLMv2 in Unicode;
 * older ways are not known here.
 */
export const readChallenge = (bytes: Uint8Array): Result.Result<ChallengeMessage, string> => {
  if (bytes.length < 12 || !same(bytes.subarray(0, 8), signature)) return Result.fail("the server's token is no message of NTLM")
  const view = viewOf(bytes)
  if (view.getUint32(8, true) !== 2) return Result.fail("the server's message of NTLM is no challenge")
  if (bytes.length < 32) return Result.fail("the server's challenge is cut off")
  const given = view.getUint32(20, true)
  if (both(given, flags.unicode) === 0) return Result.fail("the server does not take Unicode")
  if (both(given, flags.ntlm) === 0) return Result.fail("the server does not offer NTLM, only what is older")
  if (bytes.length < 48 || both(given, flags.targetInfo) === 0) {
    return Result.fail("the server does not say who it is (target info), without which NTLMv2 is not safe")
  }
  const info = readField(bytes, 40)
  if (readField(bytes, 12) === undefined || info === undefined) return Result.fail("a field of the server's challenge points outside it")
  if (info.length === 0) return Result.fail("the server does not say who it is (target info), without which NTLMv2 is not safe")
  if (info.length > longestTargetInfo) return Result.fail(`the server's target info has more than ${longestTargetInfo} bytes`)
  const pairs = readPairs(info)
  if (pairs === undefined) return Result.fail("the target info of the server's challenge is cut off")
  return Result.succeed({ bytes, flags: given, challenge: bytes.subarray(24, 32), targetInfo: pairs })
}
