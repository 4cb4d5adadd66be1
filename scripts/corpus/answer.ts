/**
 * What a server that keeps to the document would answer.
 */
import { sampleFor } from "./sample.ts"
import type { Judge } from "./judge.ts"
import { chance, hash } from "./seed.ts"
import { isJsonMedia, isRecord, matchesMedia, type Media, type Operation, record, type Response } from "./spec.ts"

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export type Answered = Answer | { readonly problem: string; readonly contradiction: boolean }

const isDescribed = ({ media }: Response): boolean => media.some(({ schema }) => schema !== undefined)

/**
 * The statuses that mean success, as the document lists them; where it lists none, what a server can still answer. Argus'
 * documents describe one and leave the others open: they are alike, but for a 206, which says to try again.
 */
const successes = (operation: Operation, enveloped: boolean): ReadonlyArray<readonly [string, Response]> => {
  const all = [...operation.responses]
  const good = all.filter(([status]) => status.startsWith("2"))
  const other = all.filter(([status]) => status === "default")
  const [, model] = (enveloped ? [...other, ...good].find(([status, response]) => status !== "206" && isDescribed(response)) : undefined) ?? []
  if (good.length > 0 && model !== undefined) {
    const alike = good.flatMap(([status, response]) => isDescribed(response) ? [[status, response] as const] : status === "206" ? [] : [[status, { ...response, media: model.media }] as const])
    return alike.length > 0 ? alike : [["200", model]]
  }
  if (good.length > 0) return good
  return other.length > 0 ? other : [["204", { media: [], headers: new Map() }]]
}

const accepted = (media: ReadonlyArray<Media>, accept: string): Media | undefined => {
  const ranges = accept.split(",").map((range) => range.trim())
  const fits = media.filter((candidate) => ranges.some((range) => range.toLowerCase() === candidate.type.toLowerCase() || matchesMedia(range, candidate.type) || matchesMedia(candidate.type, range)))
  return fits.find((candidate) => isJsonMedia(candidate.type)) ?? fits[0]
}

/** A media type for a range: what was asked for, or what the schema lends itself to. */
const concrete = ({ schema, type }: Media, accept: string): string => {
  if (!type.includes("*")) return type
  const asked = accept.split(",").map((range) => range.trim()).find((range) => range !== "" && !range.includes("*"))
  if (asked !== undefined) return asked
  if (type.startsWith("text/")) return "text/plain"
  if (type.startsWith("image/")) return "image/png"
  return schema === undefined || record(schema)["format"] === "binary" ? "application/octet-stream" : "application/json"
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A successful answer by seed; of several it takes turns. */
export const answerFor = (judge: Judge, operation: Operation, accept: string, seed: number): Answered => {
  const all = successes(operation, judge.enveloped)
  const fitting = all.filter(([, { media }]) => accepted(media, accept) !== undefined)
  const [key, response] = chance(hash(`answer:${seed}:${operation.method} ${operation.path}`)).pick(accept.includes("*/*") || fitting.length === 0 ? all : [...fitting, ...all.filter(([, { media }]) => media.length === 0)])
  return made(judge, operation, /^\d+$/.test(key) ? Number(key) : 200, response, accept, seed)
}

/** Statuses that are failures, each with its response: a status of the range, or any that nothing else describes. */
export const failuresOf = (operation: Operation): ReadonlyArray<readonly [number, Response]> => {
  const described = new Set(operation.responses.keys())
  const free = (from: number): number => {
    for (let status = from + 99; status > from; status--) if (!described.has(String(status))) return status
    return from
  }
  const good = [...described].some((status) => status.startsWith("2"))
  return [...operation.responses].flatMap(([key, response]): ReadonlyArray<readonly [number, Response]> => {
    // 401 is the session's own
    if (/^[45]\d\d$/.test(key)) return key === "401" ? [] : [[Number(key), response]]
    if (/^[45]XX$/i.test(key)) return [[free(Number(key[0]) * 100), response]]
    return key === "default" && good ? [[free(described.has("5XX") ? 400 : 500), response]] : []
  })
}

/** An answer of one status. */
export const made = (judge: Judge, operation: Operation, status: number, response: Response, accept: string, seed: number): Answered => {
  const random = chance(hash(`answer:${seed}`))
  const headers: Record<string, string> = {}
  for (const [name, header] of response.headers) {
    if (name === "content-type" || (!header.required && random.flip(0.5))) continue
    const sampled = sampleFor(judge, header.schema ?? true, seed)
    if ("value" in sampled) headers[name] = printable(Array.isArray(sampled.value) ? sampled.value.map(printable).join(",") : printable(sampled.value))
  }
  if (status === 204 || status === 205 || operation.method === "HEAD" || response.media.length === 0) return { status, headers, body: new Uint8Array(0) }
  const media = accepted(response.media, accept)
  if (media === undefined) return { problem: `Accept: ${accept} fits none of ${response.media.map((candidate) => candidate.type).join(", ")}`, contradiction: false }
  const contentType = concrete(media, accept)
  const answer = (body: Uint8Array): Answer => ({ status, headers: { ...headers, "content-type": contentType }, body })
  if (isJsonMedia(contentType)) {
    if (judge.enveloped && media.schema === undefined) return answer(encode(JSON.stringify(envelope(status))))
    const sampled = sampleFor(judge, media.schema ?? true, seed)
    return "value" in sampled ? answer(encode(JSON.stringify(sampled.value))) : { problem: `no value fits the schema of the answer: ${sampled.problem}`, contradiction: true }
  }
  if (/^(text\/event-stream)/.test(contentType)) return answer(encode(`data: ${line(judge, media, seed)}\n\n`))
  if (/(jsonl|ndjson|json-seq|stream\+json|json;stream)/.test(contentType)) return answer(encode(`${line(judge, media, seed)}\n`))
  // a number or an object as plain text can only be what JSON writes
  if (contentType.startsWith("text/plain") && media.schema !== undefined) {
    const sampled = sampleFor(judge, media.schema, seed)
    if ("value" in sampled) return answer(encode(typeof sampled.value === "string" ? sampled.value : JSON.stringify(sampled.value)))
  }
  if (/[/+]xml/.test(contentType)) return answer(encode("<answer/>"))
  if (/[/+]ya?ml/.test(contentType)) return answer(encode("answer: true\n"))
  return answer(encode("some,content\n"))
}

/** What Argus' servers send where its documents say nothing. */
export const envelope = (status: number): unknown => ({
  responseCode: status,
  limit: 0,
  offset: 0,
  count: 0,
  size: 0,
  metaData: { signature: "none" },
  messages: [{ message: "It did not work", messageTemplate: "It did not work", type: "ACTION_ERROR", field: null, parameter: null, timestamp: 1_700_000_000_000 }],
  data: null
})

const line = (judge: Judge, media: Media, seed: number): string => {
  const schema = media.raw["itemSchema"] ?? media.schema
  const sampled = sampleFor(judge, schema ?? true, seed)
  return "value" in sampled ? JSON.stringify(sampled.value) : "{}"
}

/** a field value holds no line breaks and no text beyond Latin-1 */
const printable = (value: unknown): string => (isRecord(value) ? JSON.stringify(value) : String(value)).replace(/[^\x20-\x7e]/g, "?")
