/**
 * From flags to the input of an endpoint: texts become values as their schemas want them.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import type * as SchemaAST from "effect/SchemaAST"
import { basename, extname } from "node:path"
import { meant } from "../cli/near.ts"
import { isList, laidOver, list, listOrJson, memberAst, scalar } from "../values/coerce.ts"
import { decodeKeeping, type Issue } from "../values/decode.ts"
import { isRecord, setMember, tryJson } from "../values/json.ts"
import { mayBeAbsent, recordAst, wireMembers } from "../values/wireAst.ts"
import { isFile, type MockBody, schemaOf } from "../mock/MockEndpoint.ts"
import type { CallEndpoint } from "./CallEndpoint.ts"
import { bodyKind, type Parameter, parametersOf, type Target, targetOf } from "./names.ts"

/** The parameters are not what the operation takes. One line a problem; no value is in it, since it may be a secret. */
export class InputError extends Data.TaggedError("InputError")<{ readonly problems: ReadonlyArray<string>; readonly message: string }> {
  constructor(args: { readonly problems: ReadonlyArray<string> }) {
    super({ ...args, message: args.problems.join("; ") })
  }
}

/** A flag with what it was given. */
interface Given {
  readonly name: string
  readonly target: Target
  readonly text: string
}

const astAt = (ast: SchemaAST.AST, path: ReadonlyArray<string>): SchemaAST.AST | undefined => {
  const [name, ...rest] = path
  if (name === undefined) return ast
  const record = recordAst(ast)
  const member = record === undefined ? undefined : memberAst(record, name)
  return member === undefined ? undefined : astAt(member, rest)
}

/** Of a body: its schema, or one part's. */
const bodyAstAt = (kind: MockBody, path: ReadonlyArray<string>): SchemaAST.AST | undefined => {
  if (kind.parts === undefined) return kind.schema === undefined ? undefined : astAt(kind.schema.ast, path)
  const [name, ...rest] = path
  const part = name === undefined || !Object.hasOwn(kind.parts, name) ? undefined : kind.parts[name]
  return part === undefined || isFile(part) ? undefined : astAt(schemaOf(part).ast, rest)
}

const isToggle = (ast: SchemaAST.AST | undefined): boolean => ast !== undefined && wireMembers(ast).some((member) => member._tag === "Boolean") && wireMembers(ast).every((member) => member._tag === "Boolean" || member._tag === "Null")

const targetAst = (target: Target, kinds: ReadonlyArray<MockBody>): SchemaAST.AST | undefined => {
  switch (target._tag) {
    case "Parameter":
      return astAt(schemaOf(target.parameter.field).ast, target.path)
    case "Body":
      return target.path.length === 0 ? undefined : kinds.map((kind) => bodyAstAt(kind, target.path)).find((found) => found !== undefined)
    case "ContentType":
      return undefined
  }
}

const kindsOf = (kind: MockBody | undefined): ReadonlyArray<MockBody> => kind === undefined ? [] : kind.choices === undefined ? [kind] : Object.values(kind.choices)

/** Reads `--name value`, `--name=value` and, of truth values, `--name` and `--no-name`. */
const readFlags = (endpoint: CallEndpoint, tokens: ReadonlyArray<string>): { readonly given: ReadonlyArray<Given>; readonly problems: ReadonlyArray<string> } => {
  const given: Array<Given> = []
  const problems: Array<string> = []
  const kinds = kindsOf(bodyKind(endpoint))
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] ?? ""
    if (!token.startsWith("--") || token === "--") {
      problems.push(`a value stands alone: parameters are flags, such as --${parametersOf(endpoint)[0]?.flag ?? "name"} value`)
      continue
    }
    const equals = token.indexOf("=")
    const name = equals < 0 ? token.slice(2) : token.slice(2, equals)
    const next = tokens[i + 1]
    const negated = name.startsWith("no-") && equals < 0 ? targetOf(endpoint, name.slice(3)) : undefined
    let target = targetOf(endpoint, name)
    if (typeof target === "string" && negated !== undefined && typeof negated !== "string" && isToggle(targetAst(negated, kinds))) {
      given.push({ name: name.slice(3), target: negated, text: "false" })
      continue
    }
    if (typeof target === "string") {
      problems.push(target)
      // its value goes with it
      if (equals < 0 && next !== undefined && !next.startsWith("--")) i++
      continue
    }
    if (equals >= 0) {
      given.push({ name, target, text: token.slice(equals + 1) })
      continue
    }
    if (isToggle(targetAst(target, kinds)) && next !== "true" && next !== "false") {
      given.push({ name, target, text: "true" })
      continue
    }
    if (next === undefined || next.startsWith("--")) {
      problems.push(`--${name} needs a value${next === undefined ? "" : `: one that begins with -- is written --${name}=--…`}`)
      continue
    }
    given.push({ name, target, text: next })
    i++
  }
  return { given, problems }
}

