/** Reads the members of a query or a JSON body, and collects everything that is wrong with them before refusing. */
import * as Predicate from "effect/Predicate"
import type { HttpRequest } from "../../http/message.ts"
import { actionError, fieldError, type Message, type Paging, refuse } from "./envelope.ts"

/** Reads members by name and kind. Nothing is refused before `done`, so that one answer names every fault. */
export interface Fields {
  readonly has: (name: string) => boolean
  readonly text: (name: string) => string | undefined
  readonly requiredText: (name: string) => string
  readonly oneOf: <const T extends string>(name: string, values: ReadonlyArray<T>) => T | undefined
  readonly requiredOneOf: <const T extends string>(name: string, values: ReadonlyArray<T>) => T
  readonly integer: (name: string, minimum?: number) => number | undefined
  readonly flag: (name: string, otherwise?: boolean) => boolean
  /** A list of names or ids, each as text. */
  readonly list: (name: string) => ReadonlyArray<string>
  readonly listOf: <const T extends string>(name: string, values: ReadonlyArray<T>) => ReadonlyArray<T>
  /** A point in time: epoch milliseconds, ISO 8601, `now`, or relative to it as in `-24hours`. */
  readonly time: (name: string, now: number) => number | undefined
  readonly wrong: (field: string, message: string, template?: string) => void
  /** Refuses with 412 if anything was wrong. */
  readonly done: () => void
}

interface Source {
  readonly one: (name: string) => unknown
  readonly all: (name: string) => unknown
}

const UNITS: Readonly<Record<string, number>> = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 }

const parseTime = (value: string, now: number): number | undefined => {
  if (value === "now") return now
  if (/^\d+$/.test(value)) return Number(value)
  const relative = /^([+-])(\d+)(second|minute|hour|day|week)s?$/.exec(value)
  if (relative !== null) return now + Number(`${relative[1]}${relative[2]}`) * (UNITS[relative[3] ?? ""] ?? 0)
  const parsed = Date.parse(value)
  return Number.isNaN(parsed) ? undefined : parsed
}

const makeFields = (source: Source): Fields => {
  const messages: Array<Message> = []
  const wrong = (field: string, message: string, template = "INVALID"): void => {
    messages.push(fieldError(field, message, template))
  }
  const missing = (field: string): void => wrong(field, "Value is required", "REQUIRED")
  const given = (name: string): unknown => source.one(name) ?? undefined
  const text = (name: string): string | undefined => {
    const value = given(name)
    if (value === undefined || Predicate.isString(value)) return value
    if (Predicate.isNumber(value)) return String(value)
    wrong(name, "Must be text")
    return undefined
  }
  const oneOf = <const T extends string>(name: string, values: ReadonlyArray<T>): T | undefined => {
    const value = text(name)
    const found = values.find((candidate) => candidate === value)
    if (value !== undefined && found === undefined) wrong(name, `Must be one of ${values.join(", ")}`)
    return found
  }
  const list = (name: string): ReadonlyArray<string> => {
    const value = source.all(name) ?? []
    if (Array.isArray(value) && value.every((item) => Predicate.isString(item) || Predicate.isNumber(item))) return value.map(String)
    wrong(name, "Must be a list")
    return []
  }
  return {
    has: (name) => given(name) !== undefined,
    text,
    requiredText: (name) => {
      const value = text(name)
      if (value === undefined || value === "") missing(name)
      return value ?? ""
    },
    oneOf,
    requiredOneOf: (name, values) => {
      if (given(name) === undefined || given(name) === "") missing(name)
      // The placeholder never leaves a handler: `done` refuses the request first.
      return (given(name) === "" ? undefined : oneOf(name, values)) ?? values[0]!
    },
    integer: (name, minimum) => {
      const value = given(name)
      if (value === undefined) return undefined
      const number = Predicate.isString(value) && /^-?\d+$/.test(value) ? Number(value) : value
      if (!Predicate.isNumber(number) || !Number.isSafeInteger(number)) {
        wrong(name, "Must be an integer")
        return undefined
      }
      if (minimum !== undefined && number < minimum) wrong(name, `Must be at least ${minimum}`, "MIN")
      return number
    },
    flag: (name, otherwise = false) => {
      const value = given(name)
      if (value === undefined) return otherwise
      if (Predicate.isBoolean(value)) return value
      const word = Predicate.isString(value) ? value.toLowerCase() : "" // the official client writes True and False
      if (word !== "true" && word !== "false") wrong(name, "Must be true or false")
      return word === "true"
    },
    list,
    listOf: (name, values) =>
      list(name).flatMap((value) => {
        const found = values.find((candidate) => candidate === value)
        if (found === undefined) wrong(name, `Must be one of ${values.join(", ")}`)
        return found === undefined ? [] : [found]
      }),
    time: (name, now) => {
      const value = text(name)
      if (value === undefined) return undefined
      const time = parseTime(value, now)
      if (time === undefined) wrong(name, "Must be a point in time")
      return time
    },
    wrong,
    done: () => {
      if (messages.length > 0) refuse(412, ...messages)
    }
  }
}

/** The members of the query. */
export const queryFields = (request: HttpRequest): Fields =>
  makeFields({
    one: (name) => request.query.get(name),
    all: (name) => request.query.getAll(name)
  })

/** The members of a JSON body; an empty body has none. Anything but a JSON object is refused with 400, another type with 415. */
export const bodyFields = (request: HttpRequest): Fields & { readonly object: Readonly<Record<string, unknown>> } => {
  const text = Buffer.from(request.body).toString("utf8")
  const type = (request.headers["content-type"] ?? "application/json").split(";")[0]?.trim().toLowerCase()
  if (type !== "application/json") refuse(415, actionError(`Unsupported media type ${type}`, "media.type.unsupported"))
  let parsed: unknown
  try {
    parsed = text === "" ? {} : JSON.parse(text)
  } catch {
    refuse(400, actionError("The body is not JSON", "body.malformed"))
  }
  return objectFields(parsed)
}

/** The members of an object inside a body. */
export const objectFields = (input: unknown): Fields & { readonly object: Readonly<Record<string, unknown>> } => {
  if (!Predicate.isReadonlyObject(input)) return refuse(400, actionError("A JSON object is needed", "body.malformed"))
  const object: Readonly<Record<string, unknown>> = { ...input }
  return { ...makeFields({ one: (name) => object[name], all: (name) => object[name] }), object }
}

/** `limit` (25 unless given, 0 for all) and `offset`. */
export const readPaging = (fields: Fields): Paging => ({
  limit: fields.integer("limit", 0) ?? 25,
  offset: fields.integer("offset", 0) ?? 0
})

/** A positive id from the path. */
export const readId = (value: string | undefined, field: string): number => {
  if (value === undefined || !/^\d{1,15}$/.test(value) || Number(value) < 1) {
    return refuse(412, fieldError(field, "Must be a positive integer", "MIN"))
  }
  return Number(value)
}
