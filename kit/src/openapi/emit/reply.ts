/**
 * What an operation answers, as the endpoint declares it.
 */
import type { Media, Response } from "../model/Api.ts"
import { kindOf } from "../model/media.ts"
import type { Shape } from "../model/Shape.ts"
import type { Place } from "../model/Place.ts"
import { type Plan, resolve } from "../plan/Plan.ts"
import type { Warn } from "../warning.ts"
import { key, object, quoted } from "./print.ts"
import { call, type Where } from "./shape.ts"

interface Replied {
  readonly text: string
  /** the same, read into memory: an error is never streamed */
  readonly buffered: string
}

/** Schema of a shape, by its name if it was given one. */
export type SchemaOf = (shape: Shape, name: string, where: Where) => string

export interface Answers {
  readonly success: string
  readonly errors: ReadonlyArray<string>
  readonly as: ReadonlyArray<string>
  readonly headers: ReadonlyArray<string>
}

const isStructured = (shape: Shape | undefined, plan: Plan): boolean => !["unknown", "string", "binary", "literals", "never"].includes(resolve(shape, plan.models).kind)

const rank: Readonly<Record<string, number>> = { json: 0, jsonLines: 1, text: 2, form: 3, xml: 4, events: 5, multipart: 6, binary: 7 }

/** Is it read as JSON, whatever it is called? Some write the wildcard, or `text/plain`, and mean JSON. A table is none, whatever the schema says. */
const isJson = (media: Media, plan: Plan): boolean => {
  const kind = kindOf(media.mediaType)
  return kind === "json" || ((media.mediaType === "*/*" || (kind === "text" && !/csv|tab-separated/.test(media.mediaType))) && isStructured(media.shape, plan))
}

const replyOf = (media: Media, name: string, where: Where, schemaOf: SchemaOf): Replied => {
  const reply = (text: string, buffered = text): Replied => ({ text, buffered })
  const kind = kindOf(media.mediaType)
  const { imports, plan } = where
  const make = (what: string, ...args: ReadonlyArray<string>): string => {
    imports.namespace("Reply")
    return call(where, `Reply.${what}`, ...args)
  }
  const type = quoted(media.mediaType)
  if (isJson(media, plan)) {
    const schema = schemaOf(media.shape ?? { kind: "unknown" }, name, where)
    return reply(media.mediaType === "application/json" || media.mediaType === "*/*" ? schema : make("json", schema, type))
  }
  switch (kind) {
    case "jsonLines": {
      const shape = resolve(media.shape, plan.models)
      const item = media.item ?? (shape.kind === "array" ? shape.item : media.shape ?? { kind: "unknown" as const })
      return reply(make("jsonLines", schemaOf(item, `${name}Item`, where), type), make("text", type))
    }
    case "events":
      return reply(make("events", ...(media.item === undefined && !isStructured(media.shape, plan) ? [] : [schemaOf(media.item ?? media.shape ?? { kind: "unknown" }, `${name}Event`, where)])), make("text", type))
    case "text":
    case "xml":
    case "form":
      return reply(make("text", type))
    default:
      return reply(make("stream", ...(media.mediaType === "*/*" ? [] : [type])), make("bytes", ...(media.mediaType === "*/*" ? [] : [type])))
  }
}

/** JSON by name, JSON by another, what is JSON under the name of something else, and the rest. */
const preference = (media: Media, plan: Plan): number =>
  media.mediaType === "application/json" ? -2 : kindOf(media.mediaType) === "json" ? -1 : isJson(media, plan) ? 0 : rank[kindOf(media.mediaType)] ?? 9

/** The media types of an answer, the one that is asked for first. */
export const byPreference = (media: ReadonlyArray<Media>, plan: Plan): ReadonlyArray<Media> =>
  media.map((entry, index) => ({ entry, index, rank: preference(entry, plan) })).sort((a, b) => a.rank - b.rank || a.index - b.index).map(({ entry }) => entry)

