/**
 * Modules of operations: one exported endpoint an operation.
 */
import type { Config, PagingRule } from "../config.ts"
import type { Shape } from "../model/Shape.ts"
import { expand } from "../model/servers.ts"
import type { Plan, PlannedModule, PlannedOperation } from "../plan/Plan.ts"
import { isIdentifier, makeScope, pascal, type Scope } from "../text/words.ts"
import type { Warn } from "../warning.ts"
import { makeImports } from "./imports.ts"
import { declaration } from "./models.ts"
import { comment, indent, key, object, prose, quoted } from "./print.ts"
import { answersOf, type SchemaOf } from "./reply.ts"
import { bodyOf, choiceOf, type NamedParameter, nameParameters, parametersOf, templateOf } from "./request.ts"
import { call, emitShape, type Where } from "./shape.ts"

export interface Options {
  readonly plan: Plan
  readonly config: Config
  readonly extension: string
  readonly head: string
  readonly warn: Warn
}

const methods = new Set(["GET", "POST", "PUT", "PATCH", "HEAD", "DELETE"])

/** One file of operations. */
export const emitModule = (module: PlannedModule, options: Options): string => {
  const { config, extension, head, plan } = options
  const imports = makeImports(module.path, extension, config.runtime)
  imports.namespace("Endpoint")
  imports.name(plan.session, config.sessionFrom ?? "session")
  const scope = makeScope([...module.operations.map(({ name }) => name), ...[...plan.models.values()].flatMap(({ inputName, name }) => [name, inputName]), plan.session])
  const where = (side: "input" | "output"): Where => ({ plan, config, imports, side, open: side === "output", top: true })
  const parts = module.operations.flatMap((planned) => emitOperation(planned, options, scope, where))
  const body = parts.join("\n")
  const about = comment([`${pascal(module.title) === module.title ? module.title : module.title}`, ...prose(module.description).flatMap((line, index) => index === 0 ? ["", line] : [line])])
  return `${head}${about}${imports.render(body)}\n\n${body}`
}

/** Gives an inline shape a name, unless it is short. */
const makeSchemaOf = (scope: Scope, declarations: Array<string>): SchemaOf => {
  const isLong = (shape: Shape): boolean =>
    (shape.kind === "record" && (shape.fields.length > 2 || shape.fields.some((field) => field.shape.kind === "record" || field.shape.kind === "union" || field.shape.kind === "array")))
    || (shape.kind === "union" && shape.variants.some((variant) => variant.kind === "record"))
    || (shape.kind === "literals" && shape.values.length > 12)
  const named = (shape: Shape, name: string, where: Where): string => {
    const chosen = scope.take(name)
    declarations.push(declaration(chosen, shape, [], where))
    return chosen
  }
  const schemaOf: SchemaOf = (shape, name, where) => {
    if (isLong(shape)) return named(shape, name, where)
    if (shape.kind === "nullable" && isLong(shape.of)) {
      where.imports.namespace("Schema")
      return call(where, "Schema.NullOr", named(shape.of, name, where))
    }
    if (shape.kind === "array" && shape.checks.length === 0) {
      // one bad item of an answer does not lose the others
      const lenient = where.side === "output"
      where.imports.namespace(lenient ? "Open" : "Schema")
      return call(where, lenient ? "Open.items" : "Schema.Array", schemaOf(shape.item, `${name}Item`, where))
    }
    return emitShape(shape, where).schema
  }
  return schemaOf
}

const emitOperation = (planned: PlannedOperation, options: Options, scope: Scope, where: (side: "input" | "output") => Where): ReadonlyArray<string> => {
  const { plan, warn } = options
  const { name, operation, paging, permissions } = planned
  const declarations: Array<string> = []
  const schemaOf = makeSchemaOf(scope, declarations)
  const owner = pascal(name)
  const input = where("input")

  const choice = operation.body === undefined ? undefined : choiceOf(operation.body, plan)
  const named = nameParameters(operation, choice)
  const body = operation.body === undefined || choice === undefined ? undefined : bodyOf(operation.body, choice, owner, operation, input, schemaOf, warn)
  const parameters = parametersOf(operation, named, owner, input, schemaOf, warn, choice?.wildcard === true ? [contentType(input)] : [])
  const answers = answersOf(operation.responses, owner, where("output"), schemaOf, operation.node, warn)
  const [server] = operation.servers ?? []

  const members = [
    `name: ${quoted(name)}`,
    ...parameters,
    ...(body === undefined ? [] : [`body: ${body}`]),
    `success: ${answers.success}`,
    ...(answers.as.length === 0 ? [] : [`as: ${object(answers.as)}`]),
    ...(answers.headers.length === 0 ? [] : [`responseHeaders: ${object(answers.headers)}`]),
    ...(answers.errors.length === 0 ? [] : [`errors: ${object(answers.errors)}`]),
    ...(operation.security === undefined || (options.config.security === false && operation.security.length > 0) ? [] : [`security: ${securityText(operation.security)}`]),
    ...(permissions.length === 0 ? [] : [`permission: ${permissions.length === 1 ? quoted(permissions[0] ?? "") : `[${permissions.map(quoted).join(", ")}]`}`]),
    ...(server === undefined ? [] : [`server: ${quoted(expand(server))}`]),
    // what no keyword of OpenAPI says
    ...(operation.extensions["x-credence-idempotencyKey"] === true ? ["idempotencyKey: true"] : []),
    ...(operation.extensions["x-credence-ignoreSetCookie"] === true ? ["ignoreSetCookie: true"] : [])
  ]
  const path = quoted(templateOf(operation.path, named))
  const known = methods.has(operation.method)
  const declared = `{\n  ${members.map((member) => indent(member)).join(",\n  ")}\n}`
  const made = known
    ? call(input, `Endpoint.${operation.method.toLowerCase()}`, plan.session, path, declared)
    : call(input, "Endpoint.make", plan.session, quoted(operation.method), path, declared)
  return [...declarations, `${docs(planned)}export const ${name} = ${paging === undefined ? made : paged(paging, made, named, input)}\n`]
}

