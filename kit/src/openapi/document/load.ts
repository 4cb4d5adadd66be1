/**
 * Loads OpenAPI documents and all that they refer to, so that a reader can resolve references without waiting.
 */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Path from "effect/Path"
import * as Result from "effect/Result"
import type * as Stdio from "effect/Stdio"
import type { Document, DocumentSet, Problem, Refused } from "./Document.ts"
import { DocumentError } from "./DocumentError.ts"
import { parseDocument, type ParsedDocument, type Source } from "./parse.ts"
import { applyPatches, type Patch } from "./patch.ts"
import { child, isRecord } from "./pointer.ts"
import { namesOf, type Reference } from "./references.ts"
import { type Credential, credentialOf, fileOf, filesIn, isFolder, readFile, readStdin, readUrl } from "./source.ts"
import { bareName } from "./resolve.ts"
import { display, isFile, isHttp, mayRefer, normalize, resolveUri, stdinUri } from "./uri.ts"

export interface LoadOptions {
  /** follow `$ref`s to http(s)? Default false: they are kept as refused. A URL among the inputs needs no leave */
  readonly allowRemote?: boolean | undefined
  /** size of one document in bytes; default 64 MiB */
  readonly maxBytes?: number | undefined
  /** documents of one load, those referred to included; default 500 */
  readonly maxDocuments?: number | undefined
  /** nesting of a document's data; default 500, at most 1,000: what reads a document descends by calls */
  readonly maxDepth?: number | undefined
  /** applied in their order to the root documents, before their references are followed */
  readonly patches?: ReadonlyArray<Patch> | undefined
}

interface Bounds {
  readonly allowRemote: boolean
  readonly maxBytes: number
  readonly maxDocuments: number
  readonly maxDepth: number
}

/**
 * Reads OpenAPI documents, and every document that they refer to by `$ref`, transitively.
 *
 * An input is a path of a file (JSON or YAML by content), a folder (the OpenAPI documents in it and below, sorted by name; other files are skipped),
 * an http(s) URL, or `-` for standard input.
 *
 * Fails with `DocumentError` for an input that cannot be read or is no OpenAPI document, for a malformed local file that is referred to, and beyond a limit.
 * A reference that is not allowed or cannot be followed is no failure: it is in `refused`.
 *
 * @example
 * ```ts
 * const set = yield* load(["petstore.yaml"], { allowRemote: true })
 * console.log(set.roots[0]?.value, set.refused)
 * // R: FileSystem, Path and Stdio (NodeServices.layer), HttpClient (FetchHttpClient.layer)
 * ```
 */
export const load = Effect.fnUntraced(function*(
  inputs: ReadonlyArray<string>,
  options: LoadOptions = {}
): Effect.fn.Return<DocumentSet, DocumentError, FileSystem.FileSystem | Path.Path | Stdio.Stdio | HttpClient.HttpClient> {
  const bounds: Bounds = {
    allowRemote: options.allowRemote ?? false,
    maxBytes: options.maxBytes ?? 64 * 1024 * 1024,
    maxDocuments: options.maxDocuments ?? 500,
    maxDepth: Math.min(options.maxDepth ?? 500, 1000)
  }
  const problems: Array<Problem> = []
  const documents = new Map<string, Document>()
  const credentials: Array<Credential> = []

  const keep = Effect.fnUntraced(function*(document: Document, asked?: string) {
    documents.set(document.uri, document)
    if (asked !== undefined) documents.set(asked, document)
    if (new Set(documents.values()).size > bounds.maxDocuments) {
      const reason = `this is one document more than ${bounds.maxDocuments}. If that is meant, raise \`maxDocuments\``
      return yield* new DocumentError({ document: document.name, reason })
    }
  })

  const read = new Map<string, Document>()
  for (const input of inputs) {
    for (const { document, problems: found } of yield* readInput(input, bounds, credentials)) {
      if (read.has(document.uri)) continue
      read.set(document.uri, document)
      problems.push(...found)
    }
  }
  const patched = yield* Effect.fromResult(Result.mapError(
    applyPatches([...read.values()], options.patches ?? []),
    ({ action, document, patch, reason }) => {
      const where = document === undefined ? "" : ` (in ${document})`
      return new DocumentError({ document: patch, reason: `${action === undefined ? "" : `action ${action}: `}${reason}${where}` })
    }
  ))
  problems.push(...patched.problems)
  for (const document of patched.documents) {
    const reason = notOpenApi(document.value)
    if (reason !== undefined) return yield* new DocumentError({ document: document.name, reason: `after its patches, ${reason}` })
    yield* keep(document)
  }
  const roots = [...documents.values()]
  const refused = yield* follow(roots, documents, bounds, credentials, keep, problems)
  return {
    roots,
    get: (uri) => documents.get(normalize(uri) ?? uri),
    all: [...new Set(documents.values())],
    refused,
    problems
  }
})

