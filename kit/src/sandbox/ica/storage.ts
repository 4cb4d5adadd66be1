/**
 * The object store behind ICA, on a host of its own: takes presigned URLs, and requests that temporary credentials sign; no
 * API key and no JWT. Uploads may come in parts.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 */
import { createHash, randomBytes } from "node:crypto"
import { type Answer, header, type HttpRequest } from "../../http/message.ts"
import type { System } from "../system.ts"
import { md5 } from "./data.ts"
import type { StoredObject, World } from "./model.ts"
import { dateText, encodeSegment, sha256, signature } from "./sigv4.ts"

export const BUCKET = "ica-demo"
export const REGION = "us-east-1"

/** all parts but the last are at least so long */
const SMALLEST_PART = 5 * 1024 * 1024

/** 36 hours */
const CREDENTIALS_LIFETIME = 36 * 3_600_000

/** Credentials for one key, or for all that begin with it. */
export interface TemporaryCredentials {
  readonly accessKey: string
  readonly secretKey: string
  readonly sessionToken: string
  readonly prefix: string
  readonly readOnly: boolean
  readonly expires: number
}

export interface Storage extends System {
  /** a URL for one key and one method, for a while */
  readonly presign: (method: "GET" | "PUT", key: string, options?: { readonly mediaType?: string | undefined; readonly md5?: string | undefined }) => string
  readonly temporaryCredentials: (prefix: string, readOnly: boolean) => TemporaryCredentials
}

interface Part {
  readonly bytes: Uint8Array
  readonly etag: string
  readonly checksum: string
}

interface Upload {
  readonly id: string
  readonly key: string
  readonly mediaType: string
  readonly checksums: boolean
  readonly parts: Map<number, Part>
}

class Denied extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

const deny = (status: number, code: string, message: string): never => {
  throw new Denied(status, code, message)
}

