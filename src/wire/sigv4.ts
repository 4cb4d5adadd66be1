/**
 * AWS Signature Version 4, for object stores that temporary credentials were given for.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js"

/** Who signs, and for where. */
export interface SigningKey {
  readonly accessKey: string
  readonly secretKey: string
  /** of temporary credentials */
  readonly sessionToken?: string | undefined
  readonly region: string
  readonly service: string
}

/** What is signed. */
export interface SignedRequest {
  readonly method: string
  /** with a path that {@link encode} made, since the other side signs that */
  readonly url: URL
  /** lower-case names; all of them are signed */
  readonly headers: Readonly<Record<string, string>>
  /** SHA-256 of the body in hexadecimal digits, or `UNSIGNED-PAYLOAD` */
  readonly payload: string
}

/** Percent-encoding of everything but the unreserved characters (RFC 3986 section 2.3): a segment of a path, a name, a value. */
export const encode = (text: string): string => encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

/** SHA-256 of nothing. */
export const emptyPayload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/** The fields that prove the request, besides those that it has; `now` in epoch milliseconds. */
export const sign = (request: SignedRequest, key: SigningKey, now: number): Readonly<Record<string, string>> => {
  const date = new Date(now).toISOString().replace(/[-:]|\.\d+/g, "")
  const added = {
    "x-amz-content-sha256": request.payload,
    "x-amz-date": date,
    ...(key.sessionToken === undefined ? {} : { "x-amz-security-token": key.sessionToken })
  }
  const fields: Readonly<Record<string, string>> = { ...request.headers, ...added, host: request.url.host }
  const names = Object.keys(fields).sort()
  const query = [...request.url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort().join("&")
  const canonical = [
    request.method,
    request.url.pathname,
    query,
    ...names.map((name) => `${name}:${(fields[name] ?? "").trim().replace(/ +/g, " ")}`),
    "",
    names.join(";"),
    request.payload
  ].join("\n")
  const day = date.slice(0, 8)
  const scope = `${day}/${key.region}/${key.service}/aws4_request`
  const text = ["AWS4-HMAC-SHA256", date, scope, bytesToHex(sha256(utf8ToBytes(canonical)))].join("\n")
  const signing = [day, key.region, key.service, "aws4_request"].reduce((last, part) => hmac(sha256, last, utf8ToBytes(part)), utf8ToBytes(`AWS4${key.secretKey}`))
  const signature = bytesToHex(hmac(sha256, signing, utf8ToBytes(text)))
  return { ...added, authorization: `AWS4-HMAC-SHA256 Credential=${key.accessKey}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}` }
}
