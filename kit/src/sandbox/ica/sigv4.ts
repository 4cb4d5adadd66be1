/**
 * AWS Signature Version 4, as the object store checks it: in the `Authorization` field, or in the query of a URL.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
import { createHash, createHmac } from "node:crypto"

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest()
const sha256 = (text: string | Uint8Array): string => createHash("sha256").update(text).digest("hex")

/** Percent-encoding of everything but the unreserved characters (RFC 3986 section 2.3). */
const encode = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

export interface Signing {
  readonly method: string
  /** as it is on the wire */
  readonly path: string
  readonly query: URLSearchParams
  readonly signedHeaders: ReadonlyArray<string>
  readonly headerOf: (name: string) => string
  /** SHA-256 of the body in hexadecimal digits, or `UNSIGNED-PAYLOAD` */
  readonly payload: string
  /** `20260105T080000Z` */
  readonly date: string
  readonly region: string
  readonly secretKey: string
}

/** The signature in hexadecimal digits; `X-Amz-Signature` itself is not part of what is signed. */
export const signature = (request: Signing): string => {
  const names = [...request.signedHeaders].sort()
  const query = [...request.query].filter(([name]) => name !== "X-Amz-Signature").map(([name, value]) => `${encode(name)}=${encode(value)}`).sort().join("&")
  const canonical = [
    request.method,
    request.path,
    query,
    ...names.map((name) => `${name}:${request.headerOf(name).trim().replace(/ +/g, " ")}`),
    "",
    names.join(";"),
    request.payload
  ].join("\n")
  const scope = `${request.date.slice(0, 8)}/${request.region}/s3/aws4_request`
  const text = ["AWS4-HMAC-SHA256", request.date, scope, sha256(canonical)].join("\n")
  const key = ["s3", "aws4_request"].reduce((last, part) => hmac(last, part), hmac(hmac(`AWS4${request.secretKey}`, request.date.slice(0, 8)), request.region))
  return hmac(key, text).toString("hex")
}

/** `20260105T080000Z` */
export const dateText = (at: number): string => new Date(at).toISOString().replace(/[-:]|\.\d+/g, "")

export { encode as encodeSegment, sha256 }
