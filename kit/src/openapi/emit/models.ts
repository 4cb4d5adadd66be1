/**
 * Modules of models: an explicit type, and the schema that decodes and encodes it, for each.
 */
import type { Config } from "../config.ts"
import type { Shape } from "../model/Shape.ts"
import type { Plan, PlannedModel } from "../plan/Plan.ts"
import { makeImports } from "./imports.ts"
import { comment, docLines, indent } from "./print.ts"
import { braces, emitShape, isGrowing, recordSchema, recordTypes, spaced, type Where } from "./shape.ts"

/** A named type with its schema. The schema is made on first use, so that those which refer to each other can stand in any order. */
export const declaration = (name: string, shape: Shape, docs: ReadonlyArray<string>, where: Where): string => {
  const inside = { ...where, top: false }
  where.imports.namespace("Schema")
  const head = `export const ${name}: Schema.Codec<${name}, unknown> = /*#__PURE__*/ Schema.suspend(() =>\n  `
  if (shape.kind === "record") {
    return `${comment(docs)}export interface ${name} ${braces(recordTypes(shape, inside)).replace(/^\{ (.*) \}$/, "{\n  $1\n}")}\n${head}${indent(recordSchema(shape, inside, name))}\n)\n`
  }
  const { schema, type } = emitShape(shape, inside)
  return `${comment(docs)}export type ${name} =${spaced(type)}\n${head}${indent(schema)}\n)\n`
}

/** One file of models. */
export const emitModels = (path: string, models: ReadonlyArray<PlannedModel>, plan: Plan, config: Config, extension: string, head: string): string => {
  const imports = makeImports(path, extension, config.runtime)
  const parts = models.flatMap(({ inputName, model, name, usage }) => {
    // an enum's model has the values that are known, see `isGrowing`
    const where: Where = { plan, config: isGrowing(model) ? { ...config, enums: "closed" } : config, imports, open: usage.output && !isGrowing(model), top: false, side: usage.split || !usage.input ? "output" : usage.output ? "both" : "input" }
    const docs = docLines(model.docs)
    const own = declaration(name, model.shape, docs, where)
    if (!usage.split) return [own]
    return [own, declaration(inputName, model.shape, [...docs, ...(docs.length === 0 ? [] : [""]), `As requests have it: see {@link ${name}}.`], { ...where, side: "input" })]
  })
  const body = parts.join("\n")
  return `${head}${imports.render(body)}\n\n${body}`
}