const escape = (text: string): string => text.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`)

const xml = (status: number, content: string, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers: { "Content-Type": "application/xml", ...headers },
  body: new TextEncoder().encode(`<?xml version="1.0" encoding="UTF-8"?>\n${content}`)
})

const denied = (status: number, code: string, message: string): Answer =>
  xml(status, `<Error><Code>${code}</Code><Message>${escape(message)}</Message><RequestId>${randomBytes(8).toString("hex").toUpperCase()}</RequestId></Error>`)

const base64 = (bytes: Uint8Array, algorithm: "md5" | "sha256"): string => createHash(algorithm).update(bytes).digest("base64")

/** `available` is told what is complete. */
export const makeStorage = (world: World, now: () => number, origin: () => string, available: (key: string, object: StoredObject) => void): Storage => {
  const signer = { accessKey: "AKIAEXAMPLEPRESIGN", secretKey: randomBytes(30).toString("base64") }
  const credentials = new Map<string, TemporaryCredentials>()
  const uploads = new Map<string, Upload>()
  let urlLifetime = 3_600_000

  const pathOf = (key: string): string => `/${BUCKET}/${key.split("/").map(encodeSegment).join("/")}`

  const store = (key: string, bytes: Uint8Array, etag: string, mediaType: string): void => {
    const object: StoredObject = { bytes, etag, mediaType, modified: now() }
    world.objects.set(key, object)
    available(key, object)
  }

  /** The date of a signature, in epoch milliseconds. */
  const dateOf = (text: string): number => {
    const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? []
    return y === undefined ? deny(403, "AccessDenied", "The date of the signature cannot be read") : Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s))
  }

  const byQuery = (request: HttpRequest): void => {
    const query = (name: string): string => request.query.get(name) ?? deny(400, "AuthorizationQueryParametersError", `${name} is missing`)
    const [accessKey] = query("X-Amz-Credential").split("/")
    const date = query("X-Amz-Date")
    if (now() > dateOf(date) + Number(query("X-Amz-Expires")) * 1000) deny(403, "AccessDenied", "Request has expired")
    const expected = signature({
      method: request.method === "HEAD" ? "GET" : request.method,
      path: request.path,
      query: request.query,
      signedHeaders: query("X-Amz-SignedHeaders").split(";"),
      headerOf: (name) => header(request, name) ?? "",
      payload: "UNSIGNED-PAYLOAD",
      date,
      region: REGION,
      secretKey: signer.secretKey
    })
    if (accessKey !== signer.accessKey || query("X-Amz-Signature") !== expected) deny(403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.")
  }

  const byHeader = (request: HttpRequest, key: string): void => {
    const parts = /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/(\d{8})\/([^/,]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(request.headers.authorization ?? "")
    const [, accessKey = "", , region = "", signedHeaders = "", given] = parts ?? []
    if (parts === null) deny(400, "InvalidRequest", "The authorization mechanism you have provided is not supported.")
    const found = credentials.get(accessKey)
    if (found === undefined || header(request, "x-amz-security-token") !== found.sessionToken) return deny(403, "InvalidAccessKeyId", "The access key does not exist.")
    if (found.expires <= now()) deny(400, "ExpiredToken", "The provided token has expired.")
    const payload = header(request, "x-amz-content-sha256") ?? ""
    const date = header(request, "x-amz-date") ?? ""
    if (Math.abs(now() - dateOf(date)) > 900_000) deny(403, "RequestTimeTooSkewed", "The difference between the request time and the server's time is too large.")
    const names = signedHeaders.split(";")
    // what would change the request's meaning has to be signed
    for (const name of Object.keys(request.headers)) {
      if (name.startsWith("x-amz-") && !names.includes(name)) deny(403, "AccessDenied", `There were headers present in the request which were not signed: ${name}`)
    }
    const expected = signature({ method: request.method, path: request.path, query: request.query, signedHeaders: names, headerOf: (name) => header(request, name) ?? "", payload, date, region, secretKey: found.secretKey })
    if (given !== expected) deny(403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.")
    if (payload !== "UNSIGNED-PAYLOAD" && payload !== sha256(request.body)) deny(400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")
    const asked = key === "" ? request.query.get("prefix") ?? "" : key
    if (!asked.startsWith(found.prefix) || (found.readOnly && request.method !== "GET" && request.method !== "HEAD")) deny(403, "AccessDenied", "Access Denied")
  }

  const checked = (request: HttpRequest): void => {
    const expected = header(request, "content-md5")
    if (expected !== undefined && expected !== base64(request.body, "md5")) deny(400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
    const checksum = header(request, "x-amz-checksum-sha256")
    if (checksum !== undefined && checksum !== base64(request.body, "sha256")) deny(400, "BadDigest", "The SHA256 you specified did not match the calculated checksum.")
  }

  const uploadOf = (request: HttpRequest, key: string): Upload => {
    const upload = uploads.get(request.query.get("uploadId") ?? "")
    return upload !== undefined && upload.key === key ? upload : deny(404, "NoSuchUpload", "The specified upload does not exist.")
  }

  const read = (request: HttpRequest, key: string): Answer => {
    const object = world.objects.get(key) ?? deny(404, "NoSuchKey", "The specified key does not exist.")
    const etag = `"${object.etag}"`
    const headers = { "Content-Type": object.mediaType, "Accept-Ranges": "bytes", ETag: etag, "Last-Modified": new Date(object.modified).toUTCString() }
    const match = header(request, "if-match")
    if (match !== undefined && match !== etag) return denied(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
    const range = /^bytes=(\d+)-(\d*)$/.exec(header(request, "range") ?? "")
    const condition = header(request, "if-range")
    if (range === null || (condition !== undefined && condition !== etag)) return { status: 200, headers, body: object.bytes }
    const start = Number(range[1])
    const end = Math.min(object.bytes.length, range[2] === "" ? object.bytes.length : Number(range[2]) + 1)
    if (start >= object.bytes.length || end <= start) return denied(416, "InvalidRange", "The requested range is not satisfiable")
    return { status: 206, headers: { ...headers, "Content-Range": `bytes ${start}-${end - 1}/${object.bytes.length}` }, body: object.bytes.subarray(start, end) }
  }

  const begin = (request: HttpRequest, key: string): Answer => {
    const upload: Upload = {
      id: randomBytes(24).toString("base64url"),
      key,
      mediaType: header(request, "content-type") ?? "binary/octet-stream",
      checksums: header(request, "x-amz-checksum-algorithm") === "SHA256",
      parts: new Map()
    }
    uploads.set(upload.id, upload)
    return xml(200, `<InitiateMultipartUploadResult><Bucket>${BUCKET}</Bucket><Key>${escape(key)}</Key><UploadId>${upload.id}</UploadId></InitiateMultipartUploadResult>`)
  }

  const takePart = (request: HttpRequest, key: string): Answer => {
    const upload = uploadOf(request, key)
    const number = Number(request.query.get("partNumber"))
    if (!Number.isInteger(number) || number < 1 || number > 10_000) deny(400, "InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive")
    checked(request)
    const part: Part = { bytes: request.body, etag: md5(request.body), checksum: base64(request.body, "sha256") }
    upload.parts.set(number, part)
    return { status: 200, headers: { ETag: `"${part.etag}"`, ...(upload.checksums ? { "x-amz-checksum-sha256": part.checksum } : {}) }, body: new Uint8Array() }
  }

  const listParts = (request: HttpRequest, key: string): Answer => {
    const upload = uploadOf(request, key)
    const after = Number(request.query.get("part-number-marker") ?? 0)
    const most = Math.min(1_000, Number(request.query.get("max-parts") ?? 1_000))
    const later = [...upload.parts].sort(([a], [b]) => a - b).filter(([number]) => number > after)
    const shown = later.slice(0, most)
    const parts = shown.map(([number, part]) =>
      `<Part><PartNumber>${number}</PartNumber><ETag>&quot;${part.etag}&quot;</ETag><Size>${part.bytes.length}</Size>${upload.checksums ? `<ChecksumSHA256>${part.checksum}</ChecksumSHA256>` : ""}</Part>`)
    return xml(200, `<ListPartsResult><Key>${escape(key)}</Key><UploadId>${upload.id}</UploadId><NextPartNumberMarker>${shown.at(-1)?.[0] ?? after}</NextPartNumberMarker><IsTruncated>${later.length > shown.length}</IsTruncated>${parts.join("")}</ListPartsResult>`)
  }

  const complete = (request: HttpRequest, key: string): Answer => {
    const upload = uploadOf(request, key)
    const text = Buffer.from(request.body).toString("utf8")
    const named = [...text.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, content = ""]) => ({
      number: Number(/<PartNumber>(\d+)<\/PartNumber>/.exec(content)?.[1]),
      etag: /<ETag>(?:&quot;|&#34;|")?([0-9a-f-]+)(?:&quot;|&#34;|")?<\/ETag>/.exec(content)?.[1]
    }))
    const parts = named.map(({ etag, number }, index) => {
      const part = upload.parts.get(number)
      if (part === undefined || part.etag !== etag) return deny(400, "InvalidPart", "One or more of the specified parts could not be found.")
      if (index > 0 && number <= (named[index - 1]?.number ?? 0)) deny(400, "InvalidPartOrder", "The list of parts was not in ascending order.")
      if (index < named.length - 1 && part.bytes.length < SMALLEST_PART) deny(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
      return part
    })
    if (parts.length === 0) deny(400, "MalformedXML", "You must specify at least one part")
    const etag = `${createHash("md5").update(Buffer.concat(parts.map((part) => Buffer.from(part.etag, "hex")))).digest("hex")}-${parts.length}`
    const checksum = `${createHash("sha256").update(Buffer.concat(parts.map((part) => Buffer.from(part.checksum, "base64")))).digest("base64")}-${parts.length}`
    uploads.delete(upload.id)
    store(key, new Uint8Array(Buffer.concat(parts.map(({ bytes }) => bytes))), etag, upload.mediaType)
    return xml(200, `<CompleteMultipartUploadResult><Key>${escape(key)}</Key><ETag>&quot;${etag}&quot;</ETag>${upload.checksums ? `<ChecksumSHA256>${checksum}</ChecksumSHA256>` : ""}</CompleteMultipartUploadResult>`)
  }

  const dispatch = (request: HttpRequest): Answer => {
    const [, bucket, ...rest] = request.path.split("/")
    if (bucket !== BUCKET) return denied(404, "NoSuchBucket", "The specified bucket does not exist")
    const key = rest.map(decodeURIComponent).join("/")
    const signed = request.query.has("X-Amz-Signature")
    // a presigned URL has its own credentials: who sends others along would show them to somebody else
    if (signed && request.headers.authorization !== undefined) return denied(400, "InvalidArgument", "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter or the Authorization header should be specified")
    if (signed) byQuery(request)
    else if (request.headers.authorization !== undefined) byHeader(request, key)
    else return denied(403, "AccessDenied", "Access Denied")
    const has = (name: string): boolean => request.query.has(name)
    switch (request.method) {
      case "GET":
      case "HEAD":
        if (key === "" && has("uploads")) {
          const prefix = request.query.get("prefix") ?? ""
          const found = [...uploads.values()].filter((upload) => upload.key.startsWith(prefix))
          return xml(200, `<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>${found.map((upload) => `<Upload><Key>${escape(upload.key)}</Key><UploadId>${upload.id}</UploadId></Upload>`).join("")}</ListMultipartUploadsResult>`)
        }
        return has("uploadId") ? listParts(request, key) : read(request, key)
      case "PUT":
        if (has("partNumber")) return takePart(request, key)
        checked(request)
        store(key, request.body, md5(request.body), header(request, "content-type") ?? "binary/octet-stream")
        return { status: 200, headers: { ETag: `"${md5(request.body)}"` }, body: new Uint8Array() }
      case "POST":
        return has("uploads") ? begin(request, key) : complete(request, key)
      case "DELETE":
        if (has("uploadId")) uploads.delete(uploadOf(request, key).id)
        return { status: 204, body: new Uint8Array() }
      default:
        return denied(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
    }
  }

  return {
    handle: (request) => {
      try {
        return dispatch(request)
      } catch (error) {
        if (error instanceof Denied) return denied(error.status, error.code, error.message)
        throw error
      }
    },
    identify: () => null,
    refusal: (status) => denied(status, status === 503 ? "SlowDown" : "InternalError", "Asked for by the test").body,
    expireSessions: () => 0,
    setLifetimes: ({ accessToken }) => {
      if (accessToken !== undefined) urlLifetime = accessToken
    },
    presign: (method, key, options = {}) => {
      const date = dateText(now())
      const url = new URL(origin() + pathOf(key))
      const fields: Readonly<Record<string, string>> = {
        host: url.host,
        ...(options.md5 === undefined ? {} : { "content-md5": options.md5 }),
        ...(options.mediaType === undefined ? {} : { "content-type": options.mediaType })
      }
      const signedHeaders = Object.keys(fields).sort()
      const query = new URLSearchParams({
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": `${signer.accessKey}/${date.slice(0, 8)}/${REGION}/s3/aws4_request`,
        "X-Amz-Date": date,
        "X-Amz-Expires": String(Math.ceil(urlLifetime / 1000)),
        "X-Amz-SignedHeaders": signedHeaders.join(";")
      })
      query.set("X-Amz-Signature", signature({ method, path: url.pathname, query, signedHeaders, headerOf: (name) => fields[name] ?? "", payload: "UNSIGNED-PAYLOAD", date, region: REGION, secretKey: signer.secretKey }))
      url.search = query.toString()
      return url.href
    },
    temporaryCredentials: (prefix, readOnly) => {
      const made: TemporaryCredentials = {
        accessKey: `ASIA${randomBytes(8).toString("hex").toUpperCase()}`,
        secretKey: randomBytes(30).toString("base64"),
        sessionToken: randomBytes(48).toString("base64"),
        prefix,
        readOnly,
        expires: now() + CREDENTIALS_LIFETIME
      }
      credentials.set(made.accessKey, made)
      return made
    }
  }
}