type Keep = (document: Document, asked?: string) => Effect.Effect<void, DocumentError>

/** Loads level by level what documents refer to, into `documents`. Gives what was not followed. */
const follow = Effect.fnUntraced(function*(
  roots: ReadonlyArray<Document>,
  documents: ReadonlyMap<string, Document>,
  bounds: Bounds,
  credentials: ReadonlyArray<Credential>,
  keep: Keep,
  problems: Array<Problem>
) {
  /** why a URI could not be read */
  const failed = new Map<string, string>()
  const resources = new Set<string>()
  const refused = new Map<string, Refused & { readonly target: string }>()

  for (let level = roots; level.length > 0;) {
    for (const document of level) for (const { uri } of namesOf(document).resources) resources.add(uri)
    const steps = level.flatMap((document) =>
      namesOf(document).references.map((reference) => ({ document, reference, targets: targetsOf(document, reference) })))
    const reached = ({ document, targets }: { readonly document: Document; readonly targets: ReadonlyArray<string> }): boolean =>
      targets.some((uri) => mayRefer(document.uri, uri) && (documents.has(uri) || resources.has(uri)))
    const next: Array<Document> = []
    // the second round is for references under an `$id`, where the file of that name is not there: they mean what their `$id` says
    for (const round of [0, 1]) {
      const open = steps.filter((step) => step.targets.length > round && !reached(step))
      const wanted = new Set(open.flatMap(({ document, targets }) => {
        const target = targets[round]
        return target === undefined || failed.has(target) || refusal(document, target, bounds) !== undefined ? [] : [target]
      }))
      const answers = yield* Effect.forEach(
        wanted,
        (uri) => Effect.map(readTarget(uri, bounds, credentials), (answer) => ({ uri, answer })),
        { concurrency: 6 }
      )
      for (const { answer, uri } of answers) {
        if (typeof answer === "string") {
          failed.set(uri, answer)
          continue
        }
        const { document, problems: found } = answer
        if (documents.has(document.uri)) {
          // a redirect to what is known
          yield* keep(documents.get(document.uri) ?? document, uri)
          continue
        }
        problems.push(...found)
        yield* keep(document, uri)
        next.push(document)
      }
    }
    for (const step of steps) {
      const { document, reference, targets } = step
      if (reached(step) || bareName(document, reference.ref) !== undefined) continue
      const target = targets.at(-1) ?? reference.ref
      const key = `${document.uri} ${target}`
      if (refused.has(key)) continue
      const reason = targets.length === 0 ? noTarget(document) : refusal(document, target, bounds) ?? failed.get(target) ?? "it is not loaded"
      refused.set(key, { target, uri: display(target), from: document.name, pointer: reference.pointer, reason })
    }
    level = next
  }
  // a document that came later may have brought an `$id` that was missing before
  return [...refused.values()].filter(({ target }) => !resources.has(target)).map(({ from, pointer, reason, uri }): Refused => ({ uri, from, pointer, reason }))
})

/** The URIs that a reference may mean, the likeliest first. Empty: it is no reference to anything. */
const targetsOf = (document: Document, { base, ref }: Reference): ReadonlyArray<string> => {
  if (bareName(document, ref) !== undefined) return []
  const targets = [resolveUri(ref, document.uri), base === undefined ? undefined : resolveUri(ref, base)]
  return [...new Set(targets.filter((target) => target !== undefined))]
}

const noTarget = ({ uri }: Document): string =>
  uri === stdinUri ? "standard input is no place that a relative reference could start from: give the file itself" : "this is no valid reference to a document"

/** Why a document may not refer to a URI; undefined where it may. */
const refusal = (from: Document, target: string, { allowRemote }: Bounds): string | undefined => {
  if (!mayRefer(from.uri, target)) return "only a local file may refer to local files: this document is none"
  if (isFile(target)) return undefined
  if (!isHttp(target)) return "this is no address that can be read"
  return allowRemote
    ? undefined
    : "remote references are followed only with leave: allow them (allowRemote, --allow-remote), or download that document and refer to the file"
}

