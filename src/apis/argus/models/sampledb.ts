/**
 * Models of the sample database. All timestamps are epoch milliseconds; all hashes are in hex.
 */
import * as Schema from "effect/Schema"
import * as Open from "../../../endpoint/Open.ts"
import { CustomerInfo } from "./common.ts"
import * as Optional from "./optional.ts"

/** What is known of a sample. */
export interface SampleMetaData {
  readonly sha256: string
  readonly sha1?: string | undefined
  readonly sha512?: string | undefined
  readonly md5?: string | undefined
  /** bytes */
  readonly size: number
  readonly createdTimestamp: number
  readonly firstSubmittedTimestamp?: number | undefined
  readonly lastSubmittedTimestamp?: number | undefined
  readonly firstObservedTimestamp?: number | undefined
  readonly lastObservedTimestamp?: number | undefined
  readonly flags: ReadonlyArray<string>
}

export const SampleMetaData: Schema.Codec<SampleMetaData, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    sha256: Schema.String,
    sha1: Open.optional(Schema.String),
    sha512: Open.optional(Schema.String),
    md5: Open.optional(Schema.String),
    size: Open.Int64,
    createdTimestamp: Open.Int64,
    firstSubmittedTimestamp: Open.optional(Open.Int64),
    lastSubmittedTimestamp: Open.optional(Open.Int64),
    firstObservedTimestamp: Open.optional(Open.Int64),
    lastObservedTimestamp: Open.optional(Open.Int64),
    flags: Schema.Array(Schema.String)
  })
)

/** A sample, in brief. */
export interface SampleInfo {
  /** SHA-256 of the bytes */
  readonly id: string
  /** bytes */
  readonly size: number
}

export const SampleInfo: Schema.Codec<SampleInfo, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    id: Schema.String,
    size: Open.Int64
  })
)

/** Prove possession by the SHA-256 of this slice. */
export interface UploadChallenge {
  readonly id: string
  /** bytes */
  readonly offset: number
  /** bytes */
  readonly length: number
}

export const UploadChallenge: Schema.Codec<UploadChallenge, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    id: Schema.String,
    offset: Schema.Int,
    length: Schema.Int
  })
)

/** Proof that its bearer has the sample. Good for one submission. */
export interface ChallengeToken {
  readonly id: string
  readonly sha256: string
}

export const ChallengeToken: Schema.Codec<ChallengeToken, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    id: Schema.String,
    sha256: Schema.String
  })
)

/** A sample that was uploaded. */
export interface SampleUpload {
  readonly challenge: ChallengeToken
  /** whether the service had these bytes before */
  readonly exists: boolean
  readonly sample: SampleInfo
}

export const SampleUpload: Schema.Codec<SampleUpload, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    challenge: ChallengeToken,
    exists: Schema.Boolean,
    sample: SampleInfo
  })
)

/** The program that submits. */
export interface UserAgent {
  /** letters, digits and `_ : - .` */
  readonly name: string
  readonly version: string
}

export const UserAgent: Schema.Codec<UserAgent, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    name: Schema.String,
    version: Schema.String
  })
)

const tlps = ["red", "amber", "green", "clear"] as const

/** Where and when a sample was seen. */
export interface Submission {
  readonly id: string
  readonly sampleSha256: string
  readonly fileName: string
  readonly mimeType: string
  readonly customer: CustomerInfo
  readonly userAgent: UserAgent
  readonly observedTimestamp?: number | undefined
  readonly submittedTimestamp: number
  readonly expiryTimestamp?: number | undefined
  /** whom it may be shown to (Traffic Light Protocol) */
  readonly tlp: "red" | "amber" | "green" | "clear" | Open.Unrecognized<string>
  readonly metaData?: { readonly [name: string]: unknown } | undefined
}

export const Submission: Schema.Codec<Submission, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    id: Schema.String,
    sampleSha256: Schema.String,
    fileName: Schema.String,
    mimeType: Schema.String,
    customer: CustomerInfo,
    userAgent: UserAgent,
    observedTimestamp: Open.optional(Open.Int64),
    submittedTimestamp: Open.Int64,
    expiryTimestamp: Open.optional(Open.Int64),
    tlp: Open.literals(tlps),
    metaData: Open.optional(Schema.Record(Schema.String, Schema.Unknown))
  })
)

/** The sample of a submission that was not kept. */
export interface SubmissionRateLimited {
  readonly sampleSha256: string
}

export const SubmissionRateLimited: Schema.Codec<SubmissionRateLimited, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    sampleSha256: Schema.String
  })
)

/** A new submission. */
export interface SubmissionAddRequest {
  readonly challengeToken: ChallengeToken
  readonly fileName: string
  readonly userAgent: UserAgent
  /** short name or id. Default: the user's own customer */
  readonly customer?: string | undefined
  /** default `application/octet-stream` */
  readonly mimeType?: string | undefined
  readonly metaData?: { readonly [name: string]: unknown } | undefined
  readonly observedTimestamp?: number | undefined
  /** whom it may be shown to (Traffic Light Protocol). Default `amber` */
  readonly tlp?: "red" | "amber" | "green" | "clear" | undefined
  readonly acl?: ReadonlyArray<string> | undefined
  readonly retention?: string | undefined
}

export const SubmissionAddRequest: Schema.Codec<SubmissionAddRequest, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    challengeToken: ChallengeToken,
    fileName: Schema.String,
    userAgent: UserAgent,
    customer: Optional.string,
    mimeType: Optional.string,
    metaData: Schema.optional(Schema.Record(Schema.String, Schema.Unknown)),
    observedTimestamp: Optional.integer,
    tlp: Schema.optional(Schema.Literals(tlps)),
    acl: Optional.strings,
    retention: Optional.string
  })
)
