/**
 * What is written about a schema, for the hover of an editor.
 */
import { type Data, data, type Node, text } from "./node.ts"
import type { Docs } from "./Shape.ts"

const shown = (value: unknown): string | undefined => {
  const written = JSON.stringify(value)
  return written === undefined || written.length > 120 ? undefined : written
}

const limits: ReadonlyArray<readonly [keyword: string, words: string]> = [
  ["format", "format"],
  ["minLength", "min length"],
  ["maxLength", "max length"],
  ["pattern", "pattern"],
  ["minimum", "min"],
  ["exclusiveMinimum", "above"],
  ["maximum", "max"],
  ["exclusiveMaximum", "below"],
  ["multipleOf", "a multiple of"],
  ["minItems", "min items"],
  ["maxItems", "max items"],
  ["uniqueItems", "unique items"],
  ["minProperties", "min members"],
  ["maxProperties", "max members"]
]

const notesOf = (schema: Data): ReadonlyArray<string> =>
  limits.flatMap(([keyword, words]) => {
    const value = schema[keyword]
    if (typeof value === "boolean") return value && keyword === "uniqueItems" ? [words] : []
    const written = typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined
    return written === undefined || written.length > 120 ? [] : [`${words}: ${written}`]
  })

/** Description, deprecation, default, example and limits of a schema or parameter. */
export const docsOf = (node: Node): Docs => {
  const schema = data(node)
  const examples = schema["examples"]
  const example = schema["example"] ?? (Array.isArray(examples) ? examples[0] : undefined)
  return {
    title: text(schema["title"]),
    description: text(schema["description"]),
    deprecated: schema["deprecated"] === true || schema["x-deprecated"] === true ? true : undefined,
    default: shown(schema["default"]) === undefined ? undefined : schema["default"],
    example: shown(example) === undefined ? undefined : example,
    notes: notesOf(schema)
  }
}