/** What texts of one flag stand for: several are the items of a list, one may be a list between commas. */
const valueOf = (ast: SchemaAST.AST, texts: ReadonlyArray<string>): { readonly value: unknown } | string => {
  const [first = ""] = texts
  if (isList(ast)) {
    const json = texts.length === 1 && /^\s*\[/.test(first) ? listOrJson(ast, texts) : undefined
    return { value: json !== undefined ? json : texts.length > 1 ? list(ast, texts) : first === "" ? [] : list(ast, first.split(",").map((part) => part.trim())) }
  }
  return texts.length > 1 ? "is given more than once" : { value: scalar(ast, first) }
}

const nested = (path: ReadonlyArray<string>, value: unknown): unknown => {
  const [name, ...rest] = path
  if (name === undefined) return value
  const out: Record<string, unknown> = {}
  setMember(out, name, nested(rest, value))
  return out
}

/** Texts by flag, in their order. */
const grouped = (given: ReadonlyArray<Given>): ReadonlyArray<{ readonly name: string; readonly path: ReadonlyArray<string>; readonly texts: ReadonlyArray<string> }> => {
  const groups = new Map<string, { readonly name: string; readonly path: ReadonlyArray<string>; readonly texts: Array<string> }>()
  for (const { name, target, text } of given) {
    const path = target._tag === "ContentType" ? [] : target.path
    const key = JSON.stringify(path)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { name, path, texts: [text] })
    else group.texts.push(text)
  }
  return [...groups.values()]
}

/** Where a problem is: the flag, and the member below it. */
const told = (flag: string, { message, path }: Issue): string => `--${flag}${path === "" ? "" : ` (${path})`}: ${message}`

const parameterValue = (parameter: Parameter, given: ReadonlyArray<Given>): { readonly value: unknown } | ReadonlyArray<string> => {
  const schema = schemaOf(parameter.field)
  const isJson = "~credence/param" in parameter.field && parameter.field.json === true
  const problems: Array<string> = []
  let value: unknown
  for (const { name, path, texts } of grouped(given)) {
    const ast = astAt(schema.ast, path)
    if (ast === undefined) {
      problems.push(`--${name}: there is no such member${meant(path.at(-1) ?? "", recordAst(schema.ast)?.members.keys() ?? [])}`)
      continue
    }
    const json = isJson && path.length === 0 ? tryJson(texts[0] ?? "") : undefined
    const found = json ?? valueOf(ast, texts)
    if (typeof found === "string") problems.push(`--${name} ${found}`)
    else value = laidOver(value, nested(path, found.value))
  }
  if (problems.length > 0) return problems
  const decoded = decodeKeeping(schema, value, [])
  return decoded._tag === "Value" ? { value: decoded.value } : decoded.issues.map((issue) => told(given[0]?.name ?? parameter.flag, issue))
}

const fromInside = (problems: ReadonlyArray<string>) => Effect.fail(new InputError({ problems }))

