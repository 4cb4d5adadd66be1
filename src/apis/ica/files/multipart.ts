/**
 * Uploads in parts to an object store that speaks S3, by temporary credentials.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as Hex from "effect/encoding/Hex"
import type { CallError } from "../../../errors/CallError.ts"
import type { Session } from "../../../services/Session.ts"
import type { TransportResponse } from "../../../services/Transport.ts"
import { emptyPayload, encode, sign, type SigningKey } from "../../../wire/sigv4.ts"
import type { TempCredentials } from "../generated/models.ts"
import { accepted, bodyOf, eachOf, send, type StorageRequest, storeUrl, textOf, xmlOf } from "./storage.ts"
import { TransferFailed } from "./TransferFailed.ts"

/** An object, and the right to write it. */
export interface Place {
  readonly signingKey: SigningKey
  /** the bucket's URL, without a trailing slash */
  readonly bucketUrl: string
  readonly key: string
  /** how the store shall encrypt it */
  readonly encryption: Readonly<Record<string, string>>
}

const amazon = (bucket: string, region: string): string => `https://${bucket}.s3.${region}.amazonaws.com`

/** Where temporary credentials lead; `undefined`: to a store that does not speak S3. */
export const placeOf = ({ awsTempCredentials: aws, rcloneTempCredentials: rclone }: TempCredentials): Place | undefined => {
  const encryption = (algorithm: string | null | undefined, key: string | null | undefined) => ({
    ...(algorithm === undefined || algorithm === null || algorithm === "" ? {} : { "x-amz-server-side-encryption": algorithm }),
    ...(key === undefined || key === null || key === "" ? {} : { "x-amz-server-side-encryption-aws-kms-key-id": key })
  })
  if (rclone !== undefined && rclone.config["type"] === "s3") {
    const { config } = rclone
    const [accessKey, secretKey, region = "us-east-1", endpoint] = [config["access_key_id"], config["secret_access_key"], config["region"], config["endpoint"]]
    const slash = rclone.filePathPrefix.indexOf("/")
    if (accessKey === undefined || secretKey === undefined || slash < 1) return undefined
    const bucket = rclone.filePathPrefix.slice(0, slash)
    const store = endpoint === undefined || endpoint === "" ? undefined : (/^https?:/.test(endpoint) ? endpoint : `https://${endpoint}`).replace(/\/$/, "")
    return {
      signingKey: { accessKey, secretKey, sessionToken: config["session_token"], region, service: "s3" },
      bucketUrl: store === undefined ? amazon(bucket, region) : `${store}/${bucket}`,
      key: rclone.filePathPrefix.slice(slash + 1),
      encryption: encryption(config["server_side_encryption"], config["sse_kms_key_id"])
    }
  }
  if (aws === undefined) return undefined
  return {
    signingKey: { accessKey: aws.accessKey, secretKey: aws.secretKey, sessionToken: aws.sessionToken, region: aws.region, service: "s3" },
    bucketUrl: amazon(aws.bucket, aws.region),
    key: aws.objectPrefix,
    encryption: encryption(aws.serverSideEncryptionAlgorithm, aws.serverSideEncryptionKey)
  }
}

/** A part that the store has. */
export interface StoredPart {
  /** from 1 */
  readonly number: number
  readonly etag: string
  /** SHA-256, base64 */
  readonly checksum: string | undefined
  readonly size: number
}

/** SHA-256. WebCrypto does not take shared memory, which the type allows: the copy is never shared. */
export const sha256 = (bytes: Uint8Array): Effect.Effect<Uint8Array> =>
  Effect.map(Effect.promise(() => crypto.subtle.digest("SHA-256", new Uint8Array(bytes))), (digest) => new Uint8Array(digest))

type Result<A> = Effect.Effect<A, CallError | TransferFailed>

/** What can be done with one object's upload. */
export interface Multipart {
  /** an upload of this object that was begun and not ended, the latest */
  readonly find: Result<string | undefined>
  readonly begin: Result<string>
  readonly parts: (uploadId: string) => Result<ReadonlyArray<StoredPart>>
  readonly put: (uploadId: string, number: number, bytes: Uint8Array, digest: Uint8Array) => Result<StoredPart>
  /** fails where the store's checksum of the whole is another one */
  readonly complete: (uploadId: string, parts: ReadonlyArray<StoredPart>) => Result<void>
}

