/**
 * What the mock answers: an example of the reply that the endpoint declares, encoded by its schema.
 */
import type { Answer } from "../http/message.ts"
import { encode } from "../values/decode.ts"
import { isRecord, writeJson } from "../values/json.ts"
import { type AnyCodec, mayBeAbsent } from "../values/wireAst.ts"
import { exampleOf, words } from "./example.ts"
import { essenceOf, isJson, negotiate } from "./mediaType.ts"
import { isEndpoint, type MockEndpoint, type MockReply } from "./MockEndpoint.ts"
import { toPage } from "./paging.ts"
import { derived } from "./random.ts"

/** What an answer is made for. */
export interface Wanted {
  readonly seed: number
  readonly accept: string | undefined
  /** the status that somebody asks for; `undefined`: the first success */
  readonly status: number | undefined
  /** decoded */
  readonly input: Readonly<Record<string, unknown>>
  readonly query: URLSearchParams
}

type Key = number | string

/** One reply that could be given. */
interface Candidate {
  readonly key: Key
  readonly reply: MockReply
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const noContent = new Uint8Array(0)

/** A refusal in the mock's own words. */
export const refusal = (status: number, body: Readonly<Record<string, unknown>>, headers: Readonly<Record<string, string>> = {}): Answer => ({ status, headers, body })

/** The successes that statuses and media types offer, the endpoint's own first. */
const successes = (endpoint: MockEndpoint): ReadonlyArray<Candidate> => {
  const { as, declared } = endpoint
  const others = (declared.mediaTypes ?? []).flatMap((mediaType) => {
    // a key of `as`, which the endpoint has just named
    const other = as?.(mediaType as never)
    return isEndpoint(other) ? [...other.declared.success] : []
  })
  return [...declared.success, ...others].map(([key, reply]) => ({ key, reply }))
}

/** Statuses that the document describes: the endpoint keeps a range where one success is all there is. */
const describedStatus = (endpoint: MockEndpoint): number | undefined => {
  const responses = isRecord(endpoint.openapi) ? endpoint.openapi["responses"] : undefined
  const status = isRecord(responses) ? Object.keys(responses).find((key) => /^2\d\d$/.test(key)) : undefined
  return status === undefined ? undefined : Number(status)
}

const statusOf = (endpoint: MockEndpoint, { key, reply }: Candidate): number => {
  if (typeof key === "number") return key
  const isEmpty = reply["~credence/reply"] === "empty"
  if (key === "2XX" || key === "default") return describedStatus(endpoint) ?? (isEmpty ? 204 : 200)
  return Number(key.slice(0, 1)) * 100
}

const rangeOf = (status: number): string => `${Math.floor(status / 100)}XX`

/** What is declared for a status: exact -> range -> default. */
const declaredFor = (endpoint: MockEndpoint, status: number): ReadonlyArray<Candidate> => {
  const fine = successes(endpoint)
  const errors = [...endpoint.declared.errors].map(([key, reply]): Candidate => ({ key, reply }))
  const isFine = status >= 200 && status < 300
  for (const key of [status, rangeOf(status), "default"]) {
    for (const side of isFine ? [fine, errors] : [errors, fine]) {
      const found = side.filter((candidate) => candidate.key === key)
      if (found.length > 0 && (side === errors || typeof key === "number" || status < 400)) return found
    }
  }
  return []
}

const extensions: Readonly<Record<string, string>> = {
  "application/pdf": "pdf", "application/zip": "zip", "application/octet-stream": "bin", "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/svg+xml": "svg",
  "text/csv": "csv", "text/html": "html", "text/plain": "txt", "application/xml": "xml", "text/xml": "xml"
}

const examples: Readonly<Record<string, string>> = {
  "image/*": "image/png",
  "text/*": "text/plain",
  "application/*": "application/octet-stream",
  "audio/*": "audio/mpeg",
  "video/*": "video/mp4"
}

/** A range is no media type: something of it. */
const concrete = (mediaType: string, otherwise: string): string => {
  if (!mediaType.includes("*")) return mediaType
  return examples[essenceOf(mediaType) ?? ""] ?? otherwise
}

/** one pixel */
const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

const textFor = (mediaType: string, seed: number): string => {
  const [one, two] = [words(derived(seed, 1), 1), words(derived(seed, 2), 1)]
  switch (essenceOf(mediaType)) {
    case "text/csv":
      return `id,name\r\n1,${one}\r\n2,${two}\r\n`
    case "text/html":
      return `<!doctype html><title>${one}</title><p>${two}</p>\n`
    case "application/xml":
    case "text/xml":
    case "image/svg+xml":
      return `<?xml version="1.0"?>\n<${one} name="${two}"/>\n`
    case "application/pdf":
      return `%PDF-1.4\n% ${one} ${two}\n%%EOF\n`
    default:
      return isJson(essenceOf(mediaType) ?? "") ? writeJson({ [one]: two }) : `${one} ${two}\n`
  }
}

const bytesFor = (mediaType: string, seed: number): Uint8Array =>
  essenceOf(mediaType) === "image/png" ? new Uint8Array(Buffer.from(png, "base64")) : bytes(textFor(mediaType, seed))

/** A body, and the fields that describe it; `undefined`: no example could be made. */
interface Content {
  readonly body: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

const jsonTexts = (schema: AnyCodec | undefined, seed: number, count: number): ReadonlyArray<string> | undefined => {
  const texts = Array.from({ length: count }, (_, index) => {
    const item = derived(seed, index)
    const made = schema === undefined ? { encoded: words(item, 2) } : exampleOf(schema, item)
    return made === undefined ? undefined : writeJson(made.encoded)
  })
  return texts.includes(undefined) ? undefined : texts.map(String)
}

/** items of a stream */
const streamed = 3

const contentOf = (endpoint: MockEndpoint, reply: MockReply, isSuccess: boolean, { input, query, seed }: Wanted): Content | undefined => {
  const { mediaType, schema } = reply
  switch (reply["~credence/reply"]) {
    case "empty":
      return { body: noContent, headers: {} }
    case "json": {
      const type = concrete(mediaType, "application/json")
      const made = schema === undefined ? { value: {}, encoded: {} } : exampleOf(schema, seed)
      if (made === undefined) return undefined
      if (schema === undefined || !isSuccess || endpoint.paging === undefined) return { body: bytes(writeJson(made.encoded)), headers: { "Content-Type": type } }
      const page = toPage(endpoint, schema, made.value, input, query, seed)
      // a page that its schema does not take is as it was, and whoever walks on sees the same page again, which ends it
      const encoded = encode(schema, page.value) ?? { value: made.encoded }
      return { body: bytes(writeJson(encoded.value)), headers: { "Content-Type": type, ...page.headers } }
    }
    case "jsonLines": {
      const texts = jsonTexts(schema, seed, streamed)
      if (texts === undefined) return undefined
      return { body: bytes(texts.map((text) => `${text}\n`).join("")), headers: { "Content-Type": concrete(mediaType, "application/jsonl") } }
    }
    case "events": {
      const texts = schema === undefined ? Array.from({ length: streamed }, (_, index) => words(derived(seed, index), 2)) : jsonTexts(schema, seed, streamed)
      if (texts === undefined) return undefined
      return { body: bytes(texts.map((text, index) => `id: ${index + 1}\ndata: ${text}\n\n`).join("")), headers: { "Content-Type": "text/event-stream" } }
    }
    case "text": {
      const type = concrete(mediaType, "text/plain")
      return { body: bytes(textFor(type, seed)), headers: { "Content-Type": type } }
    }
    case "bytes":
    case "stream": {
      const type = concrete(mediaType, "application/octet-stream")
      const name = `${endpoint.operation.name.replace(/[^\w.-]+/g, "-")}.${extensions[essenceOf(type) ?? ""] ?? "bin"}`
      return { body: bytesFor(type, seed), headers: { "Content-Type": type, "Content-Disposition": `attachment; filename="${name}"` } }
    }
    default:
      return { body: bytes(writeJson({ message: words(seed, 2) })), headers: { "Content-Type": "application/json" } }
  }
}

/** Fields that say how a message is framed: they are the server's own. */
const framing = new Set([
  "content-length", "content-type", "content-encoding", "content-disposition", "content-range", "transfer-encoding",
  "connection", "keep-alive", "upgrade", "trailer", "date", "set-cookie", "link"
])

const asField = (value: unknown): string | undefined => {
  const isList = Array.isArray(value) && value.every((item) => typeof item !== "object" || item === null)
  const text = isList ? value.map(String).join(", ") : typeof value === "string" ? value : writeJson(value)
  return /^[\x20-\x7e]*$/.test(text) ? text.trim() : undefined
}

/** The fields of the head that the endpoint declares. */
const headersOf = (endpoint: MockEndpoint, seed: number): Readonly<Record<string, string>> => {
  const out: Record<string, string> = {}
  for (const [index, [name, schema]] of Object.entries(endpoint.declared.headers ?? {}).entries()) {
    if (framing.has(name)) continue
    const made = exampleOf(schema, derived(seed, 7000 + index))
    const text = made === undefined || made.encoded === undefined ? undefined : asField(made.encoded)
    if (text !== undefined) out[name] = text
    else if (!mayBeAbsent(schema.ast)) out[name] = ""
  }
  return out
}

/** Answers a request that is fine. */
export const answerFor = (endpoint: MockEndpoint, wanted: Wanted): Answer => {
  const { accept, seed, status: asked } = wanted
  const all = successes(endpoint)
  // 3xx replies may be declared as successes: they are answers to other questions
  const fine = all.filter(({ key }) => typeof key !== "number" || key < 300)
  const candidates = asked === undefined ? (fine.length > 0 ? fine : all) : declaredFor(endpoint, asked)
  if (asked !== undefined && candidates.length === 0) return refusal(asked, { message: `${endpoint.operation.name} does not declare ${asked}` })
  const isError = asked !== undefined && asked >= 400
  const type = isError ? candidates[0]?.reply.mediaType : negotiate(accept, candidates.map(({ reply }) => reply.mediaType))
  const chosen = candidates.find(({ reply }) => reply.mediaType === type)
  if (chosen === undefined) {
    const offered = new Set(candidates.map(({ reply }) => reply.mediaType))
    return refusal(406, { message: `${endpoint.operation.name} gives ${[...offered].join(", ")}` })
  }
  const status = asked ?? statusOf(endpoint, chosen)
  const content = contentOf(endpoint, chosen.reply, !isError, wanted)
  if (content === undefined) return refusal(501, { message: `no example could be made of what ${endpoint.operation.name} gives for ${String(chosen.key)}` })
  const body = status === 204 || status === 205 || status === 304 ? noContent : content.body
  return { status, headers: { ...(isError ? {} : headersOf(endpoint, seed)), ...content.headers }, body }
}
