/**
 * Servers move first: each example of a document, with something in it that the document does not know, must still decode,
 * be counted as drift, and encode to the same JSON.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { encoderOf } from "../../src/endpoint/fields.ts"
import * as Hooks from "../../src/services/Hooks.ts"
import { type CallJob, type Called, makeCaller, type Target } from "./call.ts"
import { difference, isAbsent, sameButNulls, tidy } from "./equal.ts"
import type { Judge } from "./judge.ts"
import { chance, type Chance, hash } from "./seed.ts"
import { at, follow, isJsonMedia, isRecord, list, type Media, type Operation, record } from "./spec.ts"

export interface ToleranceResult {
  readonly method: string
  readonly path: string
  readonly mutation: "none" | "unknown field" | "unknown value" | "undeclared null"
  readonly result: "ok" | "failed" | "contradiction"
  readonly cause?: string
  readonly detail?: string
}

type Path = ReadonlyArray<string | number>

/** Places in a value that can be changed so that the document does not know them. */
interface Places {
  readonly objects: Array<Path>
  readonly enums: Array<Path>
  readonly nulls: Array<Path>
}

/** All that applies to a value: the schema, what it refers to and is made of, and the alternatives that fit. */
const applying = (judge: Judge, schema: unknown, value: unknown, seen: ReadonlySet<unknown> = new Set()): ReadonlyArray<Readonly<Record<string, unknown>>> => {
  if (!isRecord(schema) || seen.has(schema)) return []
  const inner = new Set([...seen, schema])
  const go = (part: unknown) => applying(judge, part, value, inner)
  const fitting = [...list(schema["anyOf"]), ...list(schema["oneOf"])].filter((option) => judge.check(option, value).ok)
  return [
    schema,
    ...(typeof schema["$ref"] === "string" ? go(at(judge.document, schema["$ref"])) : []),
    ...list(schema["allOf"]).flatMap(go),
    ...fitting.flatMap(go)
  ]
}

const find = (judge: Judge, schema: unknown, value: unknown, path: Path, out: Places): void => {
  const all = applying(judge, schema, value)
  if (Array.isArray(value)) {
    for (const items of all.map((part) => part["items"]).filter(isRecord).slice(0, 1)) value.forEach((item, index) => find(judge, items, item, [...path, index], out))
    return
  }
  if (typeof value === "string") {
    // a text of an enum that is one of the enum's
    if (all.some((part) => Array.isArray(part["enum"]) && part["enum"].length > 0 && part["enum"].every((member) => typeof member === "string") && part["enum"].includes(value))) out.enums.push(path)
    return
  }
  if (!isRecord(value)) return
  // an alternative that says nothing takes whatever comes
  if (all.some((part) => [...list(part["anyOf"]), ...list(part["oneOf"])].some((option) => saysNothing(judge, option)))) return
  const members = new Map(all.flatMap((part) => Object.entries(record(part["properties"]))))
  const required = new Set(all.flatMap((part) => list(part["required"])))
  // what further members are is said: a new one is no news
  const open = all.some((part) => part["additionalProperties"] === true || isRecord(part["additionalProperties"]) || part["patternProperties"] !== undefined)
  if (members.size > 0 && !open) out.objects.push(path)
  for (const [name, member] of members) {
    if (!Object.hasOwn(value, name)) continue
    if (!required.has(name) && !judge.check(member, null).ok) out.nulls.push([...path, name])
    find(judge, member, value[name], [...path, name], out)
  }
}

const saysNothing = (judge: Judge, option: unknown): boolean => {
  const schema = record(follow(judge.document, option))
  return schema["additionalProperties"] !== false && ["properties", "allOf", "anyOf", "oneOf", "enum", "const"].every((key) => Object.keys(record(schema[key])).length === 0 && !Array.isArray(schema[key]))
    && (schema["type"] === undefined || schema["type"] === "object")
}

const changed = (value: unknown, path: Path, change: (old: unknown) => unknown): unknown => {
  const [head, ...tail] = path
  if (head === undefined) return change(value)
  if (Array.isArray(value)) return value.map((item, index) => index === head ? changed(item, tail, change) : item)
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, name === head ? changed(member, tail, change) : member])) : value
}

const examplesOf = (operation: Operation, media: Media): ReadonlyArray<unknown> => {
  const { document } = operation
  const named = Object.values(record(media.raw["examples"])).map((example) => follow(document, example))
  const inSchema = follow(document, media.schema)
  return [
    media.raw["example"],
    // in 2.0 `examples` are by media type
    ...(document.version === "2.0" ? [record(media.raw["examples"])[media.type]] : named.map((example) => record(example)["value"])),
    record(inSchema)["example"],
    ...list(record(inSchema)["examples"])
  ].filter((example) => example !== undefined)
}

const hasUnsafeInteger = (value: unknown): boolean =>
  typeof value === "number" ? Number.isInteger(value) && !Number.isSafeInteger(value) : typeof value === "object" && value !== null && Object.values(value).some(hasUnsafeInteger)

