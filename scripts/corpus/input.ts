/**
 * Example inputs for endpoints, by seed, from nothing but what the endpoint declares.
 */
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as SchemaParser from "effect/SchemaParser"
import * as Stream from "effect/Stream"
import { type Body, type Choice, isBody } from "../../src/endpoint/Body.ts"
import { encoderOf, isOptional } from "../../src/endpoint/fields.ts"
import { type AnyCodec, type Field, isParam } from "../../src/endpoint/Param.ts"
import { tidy } from "./equal.ts"
import { type Chance, chance, hash } from "./seed.ts"

/** What an endpoint shows of its input. */
export interface DeclaredInput {
  readonly path: Readonly<Record<string, Field>>
  readonly query: Readonly<Record<string, Field>>
  readonly header: Readonly<Record<string, Field>>
  readonly cookie: Readonly<Record<string, Field>>
  readonly body: AnyCodec | Body<unknown> | undefined
}

export class NoExample extends Error {}

/** JSON that fits, from elsewhere: for schemas whose checks chance does not meet. */
export type Fallback = () => { readonly value: unknown } | { readonly problem: string } | undefined

/** A value of the type side of a schema. What is `undefined` in it is left out, as a caller would. With `whole` one that has much in it. */
export const valueOf = (schema: AnyCodec, seed: number, fallback?: Fallback, whole = false): unknown => {
  const size = whole ? 5 : 3
  const type = Schema.make<Schema.Codec<unknown>>(SchemaAST.toType(schema.ast))
  const exit = Effect.runSyncExit(Arbitrary.sampleEffect(Arbitrary.schema(type), { count: 8, size, seed }))
  if (Exit.isFailure(exit)) {
    const json = fallback?.()
    const decoded = json !== undefined && "value" in json ? SchemaParser.decodeUnknownExit(schema)(json.value) : undefined
    if (decoded !== undefined && Exit.isSuccess(decoded)) return decoded.value
    throw new NoExample("no value of the schema could be generated")
  }
  // two items that differ by what is `undefined` only are the same once it is left out
  const fits = SchemaParser.is(type)
  const tidied = exit.value.map((value) => tidy(value))
  const good = tidied.filter((value) => isSendable(value) && fits(value))
  if (whole) good.sort((a, b) => lengthOf(b) - lengthOf(a))
  return good.length > 0 ? good[0] : tidied.find(fits) ?? exit.value[0]
}

const lengthOf = (value: unknown): number => {
  try {
    return (JSON.stringify(value) ?? "").length
  } catch {
    return 0
  }
}

/** Lone surrogates are no text that anybody sends, and as names of members JavaScript's own parser mixes them up. */
const isSendable = (value: unknown): boolean => {
  try {
    return !/\\ud[89a-f][0-9a-f]{2}/i.test(JSON.stringify(value) ?? "")
  } catch {
    return true
  }
}

const bodyValue = (body: AnyCodec | Body<unknown>, random: Chance, fallback: (mediaType: string) => ReturnType<Fallback>, whole: boolean): { readonly value: unknown; readonly contentType?: string } => {
  if (!isBody(body)) return { value: valueOf(body, random.int(0, 2 ** 30), () => fallback("application/json"), whole) }
  switch (body["~credence/body"]) {
    case "json":
    case "form":
      if (body.schema === undefined) throw new NoExample("a body without a schema")
      return { value: valueOf(body.schema, random.int(0, 2 ** 30), () => fallback(body.mediaType), whole) }
    case "multipart": {
      const out: Record<string, unknown> = {}
      for (const [name, part] of Object.entries(body.parts ?? {})) {
        if ("~credence/file" in part) {
          const file = { name: "file.txt", content: "some content" }
          if (whole || !part.optional || random.flip(0.5)) out[name] = part.several ? [file] : file
        } else if (whole || !isOptional(part) || random.flip(0.5)) {
          const value = valueOf(isParam(part) ? part.schema : part, random.int(0, 2 ** 30), undefined, whole)
          if (value !== undefined) out[name] = value
        }
      }
      return { value: out }
    }
    case "text":
      return { value: "some text" }
    case "bytes":
      return { value: new Uint8Array([1, 2, 3]) }
    case "stream":
      return { value: { stream: Stream.make(new Uint8Array([1, 2, 3])), length: 3 } }
    case "choice": {
      const [type, chosen] = random.pick(Object.entries((body as Choice<unknown>).choices))
      return { ...bodyValue(chosen, random, fallback, whole), contentType: type }
    }
  }
}

