/**
 * Argus: the whole flow of a submission to the sample database.
 */
import * as Effect from "effect/Effect"
import * as Hex from "effect/encoding/Hex"
import type { ChallengeToken, SubmissionAddRequest } from "../generated/models.ts"
import { addSample, addSubmission, getUploadChallenge } from "../generated/sampledb/v2/sample.ts"

/** A submission, with the sample's bytes in place of the proof that one has them. */
export interface SampleSubmission extends Omit<SubmissionAddRequest, "challengeToken"> {
  readonly sample: Uint8Array
}

// WebCrypto does not take shared memory, which the type of `bytes` allows: the copy is never shared
const sha256 = (bytes: Uint8Array): Effect.Effect<string> =>
  Effect.map(Effect.promise(() => crypto.subtle.digest("SHA-256", new Uint8Array(bytes))), (digest) => Hex.encode(new Uint8Array(digest)))

/**
 * Records where a sample was seen, and uploads its bytes only if it must: a sample that the service has is proved by the
 * SHA-256 of a slice that it picks; one that it does not have, or that is too small for that, is uploaded.
 *
 * Needs `addSampleSubmission` and `submitSample`. `responseCode` 220: a like submission came recently and this one is not
 * kept, so `data` names the sample only.
 *
 * @example
 * ```ts
 * submitSample({ sample: bytes, fileName: "invoice.docm", userAgent: { name: "mailgate", version: "2.1" }, tlp: "green" })
 * ```
 */
export const submitSample = ({ sample, ...submission }: SampleSubmission) =>
  Effect.gen(function*() {
    const hash = yield* sha256(sample)
    const upload = Effect.map(addSample({ body: sample }), ({ data }) => data.challenge)
    const prove = Effect.flatMap(getUploadChallenge({ sha256: hash }), ({ data: { id, length, offset } }) =>
      Effect.map(sha256(sample.subarray(offset, offset + length)), (slice): ChallengeToken => ({ id, sha256: slice })))
    const challengeToken = yield* Effect.catchTags(prove, { NotFound: () => upload, UnprocessableContent: () => upload })
    return yield* addSubmission({ sha256: hash, body: { ...submission, challengeToken } })
  })
