/**
 * Requests to the object store. They go to another origin than the API, so that the session's credentials and headers stay
 * behind; what proves them is in the URL, or in a signature by temporary credentials.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { CallError } from "../../../errors/CallError.ts"
import { type CallOptions, CurrentCall, merge } from "../../../services/Call.ts"
import type { Session } from "../../../services/Session.ts"
import type { RequestBody, TransportResponse } from "../../../services/Transport.ts"
import { get } from "../../../wire/headers.ts"
import { isSuccess } from "../../../wire/status.ts"
import { isLoopback, isSecure, isWeb } from "../../../wire/url.ts"
import { TransferFailed } from "./TransferFailed.ts"

export interface StorageRequest {
  readonly dataId: string
  readonly operation: string
  readonly method: "GET" | "PUT" | "POST" | "DELETE"
  readonly url: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: RequestBody | undefined
  /** bytes of the body that is wanted, which may be more than an answer of an API has */
  readonly expected?: number | undefined
}

/** long enough to cost little, short enough that a slow line shows that it moves */
const chunk = 256 * 1024

/** A body that is sent piece by piece: sent at once, a large one over a slow line looks like silence. */
export const bodyOf = (bytes: Uint8Array): RequestBody =>
  bytes.length <= chunk
    ? { _tag: "Bytes", bytes }
    : {
      _tag: "Stream",
      stream: Stream.fromIterable({
        *[Symbol.iterator]() {
          for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk)
        }
      }),
      length: bytes.length,
      replay: true
    }

/** what transports give at once by themselves */
const mostAtOnce = 64 * 1024 * 1024

/** How long a part takes is the line's to say, and that nothing moves the transport's; this is for those that cannot tell. */
const patient: CallOptions = { timeout: "15 minutes" }

/** The URL of an object store, which ICA names: no less safe than the way to ICA itself, and not on this machine unless that is. */
export const storeUrl = (session: Session, dataId: string, url: string): Effect.Effect<URL, TransferFailed> =>
  Effect.flatMap(session.status, ({ baseUrl }) => {
    const [store, api] = [isWeb(url) ? new URL(url) : undefined, new URL(baseUrl)]
    return store !== undefined && (isSecure(store) || !isSecure(api)) && (!isLoopback(store.hostname) || isLoopback(api.hostname))
      ? Effect.succeed(store)
      : Effect.fail(new TransferFailed({ reason: "answer", dataId, detail: "ICA names an address that is none of an object store, or not safe to use" }))
  })

/** The answer, whatever its status. */
export const send = (session: Session, { dataId, expected = 0, headers, ...request }: StorageRequest): Effect.Effect<TransportResponse, CallError | TransferFailed> => {
  const options = expected > mostAtOnce ? { ...patient, maxResponseSize: expected } : patient
  // what is stored is what is wanted: neither part of it nor its checksum would mean anything compressed
  const sent = session.request({ ...request, headers: { "accept-encoding": "identity", ...headers } })
  return Effect.andThen(storeUrl(session, dataId, request.url), Effect.updateService(sent, CurrentCall, (call) => merge(options, call)))
}

const element = (name: string): RegExp => new RegExp(`<${name}>([^<]*)</${name}>`)

const entities: Readonly<Record<string, string>> = { quot: "\"", amp: "&", lt: "<", gt: ">", apos: "'" }

/** The text of the first element of this name; these answers are flat, and hold nothing but text and the five entities. */
export const textOf = (xml: string, name: string): string | undefined =>
  element(name).exec(xml)?.[1]?.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal?: string, hex?: string, entity?: string) => {
    const point = decimal !== undefined ? Number(decimal) : hex !== undefined ? Number.parseInt(hex, 16) : undefined
    return point === undefined ? entities[entity ?? ""] ?? whole : point <= 0x10_ffff ? String.fromCodePoint(point) : whole
  })

/** Each element of this name, whole. */
export const eachOf = (xml: string, name: string): ReadonlyArray<string> => {
  const found: Array<string> = []
  const [open, close] = [`<${name}>`, `</${name}>`]
  for (let at = xml.indexOf(open); at >= 0;) {
    const end = xml.indexOf(close, at)
    if (end < 0) break
    found.push(xml.slice(at, end + close.length))
    at = xml.indexOf(open, end)
  }
  return found
}

export const xmlOf = (response: TransportResponse): string => new TextDecoder().decode(response.body)

/** The object store said no, or something that is no answer to this. */
export const refused = (dataId: string, response: TransportResponse): TransferFailed => {
  const xml = xmlOf({ ...response, body: response.body.subarray(0, 4_096) })
  const code = textOf(xml, "Code")
  const known = code !== undefined && /^\w{1,64}$/.test(code) ? code : undefined
  return new TransferFailed({ reason: response.status >= 400 ? "refused" : "answer", dataId, detail: "the object store refused", status: response.status, code: known })
}

/** An answer of 2xx; anything else is a failure. */
export const accepted = (dataId: string, response: TransportResponse): Effect.Effect<TransportResponse, TransferFailed> =>
  isSuccess(response.status) ? Effect.succeed(response) : Effect.fail(refused(dataId, response))

/**
 * The MD5 that an ETag is, in hexadecimal digits; `undefined` where it is something else: of an upload in parts, or of an
 * object that a key of its own encrypts.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
 */
export const md5Of = (response: TransportResponse): string | undefined => {
  const encryption = get(response.headers, "x-amz-server-side-encryption")
  if ((encryption !== undefined && encryption !== "AES256") || get(response.headers, "x-amz-server-side-encryption-customer-algorithm") !== undefined) return undefined
  return /^"([0-9a-f]{32})"$/.exec(get(response.headers, "etag") ?? "")?.[1]
}
