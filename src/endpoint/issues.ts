/**
 * What is wrong with a value, as paths and sentences. Never the value itself: it may be a secret.
 */
import type * as SchemaIssue from "effect/SchemaIssue"
import { makeFormatterStandardSchemaV1 } from "effect/SchemaIssue"
import type { Issue } from "../errors/CallError.ts"

/** `data.items[3].id` */
export const pathText = (path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>((text, key) => typeof key === "number" || /^\d+$/.test(String(key)) ? `${text}[${String(key)}]` : text === "" ? String(key) : `${text}.${String(key)}`, "")

const formatter = /*#__PURE__*/ makeFormatterStandardSchemaV1()

/** Flattens a schema issue; `at` is where the value stands. */
export const flatten = (issue: SchemaIssue.Issue, at: ReadonlyArray<PropertyKey> = []): ReadonlyArray<Issue> =>
  formatter(issue).issues.map((found) => ({
    path: pathText([...at, ...(found.path ?? []).map((segment) => typeof segment === "object" ? segment.key : segment)]),
    message: found.message.length > 200 ? `${found.message.slice(0, 199)}…` : found.message
  }))