/** The bytes of `@file` or `-`, else the text itself. */
const contentOf = Effect.fnUntraced(function*(name: string, text: string): Effect.fn.Return<{ readonly bytes: Uint8Array; readonly file: string | undefined }, InputError, FileSystem.FileSystem | Stdio.Stdio> {
  if (text === "-") {
    const stdio = yield* Stdio.Stdio
    const chunks = yield* Stream.runCollect(stdio.stdin).pipe(Effect.mapError(() => new InputError({ problems: [`--${name}: standard input cannot be read`] })))
    return { bytes: new Uint8Array(Buffer.concat([...chunks])), file: undefined }
  }
  if (text.startsWith("@@")) return { bytes: Buffer.from(text.slice(1)), file: undefined }
  if (!text.startsWith("@")) return { bytes: Buffer.from(text), file: undefined }
  const fs = yield* FileSystem.FileSystem
  const file = text.slice(1)
  const bytes = yield* Effect.mapError(fs.readFile(file), (error) => new InputError({ problems: [`--${name}: ${file} ${error.reason._tag === "NotFound" ? "is not there" : "cannot be read"}`] }))
  return { bytes, file }
})

const mediaTypes: Readonly<Record<string, string>> = {
  ".json": "application/json", ".txt": "text/plain", ".csv": "text/csv", ".html": "text/html", ".xml": "application/xml", ".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg", ".gif": "image/gif", ".svg": "image/svg+xml", ".zip": "application/zip", ".gz": "application/gzip", ".yaml": "application/yaml", ".yml": "application/yaml"
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8")

/** Members given one by one, laid over the body that is given as a whole, as they stand on the wire. */
const wholeBody = Effect.fnUntraced(function*(kind: MockBody, given: ReadonlyArray<Given>) {
  const problems: Array<string> = []
  let value: unknown
  for (const { name, path, texts } of grouped(given)) {
    if (path.length === 0) {
      if (texts.length > 1) problems.push(`--${name} is given more than once`)
      const json = tryJson(textOf((yield* contentOf(name, texts[0] ?? "")).bytes))
      if (json === undefined) problems.push(`--${name} is not JSON: give '{ … }', @file or - for standard input`)
      else value = laidOver(json.value, value)
      continue
    }
    const ast = bodyAstAt(kind, path)
    if (ast === undefined) {
      const holder = bodyAstAt(kind, path.slice(0, -1))
      const names = path.length === 1 && kind.parts !== undefined ? Object.keys(kind.parts) : holder === undefined ? [] : [...recordAst(holder)?.members.keys() ?? []]
      const hint = meant(path.at(-1) ?? "", names)
      problems.push(`--${name}: the body has no such member${hint !== "" || names.length === 0 ? hint : `. It has ${names.join(", ")}`}`)
      continue
    }
    const found = valueOf(ast, texts)
    if (typeof found === "string") problems.push(`--${name} ${found}`)
    else value = laidOver(value, nested(path, found.value))
  }
  return problems.length > 0 ? yield* fromInside(problems) : value
})

const issuesOf = (issues: ReadonlyArray<Issue>): ReadonlyArray<string> => issues.map(({ message, path }) => `--body${path === "" ? "" : `.${path}`}: ${message}`)

const fileParts = Effect.fnUntraced(function*(kind: MockBody, given: ReadonlyArray<Given>) {
  const out: Record<string, unknown> = {}
  for (const { name, path, texts } of grouped(given)) {
    const [part = ""] = path
    const declared = kind.parts?.[part]
    if (declared === undefined || !isFile(declared)) continue
    const files: Array<unknown> = []
    for (const text of texts) {
      if (!text.startsWith("@") && text !== "-") return yield* fromInside([`--${name} is a file: give @path, or - for standard input`])
      const { bytes, file } = yield* contentOf(name, text)
      files.push({ name: file === undefined ? part : basename(file), content: bytes, mediaType: mediaTypes[extname(file ?? "").toLowerCase()] })
    }
    if (!declared.several && files.length > 1) return yield* fromInside([`--${name} is given more than once`])
    setMember(out, part, declared.several ? files : files[0])
  }
  return out
})

const bodyOf = Effect.fnUntraced(function*(kind: MockBody, given: ReadonlyArray<Given>): Effect.fn.Return<unknown, InputError, FileSystem.FileSystem | Stdio.Stdio> {
  switch (kind["~credence/body"]) {
    case "json":
    case "form": {
      const value = yield* wholeBody(kind, given)
      if (kind.schema === undefined) return value
      const decoded = decodeKeeping(kind.schema, value, [])
      return decoded._tag === "Value" ? decoded.value : yield* fromInside(issuesOf(decoded.issues))
    }
    case "multipart": {
      const isFilePart = ({ target }: Given): boolean => {
        const part = target._tag === "Body" ? kind.parts?.[target.path[0] ?? ""] : undefined
        return part !== undefined && isFile(part)
      }
      const value = yield* wholeBody(kind, given.filter((one) => !isFilePart(one)))
      const out: Record<string, unknown> = yield* fileParts(kind, given.filter(isFilePart))
      const problems: Array<string> = []
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
      return problems.length > 0 ? yield* fromInside(problems) : out
    }
    default: {
      const [only, another] = given
      if (only === undefined) return undefined
      if (another !== undefined || only.target._tag !== "Body" || only.target.path.length > 0) return yield* fromInside([`--body is one ${kind["~credence/body"] === "text" ? "text" : "file"} here: give it once, as @file or - for standard input`])
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

/**
 * The input of an endpoint, of the flags that are its own. Fails with {@link InputError}, which tells of all that is wrong.
 *
 * @example
 * ```ts
 * const input = yield* readInput(getPet, ["--pet-id", "1"]) // { petId: 1 }
 * ```
 */
export const readInput = Effect.fnUntraced(function*(endpoint: CallEndpoint, tokens: ReadonlyArray<string>): Effect.fn.Return<Readonly<Record<string, unknown>>, InputError, FileSystem.FileSystem | Stdio.Stdio> {
  const { given, problems: misread } = readFlags(endpoint, tokens)
  const problems: Array<string> = [...misread]
  const input: Record<string, unknown> = {}
  for (const parameter of parametersOf(endpoint)) {
    const own = given.filter(({ target }) => target._tag === "Parameter" && target.parameter.key === parameter.key && target.parameter.place === parameter.place)
    if (own.length === 0) {
      if (!mayBeAbsent(schemaOf(parameter.field).ast)) problems.push(`--${parameter.flag} is missing`)
      continue
    }
    const found = parameterValue(parameter, own)
    if ("value" in found) setMember(input, parameter.key, found.value)
    else problems.push(...found)
  }
  const kind = bodyKind(endpoint)
  if (kind !== undefined) {
    const found = yield* Effect.result(bodyInput(kind, given))
    if (found._tag === "Failure") problems.push(...found.failure.problems)
    else Object.assign(input, found.success)
  }
  return problems.length > 0 ? yield* fromInside(problems) : input
})

const isOptional = (kind: MockBody): boolean => kind.optional === true || (kind.schema !== undefined && mayBeAbsent(kind.schema.ast))

const bodyInput = Effect.fnUntraced(function*(kind: MockBody, given: ReadonlyArray<Given>): Effect.fn.Return<Readonly<Record<string, unknown>>, InputError, FileSystem.FileSystem | Stdio.Stdio> {
  const own = given.filter(({ target }) => target._tag === "Body")
  const types = given.filter(({ target }) => target._tag === "ContentType")
  const named = types.at(-1)?.text
  const { choices } = kind
  const mediaType = named ?? (choices !== undefined && Object.hasOwn(choices, kind.mediaType) ? kind.mediaType : undefined)
  const chosen = choices === undefined ? kind : mediaType === undefined || !Object.hasOwn(choices, mediaType) ? undefined : choices[mediaType]
  if (choices !== undefined && chosen === undefined) {
    const optional = Object.values(choices).every(isOptional)
    if (own.length === 0 && named === undefined && optional) return {}
    return yield* fromInside([`--content-type ${named === undefined ? "is missing" : "is none of those that are taken"}: give ${Object.keys(choices).join(" or ")}`])
  }
  const contentType = choices === undefined || mediaType === undefined ? {} : { contentType: mediaType }
  if (chosen === undefined) return {}
  if (own.length === 0) {
    if (isOptional(chosen)) return named === undefined ? {} : contentType
    const parts = chosen["~credence/body"] === "multipart" && Object.values(chosen.parts ?? {}).every((part) => isFile(part) ? part.optional : mayBeAbsent(schemaOf(part).ast))
    if (!parts) return yield* fromInside(["--body is missing: give '{ … }', @file, - for standard input, or single members as --body.name value"])
  }
  return { ...contentType, body: yield* bodyOf(chosen, own) }
})
