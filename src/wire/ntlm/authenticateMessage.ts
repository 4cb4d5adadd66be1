/**
 * The last message of NTLM: who it is, and the proof.
 *
 * @see https://learn.microsoft.com/openspecs/windows_protocols/ms-nlmp/033d32cc-88f9-4483-9bf2-b273055038ce MS-NLMP section 2.2.1.3
 * @see https://learn.microsoft.com/openspecs/windows_protocols/ms-nlmp/c0250a97-2940-40c7-82fb-20d208c71e96 MS-NLMP section 3.1.5.1.2
 */
import type { Account } from "./account.ts"
import { both, flags, startMessage, version, wanted, writeField } from "./fields.ts"
import type { ChallengeMessage } from "./messages.ts"
import { channelBindingHash, hmacMd5, prove } from "./response.ts"
import { answerPairs, timestampOf, writePairs } from "./targetInfo.ts"
import { encodeText } from "./text.ts"

/** What the last message is made of. */
export interface AuthenticateInput {
  /** the first message, as it was sent */
  readonly negotiate: Uint8Array
  readonly challenge: ChallengeMessage
  readonly account: Account
  /** see `responseKey` */
  readonly key: Uint8Array
  /** may be empty */
  readonly workstation: string
  /** whom it is for, e.g. `HTTP/host` */
  readonly targetName: string
  /** the connection's, see `tlsServerEndPoint`; `undefined` without TLS */
  readonly channelBinding: Uint8Array | undefined
  /** 8 random bytes */
  readonly clientChallenge: Uint8Array
  /** 8 bytes, see `fileTime`; the server's own clock goes before */
  readonly now: Uint8Array
}

/** where the payload begins: behind the version and the MIC */
const payloadAt = 88
const micAt = 72

/**
 * Answers a challenge. The answer has a MIC over all three messages always, since there always is a target info; it never has a
 * response of LM, not even of LMv2.
 */
export const authenticateMessage = (input: AuthenticateInput): Uint8Array => {
  const { challenge } = input
  const pairs = answerPairs(challenge.targetInfo, { channelBindings: channelBindingHash(input.channelBinding), targetName: encodeText(input.targetName) })
  const proof = prove(input.key, {
    serverChallenge: challenge.challenge,
    clientChallenge: input.clientChallenge,
    timestamp: timestampOf(challenge.targetInfo) ?? input.now,
    targetInfo: writePairs(pairs)
  })
  // in the order of Windows; each with the place of its field
  const payload: ReadonlyArray<readonly [at: number, value: Uint8Array]> = [
    [28, encodeText(input.account.domain)],
    [36, encodeText(input.account.user)],
    [44, encodeText(input.workstation)],
    [12, new Uint8Array(24)],
    [20, proof.response],
    [52, new Uint8Array(0)]
  ]
  const agreed = both(wanted, challenge.flags)
  const { bytes, view } = startMessage(3, payload.reduce((length, [, value]) => length + value.length, payloadAt))
  let offset = payloadAt
  for (const [at, value] of payload) {
    writeField(view, at, value.length, offset)
    bytes.set(value, offset)
    offset += value.length
  }
  view.setUint32(60, agreed, true)
  if (both(agreed, flags.version) !== 0) bytes.set(version, 64)
  bytes.set(hmacMd5(proof.sessionKey, input.negotiate, challenge.bytes, bytes), micAt)
  return bytes
}

/**
 * What signs a message where neither signing nor sealing is agreed on: no more than a mark. SPNEGO's `mechListMIC` is that here.
 *
 * @see https://learn.microsoft.com/openspecs/windows_protocols/ms-nlmp/b38c36ed-2804-4868-a9ff-8dd3182128e4 MS-NLMP section 3.4.4
 */
export const dummySignature = (): Uint8Array => {
  const out = new Uint8Array(16)
  out[0] = 1
  return out
}
