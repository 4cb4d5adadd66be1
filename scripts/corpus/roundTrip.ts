/**
 * Each generated model, there and back: a value of its type, encoded, held against the document's own schema, decoded again.
 */
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as SchemaParser from "effect/SchemaParser"
import type { AnyCodec } from "../../src/endpoint/Param.ts"
import { importModule } from "./call.ts"
import { difference, same, tidy } from "./equal.ts"
import { valueOf } from "./input.ts"
import { makeJudge } from "./judge.ts"
import { sampleFor } from "./sample.ts"
import { at, type Document, read } from "./spec.ts"

export interface GeneratedModel {
  readonly name: string
  readonly module: string
  readonly pointer: string
  readonly document: string
}

export interface ModelResult {
  readonly name: string
  readonly pointer: string
  readonly document: string
  readonly result: "ok" | "failed" | "contradiction"
  readonly cause?: string
  readonly detail?: string
}

const values = 3

const shown = (value: unknown): string => {
  try {
    return JSON.stringify(value)?.slice(0, 300) ?? String(value)
  } catch {
    return String(value)
  }
}

export interface ModelJob {
  readonly files: ReadonlyArray<string>
  readonly directory: string
  readonly models: ReadonlyArray<GeneratedModel>
  readonly seed: number
}

/** The document that a generated name tells of. */
export const documentOf = <A extends { readonly file: string }>(documents: ReadonlyArray<A>, name: string): A | undefined =>
  documents.length === 1 ? documents[0] : documents.find(({ file }) => file === name || name.endsWith(file) || file.endsWith(name))

export const roundTrips = async (job: ModelJob): Promise<ReadonlyArray<ModelResult>> => {
  const documents = job.files.map((file) => read(file))
  const judges = new Map(documents.map((document) => [document, { request: makeJudge(document, "request", { derived: false }), response: makeJudge(document, "response", { derived: false }) }]))
  const results: Array<ModelResult> = []
  for (const model of job.models) {
    const { name, pointer } = model
    const end = (result: ModelResult["result"], cause?: string, detail?: string): void => {
      results.push({ name, pointer, document: model.document, result, ...(cause === undefined ? {} : { cause }), ...(detail === undefined ? {} : { detail: detail.slice(0, 500) }) })
    }
    const document: Document | undefined = documentOf(documents, model.document)
    const both = document === undefined ? undefined : judges.get(document)
    if (document === undefined || both === undefined) {
      end("failed", "its document is not one of those that were given", model.document)
      continue
    }
    let codec: AnyCodec | undefined
    try {
      codec = (await importModule(job.directory, model.module))[name] as AnyCodec | undefined
    } catch (error) {
      end("failed", "its module cannot be imported", String(error))
      continue
    }
    if (codec === undefined || !Schema.isSchema(codec)) {
      end("failed", "its module does not export it")
      continue
    }
    const original = at(document, pointer.startsWith("#") ? pointer : `#${pointer}`)
    if (original === undefined) {
      end("failed", "its pointer leads nowhere")
      continue
    }
    end(...tryModel(codec, original, both, job.seed))
  }
  return results
}

const tryModel = (
  codec: AnyCodec,
  original: unknown,
  judges: { readonly request: ReturnType<typeof makeJudge>; readonly response: ReturnType<typeof makeJudge> },
  seed: number
): [ModelResult["result"], string?, string?] => {
  const encode = SchemaParser.encodeUnknownExit(codec)
  const decode = SchemaParser.decodeUnknownExit(codec)
  let overlapping: string | undefined
  let good = 0
  for (let round = 0; round < values * 4 && good < values; round++) {
    let value: unknown
    try {
      value = valueOf(codec, seed * 1000 + round, () => {
        const made = sampleFor(judges.response, original, seed * 1000 + round)
        return "value" in made ? made : sampleFor(judges.request, original, seed * 1000 + round)
      })
    } catch (error) {
      return "problem" in sampleFor(judges.response, original, seed) ? ["contradiction", "no value fits the schema"] : ["failed", "no value of the schema could be generated", String(error)]
    }
    const encoded = encode(value)
    if (Exit.isFailure(encoded)) return ["failed", "a value of its own type cannot be encoded", `${shown(value)}: ${String(encoded.cause)}`]
    const json: unknown = JSON.parse(JSON.stringify(encoded.value) ?? "null")
    const verdicts = [judges.request.check(original, json), judges.response.check(original, json)]
    const [verdict] = verdicts
    if (verdicts.every(({ ok }) => !ok) && verdict?.ok === false) {
      if (verdict.overlap) {
        // the next value may fit one alone
        overlapping = shown(json)
        continue
      }
      if (verdicts.some((other) => !other.ok && other.hopeless)) return ["contradiction", "what is asked for in one place contradicts itself", verdict.problem]
      return "problem" in sampleFor(judges.request, original, seed) && "problem" in sampleFor(judges.response, original, seed)
        ? ["contradiction", "no value fits the schema", verdict.problem]
        : ["failed", `what it encodes to does not fit: ${verdict.problem.replace(/^\S*\/\S*/, "").trim()}`, `${verdict.problem}: ${shown(json)}`]
    }
    const decoded = decode(json)
    if (Exit.isFailure(decoded)) return ["failed", "what it encodes to cannot be decoded", `${shown(json)}: ${String(decoded.cause)}`]
    if (!same(decoded.value, value)) return ["failed", "another value comes back", difference(tidy(value), tidy(decoded.value)) ?? ""]
    good++
  }
  return good > 0 || overlapping === undefined ? ["ok"] : ["contradiction", "several alternatives of a oneOf fit", overlapping]
}
