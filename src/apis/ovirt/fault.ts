/**
 * What an engine says about a refusal: a fault, an action's fault, or an error of its single sign-on.
 */
import { isRecord } from "../../wire/json.ts"

const textOf = (record: Readonly<Record<string, unknown>>, name: string): string | undefined => {
  const value = record[name]
  return typeof value === "string" && value !== "" ? value : undefined
}

const joined = (...parts: ReadonlyArray<string | undefined>): string | undefined => {
  const said = parts.filter((part) => part !== undefined)
  return said.length === 0 ? undefined : said.join(": ")
}

/**
 * The error of an answer of the single sign-on, for people; `undefined`: it is none. Engines write `{error_code, error}`, what
 * speaks OpenID `{error, error_description}`, and either may stand in a list.
 */
export const ssoError = (body: unknown): string | undefined => {
  const answer: unknown = Array.isArray(body) ? body[0] : body
  if (!isRecord(answer) || answer["error"] === undefined || answer["error"] === null) return undefined
  const error = textOf(answer, "error")
  return joined(...(textOf(answer, "error_description") === undefined ? [textOf(answer, "error_code"), error] : [error, textOf(answer, "error_description")])) ?? "an error without a text"
}

/** `Operation Failed: [Cannot run VM. VM is running.]`: what a refusal says, for people. */
export const summarize = (body: unknown): string | undefined => {
  const error = ssoError(body)
  if (error !== undefined) return error
  if (!isRecord(body)) return undefined
  const fault = isRecord(body["fault"]) ? body["fault"] : body
  return joined(textOf(fault, "reason"), textOf(fault, "detail"))
}
