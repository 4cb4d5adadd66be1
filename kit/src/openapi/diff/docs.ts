/**
 * What is written for people. Limits, defaults and deprecations are compared on their own.
 */
import type { Operation } from "../model/Api.ts"
import type { Docs, Model } from "../model/Shape.ts"

const wordsOf = ({ description, example, title }: Docs): string => JSON.stringify([title, description, example])

/** Texts by what they are about. What one side does not have is a change of its own, and no matter of words. */
const sameOfBoth = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean => [...a].every(([key, text]) => (b.get(key) ?? text) === text)

const ofModel = ({ docs, shape }: Model): ReadonlyMap<string, string> =>
  new Map([["", wordsOf(docs)], ...(shape.kind === "record" ? shape.fields.map((field) => [field.name, wordsOf(field.docs)] as const) : [])])

const ofOperation = (operation: Operation): ReadonlyMap<string, string> =>
  new Map([
    ["", JSON.stringify([operation.summary, operation.description])],
    ...operation.parameters.map((parameter) => [`${parameter.in} ${parameter.name}`, wordsOf(parameter.docs)] as const),
    ...operation.responses.map((response) => [response.status, response.description ?? ""] as const)
  ])

/** Is the same written about two models, and about the members that both have? */
export const sameWords = (a: Model, b: Model): boolean => sameOfBoth(ofModel(a), ofModel(b))

/** Is the same written about two operations, and about the parameters and answers that both have? */
export const sameWordsOfOperation = (a: Operation, b: Operation): boolean => sameOfBoth(ofOperation(a), ofOperation(b))