/** Other ways to have the same: not those that say it once more in other letters. */
export const alternatives = (media: ReadonlyArray<Media>, plan: Plan): ReadonlyArray<Media> => {
  const [first, ...rest] = byPreference(media, plan)
  if (first === undefined || !isJson(first, plan)) return rest
  return rest.filter((other) =>
    kindOf(other.mediaType) !== "xml" && !other.mediaType.includes("*")
    && !(isJson(other, plan) && !/\bvnd\./.test(other.mediaType) && JSON.stringify(other.shape) === JSON.stringify(first.shape)))
}

/** What an operation declares of its answers. */
export const answersOf = (
  responses: ReadonlyArray<Response>,
  name: string,
  where: Where,
  schemaOf: SchemaOf,
  place: Place,
  warn: Warn
): Answers => {
  const { imports, plan } = where
  const successes = responses.filter((response) => response.status.startsWith("2"))
  const moved = responses.filter((response) => /^30[12378]$/.test(response.status))
  const any = (): string => {
    imports.namespace("Reply")
    return "Reply.any"
  }
  const schema = (text: string): string => {
    imports.namespace("Schema")
    return `Schema.${text}`
  }

  const replies = successes.map((response) => {
    const suffix = successes.length > 1 ? response.status : ""
    const [media] = byPreference(response.media, plan)
    const text = schema("Void")
    return { status: response.status, reply: media === undefined ? { text, buffered: text } : replyOf(media, `${name}Response${suffix}`, where, schemaOf) }
  })
  if (replies.length === 0 && moved.length === 0) warn("invalid", place, "no success is described: whatever comes with a 2xx is taken")
  // redirects are followed: what comes in the end is the other place's
  if (replies.length === 0) replies.push({ status: "2XX", reply: moved.length > 0 ? replyOf({ mediaType: "*/*", shape: { kind: "binary" }, item: undefined, encoding: {} }, name, where, schemaOf) : { text: any(), buffered: any() } })
  const texts = replies.map(({ reply, status }) => ({ status, text: reply.text }))
  const [first] = texts
  const success = first !== undefined && texts.every(({ text }) => text === first.text) ? first.text : object(texts.map(({ status, text }) => `${statusKey(status)}: ${text}`))

  const failures = responses.filter((response) => (/^[45]/.test(response.status) && response.status !== "401") || (response.status === "304" && successes.length > 0) || response.status === "default")
  const errors = failures.map((response) => {
    const [media] = byPreference(response.media, plan)
    const open = media === undefined || (media.shape === undefined && (isJson(media, plan) || media.mediaType === "*/*"))
    const body = open ? any() : replyOf(media, `${name}Error${failures.length > 1 ? response.status : ""}`, where, schemaOf).buffered
    return `${statusKey(response.status)}: ${body}`
  })

  const others = new Map<string, Media>()
  for (const response of successes) for (const media of alternatives(response.media, plan)) if (!others.has(media.mediaType)) others.set(media.mediaType, media)
  const as = [...others.values()].map((media) => `${quoted(media.mediaType)}: ${replyOf(media, `${name}Response${suffixOf(media.mediaType)}`, where, schemaOf).text}`)

  const headers = new Map<string, string>()
  for (const response of successes) {
    for (const header of response.headers) {
      const kind = resolve(header.shape, plan.models).kind
      const text = kind === "number" ? schema("FiniteFromString") : schema("String")
      headers.set(header.name.toLowerCase(), `${key(header.name.toLowerCase())}: ${call(where, schema("optional"), text)}`)
    }
  }
  return { success, errors, as, headers: [...headers.values()] }
}

const statusKey = (status: string): string => /^\d+$/.test(status) || status === "default" ? status : quoted(status)

const suffixOf = (mediaType: string): string => mediaType.split("/").at(-1)?.split(/[^A-Za-z0-9]+/).map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("") ?? ""
