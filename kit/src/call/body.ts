/**
 * Bodies from flags: as a whole, or by their members.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { basename, extname } from "node:path"
import { meant } from "../cli/near.ts"
import { laidOver } from "../values/coerce.ts"
import { decodeKeeping, type Issue } from "../values/decode.ts"
import { isRecord, setMember, tryJson } from "../values/json.ts"
import { mayBeAbsent, recordAst } from "../values/wireAst.ts"
import { isFile, type MockBody, schemaOf } from "../mock/MockEndpoint.ts"
import { bodyAstAt, type Given, grouped, nested, valueOf } from "./flags.ts"
import { InputError, wrong } from "./InputError.ts"

/** What reading a body needs: files, and standard input. */
type Sources = FileSystem.FileSystem | Stdio.Stdio

interface Content {
  readonly bytes: Uint8Array
  /** where they were read from */
  readonly file: string | undefined
}

/** The bytes of `@file` or `-`, else the text itself. */
const contentOf = Effect.fnUntraced(function*(name: string, text: string): Effect.fn.Return<Content, InputError, Sources> {
  if (text === "-") {
    const stdio = yield* Stdio.Stdio
    const chunks = yield* Stream.runCollect(stdio.stdin).pipe(Effect.mapError(() => new InputError({ problems: [`--${name}: standard input cannot be read`] })))
    return { bytes: new Uint8Array(Buffer.concat([...chunks])), file: undefined }
  }
  if (text.startsWith("@@")) return { bytes: Buffer.from(text.slice(1)), file: undefined }
  if (!text.startsWith("@")) return { bytes: Buffer.from(text), file: undefined }
  const fs = yield* FileSystem.FileSystem
  const file = text.slice(1)
  const bytes = yield* Effect.mapError(fs.readFile(file), ({ reason }) => new InputError({ problems: [`--${name}: ${file} ${reason._tag === "NotFound" ? "is not there" : "cannot be read"}`] }))
  return { bytes, file }
})