/** What a place can hold and no schema says: a path value is not empty and no dots, a header has no control characters, text is well-formed. */
const suits = (place: "path" | "query" | "header" | "cookie", value: unknown): boolean => {
  if (Array.isArray(value)) return (place !== "path" || value.length > 0) && value.every((item) => suits(place, item))
  if (typeof value === "object" && value !== null) return Object.values(value).every((item) => suits(place === "path" ? "query" : place, item))
  if (typeof value !== "string") return true
  if (!value.isWellFormed()) return false
  if (place === "path") return !/^\.{0,2}$/.test(value)
  return place !== "header" || /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value)
}

/** Where examples come from that chance does not find. */
export interface Fallbacks {
  readonly parameter: (place: string, name: string) => ReturnType<Fallback>
  readonly body: (mediaType: string) => ReturnType<Fallback>
}

/** An input: all that is required, and about half of what is not; or, `whole`, everything. */
export const inputFor = (declared: DeclaredInput, seed: number, fallbacks: Fallbacks, whole = false): Readonly<Record<string, unknown>> => {
  const input: Record<string, unknown> = {}
  for (const place of ["path", "query", "header", "cookie"] as const) {
    for (const [key, field] of Object.entries(declared[place])) {
      const random = chance(hash(`${seed}:${key}`))
      if (!whole && isOptional(field) && random.flip(0.5)) continue
      const sample = () => valueOf(isParam(field) ? field.schema : field, random.int(0, 2 ** 30), () => fallbacks.parameter(place, (isParam(field) ? field.name : undefined) ?? key), whole)
      const pathLike = place === "path" && isParam(field) && field.segments === true
      let value = sample()
      for (let round = 0; round < 40 && (!suits(place, value) || (whole && round < 10 && value === undefined)); round++) value = sample()
      // a path of its own, such as a folder's
      if (pathLike) value = "/some/folder"
      if (value !== undefined) input[key] = value
    }
  }
  const { body } = declared
  if (body === undefined) return input
  const random = chance(hash(`${seed}:body`))
  if (!isBody(body)) {
    if (whole || !isOptional(body) || random.flip(0.8)) input["body"] = bodyValue(body, random, fallbacks.body, whole).value
    return input
  }
  const { contentType, value } = bodyValue(body, random, fallbacks.body, whole)
  return { ...input, body: value, ...(contentType === undefined ? {} : { contentType }) }
}

/** What a server must read out of the request, by place and name, and under `body`. */
export const wireValues = (declared: DeclaredInput, input: Readonly<Record<string, unknown>>): ReadonlyMap<string, unknown> => {
  const out = new Map<string, unknown>()
  const put = (key: string, schema: AnyCodec, value: unknown): void => {
    const exit = encoderOf(schema)(value)
    // what cannot be encoded is not sent
    if (Exit.isSuccess(exit)) out.set(key, exit.value)
  }
  for (const place of ["path", "query", "header", "cookie"] as const) {
    for (const [key, field] of Object.entries(declared[place])) {
      if (input[key] === undefined) continue
      const name = (isParam(field) ? field.name : undefined) ?? key
      put(`${place} ${place === "header" ? name.toLowerCase() : name}`, isParam(field) ? field.schema : field, input[key])
    }
  }
  const { body } = declared
  if (body === undefined || input["body"] === undefined) return out
  if (!isBody(body)) put("body", body, input["body"])
  else {
    const chosen = body["~credence/body"] === "choice" ? (body as Choice<unknown>).choices[String(input["contentType"])] : body
    if (chosen?.schema !== undefined) put("body", chosen.schema, input["body"])
  }
  return out
}
