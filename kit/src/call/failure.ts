/**
 * Failures of a call, in one line for people and as data for programs. The runtime has masked what is secret in them.
 */
import * as Predicate from "effect/Predicate"
import { messageOf, oneLine } from "../cli/failure.ts"

/** What all failures of a call have. */
interface Told {
  readonly _tag: string
  readonly message: string
}

const isTold = (error: unknown): error is Told =>
  Predicate.hasProperty(error, "_tag") && typeof error._tag === "string" && Predicate.hasProperty(error, "message") && typeof error.message === "string"

const member = (error: unknown, name: string): unknown => Predicate.hasProperty(error, name) ? (error as Readonly<Record<string, unknown>>)[name] : undefined

/** `NotFound: getPet: 404 Not Found (GET https://…); request id 7f3a` */
export const sentenceOf = (error: unknown, hint: string): string => {
  const requestId = member(error, "requestId")
  const said = isTold(error) ? `${error._tag}: ${error.message}` : messageOf(error)
  const unsatisfied = isTold(error) && error._tag === "AuthenticationFailed" && hint !== "" ? `. ${hint}` : ""
  return oneLine(`${said}${typeof requestId === "string" ? `; request id ${requestId}` : ""}${unsatisfied}`)
}

const shown = ["operation", "method", "url", "status", "requestId", "attempts", "reason", "detail", "issues", "body"] as const

/** The same as data: what the error tells, and never its stack. */
export const dataOf = (error: unknown): Readonly<Record<string, unknown>> => {
  const out: Record<string, unknown> = { tag: isTold(error) ? error._tag : "Error", message: messageOf(error) }
  for (const name of shown) {
    const value = member(error, name)
    if (value !== undefined) out[name] = value
  }
  return out
}

/** Was nothing sent because the input is wrong? That is a wrong use of the command. */
export const isWrongUse = (error: unknown): boolean => isTold(error) && (error._tag === "InvalidInput" || error._tag === "ConfigurationInvalid" || error._tag === "InputError")
