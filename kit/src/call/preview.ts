/**
 * What a call would send, without sending it.
 */
import { ConnectionFailed } from "credence/errors"
import { type RequestBody, Transport, type TransportError, type TransportRequest } from "credence/Transport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { multipartOf } from "../mock/body.ts"
import { parameterOf } from "../mock/mediaType.ts"
import { cut, cutBody, cutNamed, masked, type Piece, type Secrets } from "./mask.ts"
import type { Identity } from "./credentials.ts"

/** A transport that keeps the first request, and fails in place of an answer. */
export const capturing = (): { readonly layer: Layer.Layer<Transport>; readonly captured: () => TransportRequest | undefined } => {
  let first: TransportRequest | undefined
  const take = (request: TransportRequest): Effect.Effect<never, TransportError> =>
    Effect.suspend(() => {
      first ??= request
      const { attempt, displayUrl, method, operation } = request
      // not to be repeated
      return Effect.fail(new ConnectionFailed({ operation, method, url: displayUrl, attempts: attempt, reason: "other", processed: "maybe", detail: "nothing is sent" }))
    })
  return { layer: Layer.succeed(Transport, { name: "dry run", send: take, open: take }), captured: () => first }
}

const utf8 = new TextDecoder("utf-8", { fatal: true })

/** A body that people can read; `undefined`: it is none. */
const readable = (body: RequestBody): string | undefined => {
  if (body._tag === "Stream") return undefined
  if (typeof body.bytes === "string") return body.bytes
  try {
    const text = utf8.decode(body.bytes)
    // what steers a terminal is not for reading
    return /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

const sizeOf = (body: RequestBody): string => {
  const size = body._tag === "Stream" ? body.length : typeof body.bytes === "string" ? Buffer.byteLength(body.bytes) : body.bytes.length
  return `<${size === undefined ? "a stream" : `${size} bytes`}>`
}

interface QueryPair {
  readonly name: string
  readonly pieces: ReadonlyArray<Piece>
  readonly raw: string
  /** it holds a secret */
  readonly hidden: boolean
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll("+", " "))
  } catch {
    return text
  }
}

const queryOf = (url: URL, secrets: Secrets): ReadonlyArray<QueryPair> =>
  url.search.length < 2 ? [] : url.search.slice(1).split("&").map((pair) => {
    const equals = pair.indexOf("=")
    const name = decoded(equals < 0 ? pair : pair.slice(0, equals))
    const pieces = equals < 0 ? cut(pair, secrets) : cutNamed(name, pair.slice(equals + 1), secrets)
    return { name, pieces, raw: pair, hidden: pieces.some((piece) => piece._tag === "Secret") }
  })

/** A request as people see it. */
export interface Shown {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** A request with its secrets masked. */
export const show = (request: TransportRequest, secrets: Secrets): Shown => {
  const query = queryOf(request.url, secrets).map(({ hidden, name, pieces, raw }) => hidden ? `${encodeURIComponent(name)}=${masked(pieces)}` : raw)
  const contentType = request.headers["content-type"]
  const { body } = request
  const text = body === undefined ? undefined : readable(body)
  return {
    method: request.method,
    url: `${masked(cut(request.url.origin + request.url.pathname, secrets))}${query.length === 0 ? "" : `?${query.join("&")}`}`,
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, masked(cutNamed(name, value, secrets))])),
    body: body === undefined ? undefined : text === undefined ? sizeOf(body) : masked(cutBody(text, contentType, secrets))
  }
}

/** Texts beside each other are one. */
const joined = (pieces: ReadonlyArray<Piece>): ReadonlyArray<Piece> =>
  pieces.reduce<ReadonlyArray<Piece>>((all, piece) => {
    const last = all.at(-1)
    return last?._tag === "Text" && piece._tag === "Text" ? [...all.slice(0, -1), { _tag: "Text", text: last.text + piece.text }] : [...all, piece]
  }, [])

/** A word of a shell: what is no plain text is quoted, secrets are variables. What a terminal would take as its own is written in ANSI-C quotes. */
const word = (pieces: ReadonlyArray<Piece>): string => {
  if (pieces.length === 0) return "''"
  return joined(pieces).map((piece) => {
    if (piece._tag === "Secret") return `"$${piece.variable}"`
    const { text } = piece
    if (/^[\w@%+=:,./-]+$/.test(text)) return text
    // they would be lost, or steer the terminal
    if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text)) {
      const visible = text.replace(/[\\']/g, "\\$&").replace(/[\u0000-\u001f\u007f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`)
      return `$'${visible}'`
    }
    return `'${text.replaceAll("'", "'\\''")}'`
  }).join("")
}