export const makeMultipart = (session: Session, dataId: string, place: Place): Multipart => {
  const object = `${place.bucketUrl}/${place.key.split("/").map(encode).join("/")}`

  const signed = (request: Omit<StorageRequest, "dataId" | "url">, url: string, payload: string): Effect.Effect<TransportResponse, CallError | TransferFailed> =>
    Effect.gen(function*() {
      const headers = request.headers ?? {}
      const proof = sign({ method: request.method, url: yield* storeUrl(session, dataId, url), headers, payload }, place.signingKey, yield* Clock.currentTimeMillis)
      return yield* accepted(dataId, yield* send(session, { ...request, dataId, url, headers: { ...headers, ...proof } }))
    })

  const missing = (what: string): TransferFailed => new TransferFailed({ reason: "answer", dataId, detail: `the object store's answer has no ${what}` })

  const partsAfter = (uploadId: string, marker: string, before: ReadonlyArray<StoredPart>): Result<ReadonlyArray<StoredPart>> =>
    Effect.flatMap(
      signed({ operation: "listParts", method: "GET" }, `${object}?part-number-marker=${marker}&uploadId=${encode(uploadId)}`, emptyPayload),
      (response) => {
        const xml = xmlOf(response)
        const found = eachOf(xml, "Part").map((part): StoredPart => ({
          number: Number(textOf(part, "PartNumber")),
          etag: textOf(part, "ETag") ?? "",
          checksum: textOf(part, "ChecksumSHA256"),
          size: Number(textOf(part, "Size"))
        }))
        const all = [...before, ...found]
        const next = textOf(xml, "NextPartNumberMarker")
        // a list that does not go on has no end
        const more = textOf(xml, "IsTruncated") === "true" && next !== undefined && Number(next) > Number(marker)
        return more ? partsAfter(uploadId, next, all) : Effect.succeed(all)
      }
    )

  return {
    find: Effect.map(
      signed({ operation: "listUploads", method: "GET" }, `${place.bucketUrl}/?prefix=${encode(place.key)}&uploads=`, emptyPayload),
      (response) => eachOf(xmlOf(response), "Upload").filter((upload) => textOf(upload, "Key") === place.key).flatMap((upload) => textOf(upload, "UploadId") ?? []).at(-1)
    ).pipe(
      // who may write an object need not be allowed to look around in its bucket: then it begins anew
      Effect.catchIf((error) => error._tag === "TransferFailed" && error.status === 403, () => Effect.undefined)
    ),
    begin: Effect.flatMap(
      signed({ operation: "beginUpload", method: "POST", headers: { "x-amz-checksum-algorithm": "SHA256", ...place.encryption } }, `${object}?uploads=`, emptyPayload),
      (response) => {
        const id = textOf(xmlOf(response), "UploadId")
        return id === undefined ? Effect.fail(missing("UploadId")) : Effect.succeed(id)
      }
    ),
    parts: (uploadId) => partsAfter(uploadId, "0", []),
    put: (uploadId, number, bytes, digest) => {
      const checksum = Base64.encode(digest)
      return Effect.flatMap(
        signed(
          { operation: "uploadPart", method: "PUT", headers: { "x-amz-checksum-sha256": checksum }, body: bodyOf(bytes) },
          `${object}?partNumber=${number}&uploadId=${encode(uploadId)}`,
          Hex.encode(digest)
        ),
        ({ headers }) => {
          const etag = headers["etag"]
          return typeof etag === "string" ? Effect.succeed({ number, etag, checksum, size: bytes.length }) : Effect.fail(missing("ETag"))
        }
      )
    },
    complete: (uploadId, parts) =>
      Effect.gen(function*() {
        const escaped = (etag: string): string => etag.replace(/[<>&"]/g, (c) => `&#${c.charCodeAt(0)};`)
        const listed = parts.map(({ checksum, etag, number }) =>
          `<Part><PartNumber>${number}</PartNumber><ETag>${escaped(etag)}</ETag>${checksum === undefined ? "" : `<ChecksumSHA256>${checksum}</ChecksumSHA256>`}</Part>`)
        const body = new TextEncoder().encode(`<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${listed.join("")}</CompleteMultipartUpload>`)
        const digest = yield* sha256(body)
        const request = { operation: "completeUpload", method: "POST", headers: { "content-type": "application/xml" }, body: bodyOf(body) } as const
        const response = yield* signed(request, `${object}?uploadId=${encode(uploadId)}`, Hex.encode(digest))
        const xml = xmlOf(response)
        // it may say no with a 200, after it has begun to answer
        if (eachOf(xml, "Error").length > 0 || textOf(xml, "ETag") === undefined) {
          return yield* new TransferFailed({ reason: "refused", dataId, detail: "the object store could not put the parts together", code: textOf(xml, "Code") })
        }
        const told = textOf(xml, "ChecksumSHA256")
        if (told !== undefined && parts.every(({ checksum }) => checksum !== undefined)) {
          // of an upload in parts: the checksum of their checksums, and how many they are
          const all = parts.flatMap(({ checksum = "" }) => [...base64(checksum)])
          const expected = `${Base64.encode(yield* sha256(new Uint8Array(all)))}-${parts.length}`
          if (told !== expected && told.includes("-")) return yield* new TransferFailed({ reason: "checksum", dataId, detail: "the object store has put together something else" })
        }
      })
  }
}

const base64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (c) => c.charCodeAt(0))