const contentType = (where: Where): string => {
  where.imports.namespace("Schema")
  return `contentType: ${call(where, "Endpoint.param", call(where, "Schema.optional", "Schema.String"), "{ name: \"content-type\" }")}`
}

const securityText = (security: NonNullable<PlannedOperation["operation"]["security"]>): string =>
  `[${security.map((requirement) => object(Object.entries(requirement).map(([scheme, scopes]) => `${key(scheme)}: [${scopes.map(quoted).join(", ")}]`), 1_000)).join(", ")}]`

const docs = ({ operation, permissions }: PlannedOperation): string => {
  const summary = prose(operation.summary)
  const description = operation.description === operation.summary ? [] : prose(operation.description)
  const needs = permissions.length === 0 ? "" : `, needs ${permissions.map((permission) => `\`${permission}\``).join(" and ")}`
  const answers = operation.responses.flatMap((response) => {
    const [line] = prose(response.description)
    return line === undefined || line === "" ? [] : [`- ${response.status}: ${line}`]
  })
  return comment([
    ...summary,
    ...(summary.length > 0 && description.length > 0 ? [""] : []),
    ...description,
    ...(summary.length + description.length > 0 ? [""] : []),
    `\`${operation.method} ${operation.path.replaceAll("*/", "*\\/")}\`${needs}`,
    ...(answers.length > 1 ? ["", ...answers] : []),
    ...(operation.deprecated ? ["", "@deprecated"] : [])
  ])
}

/** `page.data.items`; a member that may be absent gives nothing. */
const access = (path: ReadonlyArray<string>): string => path.reduce((at, name) => `${at}?.${isIdentifier(name) ? name : `[${quoted(name)}]`}`, "page")

const paged = (rule: PagingRule, made: string, named: ReadonlyArray<NamedParameter>, where: Where): string => {
  where.imports.namespace("Paging")
  // the rule has the document's names
  const input = (name: string): string => quoted("in" in rule && rule.in === "body" ? name : named.find(({ parameter }) => parameter.in === "query" && parameter.name === name)?.key ?? name)
  const members = [`items: ${rule.items.length === 0 ? "(page) => page" : `(page) => ${access(rule.items)}`}`]
  switch (rule.kind) {
    case "offset":
      members.push(`offset: ${input(rule.offset)}`, ...(rule.in === "body" ? ["in: \"body\""] : []), ...(rule.unit === "pages" ? ["unit: \"pages\""] : []))
      for (const name of ["total", "capacity", "begins"] as const) {
        const path = rule[name]
        if (path === undefined) continue
        // of whole numbers as bigint or text; below 0: it is not told
        members.push(`${name}: (page) => ${(where.config.formats?.int64 ?? "number") === "number" || name === "begins" ? access(path) : `Number(${access(path)} ?? -1)`}`)
      }
      break
    case "page":
      members.push(`parameter: ${input(rule.page)}`, ...(rule.first === undefined ? [] : [`first: ${rule.first}`]))
      break
    case "cursor":
      members.push(`next: (page) => ${access(rule.next)}`, `parameter: ${input(rule.parameter)}`, ...(rule.in === "body" ? ["in: \"body\""] : []))
      if (rule.first !== undefined) members.push(`first: ${quoted(rule.first)}`)
      if (rule.offset !== undefined) members.push(`offset: ${input(rule.offset)}`)
      if (rule.total !== undefined) members.push(`total: (page) => ${(where.config.formats?.int64 ?? "number") === "number" ? access(rule.total) : `Number(${access(rule.total)} ?? -1)`}`)
      break
    case "link":
      break
  }
  return call(where, `Paging.${rule.kind}`, made, object(members))
}