const mediaTypes: Readonly<Record<string, string>> = {
  ".json": "application/json", ".txt": "text/plain", ".csv": "text/csv", ".html": "text/html", ".xml": "application/xml", ".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg", ".gif": "image/gif", ".svg": "image/svg+xml", ".zip": "application/zip", ".gz": "application/gzip", ".yaml": "application/yaml", ".yml": "application/yaml"
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8")

/** Members given one by one, laid over the body that is given as a whole, as they stand on the wire. `isWhole`: what was given could be read. */
const wholeBody = Effect.fnUntraced(function*(kind: MockBody, given: ReadonlyArray<Given>) {
  const problems: Array<string> = []
  let isWhole = true
  let value: unknown
  for (const { name, path, texts } of grouped(given)) {
    if (path.length === 0) {
      if (texts.length > 1) problems.push(`--${name} is given more than once`)
      const json = tryJson(textOf((yield* contentOf(name, texts[0] ?? "")).bytes))
      if (json === undefined) {
        problems.push(`--${name} is not JSON: give '{ … }', @file or - for standard input`)
        isWhole = false
      } else value = value === undefined ? json.value : laidOver(json.value, value)
      continue
    }
    const ast = bodyAstAt(kind, path)
    if (ast === undefined) {
      const holder = bodyAstAt(kind, path.slice(0, -1))
      const names = path.length === 1 && kind.parts !== undefined ? Object.keys(kind.parts) : holder === undefined ? [] : [...recordAst(holder)?.members.keys() ?? []]
      const hint = meant(path.at(-1) ?? "", names)
      value ??= {}
      problems.push(`--${name}: the body has no such member${hint !== "" || names.length === 0 ? hint : `. It has ${names.join(", ")}`}`)
      continue
    }
    const found = valueOf(ast, texts)
    if (typeof found === "string") problems.push(`--${name} ${found}`)
    else value = laidOver(value, nested(path, found.value))
  }
  return { value, problems, isWhole }
})

const issuesOf = (issues: ReadonlyArray<Issue>): ReadonlyArray<string> => issues.map(({ message, path }) => `--body${path === "" ? "" : `.${path}`}: ${message}`)

/** The files of a multipart body. */
const fileParts = Effect.fnUntraced(function*(kind: MockBody, given: ReadonlyArray<Given>) {
  const out: Record<string, unknown> = {}
  for (const { name, path, texts } of grouped(given)) {
    const [part = ""] = path
    const declared = kind.parts?.[part]
    if (declared === undefined || !isFile(declared)) continue
    const files: Array<unknown> = []
    for (const text of texts) {
      if (!text.startsWith("@") && text !== "-") return yield* wrong(`--${name} is a file: give @path, or - for standard input`)
      const { bytes, file } = yield* contentOf(name, text)
      files.push({ name: file === undefined ? part : basename(file), content: bytes, mediaType: mediaTypes[extname(file ?? "").toLowerCase()] })
    }
    if (!declared.several && files.length > 1) return yield* wrong(`--${name} is given more than once`)
    setMember(out, part, declared.several ? files : files[0])
  }
  return out
})

const bodyOf = Effect.fnUntraced(function*(kind: MockBody, given: ReadonlyArray<Given>): Effect.fn.Return<unknown, InputError, Sources> {
  switch (kind["~credence/body"]) {
    case "json":
    case "form": {
      const { isWhole, problems, value } = yield* wholeBody(kind, given)
      const decoded = kind.schema === undefined || !isWhole ? undefined : decodeKeeping(kind.schema, value, [])
      if (decoded?._tag === "Issues") return yield* wrong(...problems, ...issuesOf(decoded.issues))
      return problems.length > 0 ? yield* wrong(...problems) : decoded === undefined ? value : decoded.value
    }
    case "multipart": {
      const isFilePart = ({ target }: Given): boolean => {
        const part = target._tag === "Body" ? kind.parts?.[target.path[0] ?? ""] : undefined
        return part !== undefined && isFile(part)
      }
      const { problems: misread, value } = yield* wholeBody(kind, given.filter((one) => !isFilePart(one)))
      const out: Record<string, unknown> = yield* fileParts(kind, given.filter(isFilePart))
      const problems: Array<string> = [...misread]
      for (const [name, part] of Object.entries(kind.parts ?? {})) {
        if (isFile(part)) {
          if (!part.optional && !Object.hasOwn(out, name)) problems.push(`--body.${name} is missing: it is a file, given as @path`)
          continue
        }
        const member = isRecord(value) ? value[name] : undefined
        if (member === undefined && mayBeAbsent(schemaOf(part).ast)) continue
        const decoded = decodeKeeping(schemaOf(part), member, [name])
        if (decoded._tag === "Value") setMember(out, name, decoded.value)
        else problems.push(...(member === undefined ? [`--body.${name} is missing`] : issuesOf(decoded.issues)))
      }
      return problems.length > 0 ? yield* wrong(...problems) : out
    }
    default: {
      const [only, another] = given
      if (only === undefined) return undefined
      if (another !== undefined || only.target._tag !== "Body" || only.target.path.length > 0) {
        return yield* wrong(`--body is one ${kind["~credence/body"] === "text" ? "text" : "file"} here: give it once, as @file or - for standard input`)
      }
      const { bytes } = yield* contentOf("body", only.text)
      switch (kind["~credence/body"]) {
        case "text":
          return textOf(bytes)
        case "stream":
          return { stream: Stream.succeed(bytes), length: bytes.length, replay: true }
        default:
          return bytes
      }
    }
  }
})

const isOptional = (kind: MockBody): boolean => kind.optional === true || (kind.schema !== undefined && mayBeAbsent(kind.schema.ast))

/** What the input says of its body: `body`, and `contentType` where there is a choice. */
export const bodyInput = Effect.fnUntraced(function*(kind: MockBody, given: ReadonlyArray<Given>): Effect.fn.Return<Readonly<Record<string, unknown>>, InputError, Sources> {
  const own = given.filter(({ target }) => target._tag === "Body")
  const types = given.filter(({ target }) => target._tag === "ContentType")
  const named = types.at(-1)?.text
  const { choices } = kind
  const mediaType = named ?? (choices !== undefined && Object.hasOwn(choices, kind.mediaType) ? kind.mediaType : undefined)
  const chosen = choices === undefined ? kind : mediaType === undefined || !Object.hasOwn(choices, mediaType) ? undefined : choices[mediaType]
  if (choices !== undefined && chosen === undefined) {
    const optional = Object.values(choices).every(isOptional)
    if (own.length === 0 && named === undefined && optional) return {}
    return yield* wrong(`--content-type ${named === undefined ? "is missing" : "is none of those that are taken"}: give ${Object.keys(choices).join(" or ")}`)
  }
  const contentType = choices === undefined || mediaType === undefined ? {} : { contentType: mediaType }
  if (chosen === undefined) return {}
  if (own.length === 0) {
    if (isOptional(chosen)) return named === undefined ? {} : contentType
    const parts = chosen["~credence/body"] === "multipart" && Object.values(chosen.parts ?? {}).every((part) => isFile(part) ? part.optional : mayBeAbsent(schemaOf(part).ast))
    if (!parts) return yield* wrong("--body is missing: give '{ … }', @file, - for standard input, or single members as --body.name value")
  }
  return { ...contentType, body: yield* bodyOf(chosen, own) }
})