const text = (value: string): Piece => ({ _tag: "Text", text: value })
const secret = (variable: string): Piece => ({ _tag: "Secret", variable })

interface CurlBody {
  readonly words: ReadonlyArray<string>
  /** fields of the head that curl makes by itself */
  readonly replaces: ReadonlyArray<string>
}

/** What curl takes a body from. */
const bodyOf = (request: TransportRequest, secrets: Secrets, files: ReadonlyArray<string>): CurlBody => {
  const { body, headers } = request
  if (body === undefined) return { words: [], replaces: [] }
  const contentType = headers["content-type"]
  const boundary = contentType?.startsWith("multipart/form-data") === true ? parameterOf(contentType, "boundary") : undefined
  if (boundary !== undefined && body._tag === "Bytes") {
    const parts = multipartOf(typeof body.bytes === "string" ? Buffer.from(body.bytes) : body.bytes, boundary) ?? []
    const words = parts.flatMap((part) => {
      const content = Buffer.from(part.bytes).toString("utf8")
      if (part.fileName === undefined && part.contentType === undefined) return ["--form-string", word([text(`${part.name}=`), ...cutNamed(part.name, content, secrets)])]
      const quoted = (value: string): string => `"${value.replace(/["\\]/g, "\\$&")}"`
      const type = part.contentType === undefined ? "" : `;type=${part.contentType}`
      if (part.fileName === undefined) return ["-F", word([text(`${part.name}=`), ...cut(quoted(content), secrets), text(type)])]
      const file = files.find((one) => one.endsWith(part.fileName ?? "")) ?? part.fileName
      return ["-F", word([text(`${part.name}=@${quoted(file)}${type}`)])]
    })
    // curl makes a boundary of its own
    return { words, replaces: ["content-type"] }
  }
  const readableText = readable(body)
  const [file] = files
  if (readableText === undefined) return { words: ["--data-binary", word([text(`@${file ?? "-"}`)])], replaces: [] }
  return { words: ["--data-raw", word(cutBody(readableText, contentType, secrets))], replaces: [] }
}

/**
 * The same request as a line for a shell: secrets are variables, everything else is quoted. `files` are what the body was
 * read from.
 */
export const toCurl = (
  request: TransportRequest,
  secrets: Secrets,
  { basic, instead }: Pick<Identity, "basic" | "instead">,
  files: ReadonlyArray<string>
): string => {
  const query = queryOf(request.url, secrets)
  const open = query.filter(({ hidden }) => !hidden).map(({ raw }) => raw)
  const address = word([...cut(request.url.origin + request.url.pathname, secrets), ...(open.length === 0 ? [] : [text(`?${open.join("&")}`)])])
  const { replaces, words } = bodyOf(request, secrets, files)
  const method = request.method === "HEAD"
    ? ["-I"]
    : (request.method === "GET" && words.length === 0) || (request.method === "POST" && words.length > 0)
    ? []
    : ["-X", word([text(request.method)])]
  const headers = Object.entries(request.headers).flatMap(([name, value]) => {
    if (name === "user-agent" || replaces.includes(name)) return []
    if (name === "authorization" && basic !== undefined && /^Basic /i.test(value)) return ["-u", word([text(`${basic.username}:`), secret(basic.variable)])]
    // a field without a value ends with a semicolon
    return ["-H", value === "" ? word([text(`${name};`)]) : word([text(`${name}: `), ...cutNamed(name, value, secrets)])]
  })
  // a secret in the query is encoded by curl, which knows what is in the variable
  const hidden = query.filter((pair) => pair.hidden).flatMap(({ name, pieces }) => ["--url-query", word([text(`${name}=`), ...pieces.filter((piece) => piece._tag === "Secret")])])
  const globbing = /[[\]{}]/.test(request.url.href) ? ["-g"] : []
  const proof = instead === undefined ? [] : ["-H", word([text(`${instead.header}: `), secret(instead.variable)])]
  return ["curl", ...globbing, ...method, address, ...hidden, ...headers, ...proof, ...words].join(" ")
}