const mutations = (judge: Judge, media: Media, example: unknown, random: Chance): ReadonlyArray<readonly [ToleranceResult["mutation"], unknown]> => {
  const places: Places = { objects: [], enums: [], nulls: [] }
  find(judge, media.schema, example, [], places)
  const one = (name: ToleranceResult["mutation"], paths: ReadonlyArray<Path>, change: (old: unknown) => unknown) =>
    paths.length === 0 ? [] : [[name, changed(example, random.pick(paths), change)] as const]
  return [
    ["none", example],
    ...one("unknown field", places.objects, (old) => ({ ...record(old), xNotDeclared: { some: "thing" } })),
    ...one("unknown value", places.enums, () => "a-value-of-tomorrow"),
    ...one("undeclared null", places.nulls, () => null)
  ]
}

/** Answers each operation with each JSON example of its successes, as it is and changed. */
export const tolerance = (job: CallJob): Promise<ReadonlyArray<ToleranceResult>> => {
  const caller = makeCaller(job)
  return Effect.runPromise(Effect.scoped(Effect.gen(function*() {
    const results: Array<ToleranceResult> = []
    for (const target of caller.targets) {
      const { judges, operation } = target
      for (const [key, response] of operation.responses) {
        if (!key.startsWith("2") && !(key === "default" && ![...operation.responses.keys()].some((status) => status.startsWith("2")))) continue
        const media = response.media.find((candidate) => isJsonMedia(candidate.type) && candidate.schema !== undefined)
        if (media === undefined || key === "204" || operation.method === "HEAD") continue
        for (const [index, example] of examplesOf(operation, media).entries()) {
          if (example === null || typeof example !== "object") continue
          const end = (mutation: ToleranceResult["mutation"], result: ToleranceResult["result"], cause?: string, detail?: string): void => {
            results.push({ method: operation.method, path: operation.path, mutation, result, ...(cause === undefined ? {} : { cause }), ...(detail === undefined ? {} : { detail: detail.slice(0, 500) }) })
          }
          const verdict = judges.response.check(media.schema, example)
          if (!verdict.ok && !verdict.overlap) {
            end("none", "contradiction", "the example does not fit its own schema", verdict.problem)
            continue
          }
          if (hasUnsafeInteger(example)) {
            end("none", "contradiction", "it holds an integer that a number cannot hold, which fails by design", "")
            continue
          }
          const random = chance(hash(`${job.seed}:${operation.path}:${index}`))
          for (const [mutation, body] of mutations(judges.response, media, example, random)) {
            end(mutation, ...(yield* attempt(caller.call, target, /^\d+$/.test(key) ? Number(key) : 200, media.type, mutation, body)))
          }
        }
      }
    }
    return results
  })))
}

const attempt = (call: ReturnType<typeof makeCaller>["call"], target: Target, status: number, mediaType: string, mutation: ToleranceResult["mutation"], body: unknown) =>
  Effect.map(
    Effect.suspend(() => {
      const drift: Array<Hooks.Drift> = []
      const listening = Hooks.layer({ drift: (event) => Effect.sync(() => void drift.push(...event.drift)) })
      const answer = { status, headers: { "content-type": mediaType.includes("*") ? "application/json" : mediaType }, body: new TextEncoder().encode(JSON.stringify(body)) }
      return Effect.map(call(target, { answer: () => answer, around: (self) => Effect.provide(self, listening) }), (called) => ({ called, drift }))
    }),
    ({ called, drift }): [ToleranceResult["result"], string?, string?] => {
      const { endpoint, failure, value } = called
      if (endpoint === undefined || value === undefined) return ["failed", failure?.cause ?? "the call fails", `${failure?.detail ?? ""} ${JSON.stringify(body).slice(0, 200)}`]
      if (mutation !== "none" && mutation !== "undeclared null" && drift.length === 0) return ["failed", "no drift was reported", JSON.stringify(body).slice(0, 300)]
      return encodedAgain(endpoint, status, value.value, body)
    }
  )

const encodedAgain = (endpoint: NonNullable<Called["endpoint"]>, status: number, value: unknown, body: unknown): [ToleranceResult["result"], string?, string?] => {
  const { success } = endpoint.declared
  const reply = success.get(status) ?? success.get("2XX") ?? success.get("default")
  if (reply?.schema === undefined) return ["ok"]
  const encoded = encoderOf(reply.schema)(value)
  if (Exit.isFailure(encoded)) return ["failed", "what was decoded cannot be encoded", String(encoded.cause)]
  const json: unknown = JSON.parse(JSON.stringify(encoded.value) ?? "null")
  return sameButNulls(json, body) ? ["ok"] : ["failed", "it encodes to another JSON", difference(tidy(body, isAbsent), tidy(json, isAbsent)) ?? ""]
}