/** A document that a reference means, or why there is none. A malformed local document is a failure: who wrote the reference wants to know. */
const readTarget = Effect.fnUntraced(function*(uri: string, bounds: Bounds, credentials: ReadonlyArray<Credential>) {
  const read: Effect.Effect<Source, DocumentError, FileSystem.FileSystem | Path.Path | HttpClient.HttpClient> = isFile(uri)
    ? Effect.flatMap(fileOf(uri), ({ file, name }) => readFile(file, name, bounds.maxBytes))
    : readUrl(uri, bounds.maxBytes, credentials)
  const source = yield* Effect.result(read)
  if (Result.isFailure(source)) return source.failure.reason
  const parsed = parseDocument(source.success, bounds)
  if (Result.isSuccess(parsed)) return parsed.success
  if (isFile(uri) && /\.(?:json|ya?ml)$/i.test(uri)) return yield* parsed.failure
  return `it cannot be read: ${parsed.failure.message}`
})

/** The documents of one input. */
const readInput = Effect.fnUntraced(function*(input: string, bounds: Bounds, credentials: Array<Credential>) {
  if (input === "-") return [yield* asked(yield* readStdin(bounds.maxBytes), bounds)]
  if (isHttp(input)) {
    if (!URL.canParse(input)) return yield* new DocumentError({ document: display(input), reason: "this is no valid address" })
    const credential = credentialOf(new URL(input))
    if (credential !== undefined) credentials.push(credential)
    return [yield* asked(yield* readUrl(normalize(input) ?? input, bounds.maxBytes, credentials), bounds)]
  }
  const path = isFile(input) ? (yield* fileOf(input)).file : input
  if (yield* isFolder(path)) return yield* readFolder(path, bounds)
  return [yield* asked(yield* readFile(path, path, bounds.maxBytes), bounds)]
})

/** A document that was asked for must be an OpenAPI document. */
const asked = (source: Source, bounds: Bounds): Effect.Effect<ParsedDocument, DocumentError> =>
  Effect.fromResult(Result.flatMap(parseDocument(source, bounds), (parsed) => {
    const reason = notOpenApi(parsed.document.value)
    return reason === undefined ? Result.succeed(parsed) : Result.fail(new DocumentError({ document: source.name, reason }))
  }))

/** Does a text claim to be an OpenAPI document? */
const claims = /^["']?(?:openapi|swagger)["']?\s*:|"(?:openapi|swagger)"\s*:\s*["\d]/m

const readFolder = Effect.fnUntraced(function*(folder: string, bounds: Bounds) {
  const found: Array<ParsedDocument> = []
  const skipped: Array<Problem> = []
  for (const file of yield* filesIn(folder)) {
    const source = yield* Effect.result(readFile(file, file, bounds.maxBytes))
    if (Result.isFailure(source)) {
      skipped.push({ document: file, position: undefined, message: `skipped: ${source.failure.reason}` })
      continue
    }
    if (!claims.test(source.success.text)) continue
    const parsed = yield* Effect.fromResult(parseDocument(source.success, bounds))
    if (notOpenApi(parsed.document.value) !== undefined) continue
    found.push(parsed)
    if (found.length > bounds.maxDocuments) break
  }
  const [first, ...rest] = found
  if (first === undefined) {
    const reason = "this folder has no OpenAPI document: no *.json, *.yaml or *.yml in it has `openapi` or `swagger` at its top level"
    return yield* new DocumentError({ document: folder, reason })
  }
  return [{ ...first, problems: [...skipped, ...first.problems] }, ...rest]
})

/** Why data is no OpenAPI document; undefined where it is one. */
const notOpenApi = (value: unknown): string | undefined => {
  if (!isRecord(value)) {
    const what = Array.isArray(value) ? "list" : value === null ? "null" : typeof value
    return `it is no OpenAPI document: it holds a ${what}, not an object`
  }
  if (["openapi", "swagger"].some((name) => ["string", "number"].includes(typeof child(value, name)))) return undefined
  if (Object.hasOwn(value, "swaggerVersion")) return "it is a Swagger 1 document: convert it to OpenAPI 3 first"
  if (Object.hasOwn(value, "asyncapi")) return "it is an AsyncAPI document, which describes messages: give an OpenAPI document"
  if (Object.hasOwn(value, "overlay")) return "it is an Overlay: give the document that it mends, and the overlay as a patch"
  return "it is no OpenAPI document: it has neither `openapi` nor `swagger` at its top level"
}
