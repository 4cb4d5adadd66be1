/**
 * From flags to the input of an endpoint: texts become values as their schemas want them.
 */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Stdio from "effect/Stdio"
import { meant } from "../cli/near.ts"
import { laidOver } from "../values/coerce.ts"
import { decodeKeeping, type Issue } from "../values/decode.ts"
import { setMember, tryJson } from "../values/json.ts"
import { mayBeAbsent, recordAst } from "../values/wireAst.ts"
import { schemaOf } from "../mock/MockEndpoint.ts"
import { bodyInput } from "./body.ts"
import type { CallEndpoint } from "./CallEndpoint.ts"
import { astAt, type Given, grouped, nested, readFlags, valueOf } from "./flags.ts"
import { type InputError, wrong } from "./InputError.ts"
import { bodyKind, type Parameter, parametersOf } from "./names.ts"

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

/**
 * The input of an endpoint, of the flags that are its own. Fails with {@link InputError}, which tells of all that is wrong.
 *
 * @example
 * ```ts
 * const input = yield* readInput(getPet, ["--pet-id", "1"]) // { petId: 1 }
 * ```
 */
export const readInput = Effect.fnUntraced(function*(
  endpoint: CallEndpoint,
  tokens: ReadonlyArray<string>
): Effect.fn.Return<Readonly<Record<string, unknown>>, InputError, FileSystem.FileSystem | Stdio.Stdio> {
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
  return problems.length > 0 ? yield* wrong(...problems) : input
})
