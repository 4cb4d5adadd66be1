/**
 * `api.md`: every operation with a call that compiles.
 */
import type { Config } from "../config.ts"
import type { Shape } from "../model/Shape.ts"
import { type Plan, type PlannedModule, type PlannedOperation, resolve } from "../plan/Plan.ts"
import { isInherited } from "../text/words.ts"
import { key, object, quoted } from "./print.ts"
import { toldApart } from "./shape.ts"
import { type BodyChoice, choiceOf, filesOf, nameParameters } from "./request.ts"

/** A value that fits a shape, as an expression. What is optional is left out. `tags`: what unions around it are told apart by. */
const sample = (shape: Shape, plan: Plan, config: Config, depth = 0, tags: ReadonlyMap<string, string> = new Map()): string => {
  switch (shape.kind) {
    case "model":
      return depth > 12 ? "{} as never" : sample(plan.models.get(shape.id)?.model.shape ?? { kind: "unknown" }, plan, config, depth + 1, tags)
    case "nullable":
      return depth > 4 ? "null" : sample(shape.of, plan, config, depth, tags)
    case "record": {
      // one that every object has of another type cannot be left out
      const fields = shape.fields.filter((field) => (field.required || isInherited(field.name)) && !field.readOnly && !tags.has(field.name))
      return object([
        ...[...tags].map(([name, value]) => `${key(name)}: ${quoted(value)}`),
        ...fields.map((field) => `${key(field.name)}: ${sample(field.shape, plan, config, depth + 1)}`),
        ...shape.required.filter((name) => !tags.has(name)).map((name) => `${key(name)}: ""`)
      ], 90)
    }
    case "union": {
      const discriminator = toldApart(shape, plan)
      const [first] = discriminator?.mapping ?? []
      if (first === undefined || discriminator === undefined) return sample(shape.variants[0] ?? { kind: "unknown" }, plan, config, depth + 1, tags)
      return sample(resolve(first[1], plan.models), plan, config, depth + 1, new Map([...tags, [discriminator.property, first[0]]]))
    }
    case "array":
      return shape.checks.some((check) => check.name === "minItems") ? `[${sample(shape.item, plan, config, depth + 1)}]` : "[]"
    case "tuple":
      return `[${shape.items.slice(0, shape.required).map((item) => sample(item, plan, config, depth + 1)).join(", ")}]`
    case "literals":
      return typeof shape.values[0] === "string" ? quoted(shape.values[0]) : String(shape.values[0])
    case "number": {
      if (shape.integer && shape.format === "int64" && config.formats?.int64 === "bigint") return "1n"
      if (shape.integer && shape.format === "int64" && config.formats?.int64 === "string") return "\"1\""
      const least = shape.checks.find((check) => check.name === "minimum")?.value
      return typeof least === "number" && least > 1 ? String(least) : "1"
    }
    case "boolean":
      return "true"
    case "string":
      if (shape.format === "date-time" && config.formats?.dateTime === "DateTime") return "DateTime.makeUnsafe(\"2026-01-31T12:00:00Z\")"
      if (shape.format === "byte" && config.formats?.byte === "bytes") return "new Uint8Array()"
      return shape.format === "uuid" ? "\"6f1c2f7e-5a0b-4c3d-8e9f-0a1b2c3d4e5f\"" : shape.format === "date-time" ? "\"2026-01-31T12:00:00Z\"" : shape.format === "date" ? "\"2026-01-31\"" : "\"text\""
    case "null":
      return "null"
    case "never":
      return "undefined as never"
    default:
      return tags.size === 0 ? "\"text\"" : object([...tags].map(([name, value]) => `${key(name)}: ${quoted(value)}`))
  }
}

const callOf = ({ name, operation }: PlannedOperation, plan: Plan, config: Config): string => {
  const choice = operation.body === undefined ? undefined : choiceOf(operation.body, plan)
  const named = nameParameters(operation, choice)
  const members = named.filter(({ parameter }) => parameter.required && resolve(parameter.shape, plan.models).kind !== "unknown").map(({ key: member, parameter }) => `${key(member)}: ${sample(parameter.shape, plan, config)}`)
  const chosen = choice?.kinds.find(({ media }) => media === choice.preferred) ?? choice?.kinds[0]
  if (choice !== undefined && choice.preferred === undefined && chosen !== undefined) members.push(`contentType: ${quoted(chosen.media.mediaType)}`)
  if (operation.body?.required === true) members.push(`body: ${chosen === undefined ? "new Uint8Array()" : bodySample(chosen, plan, config)}`)
  return members.length === 0 ? `${name}()` : `${name}(${object(members, 90)})`
}

const bodySample = ({ kind, media }: BodyChoice["kinds"][number], plan: Plan, config: Config): string => {
  switch (kind) {
    case "patch":
      return "[]"
    case "text":
      return "\"text\""
    case "bytes":
      return "new Uint8Array()"
    case "multipart": {
      const record = resolve(media.shape, plan.models)
      const file = "{ name: \"file.bin\", content: new Uint8Array() }"
      const fields = record.kind === "record" ? record.fields.filter((field) => field.required && !field.readOnly) : []
      return object(fields.map((field) => {
        const files = filesOf(field.shape, plan)
        return `${key(field.name)}: ${files === "one" ? file : files === "many" ? `[${file}]` : sample(field.shape, plan, config)}`
      }), 90)
    }
    case "form":
      return resolve(media.shape, plan.models).kind === "unknown" ? "{}" : sample(media.shape ?? { kind: "unknown" }, plan, config)
    default:
      return media.shape === undefined ? "{}" : sample(media.shape, plan, config)
  }
}

/** A vendor's text on one line, in which no block begins or ends. */
const inline = (text: string): string => text.toWellFormed().replace(/\s+/g, " ").replace(/[`~]{3,}/g, "`").trim()

const section = (module: PlannedModule, plan: Plan, config: Config, extension: string): string => {
  const operations = module.operations.map((planned) => {
    const { name, operation, permissions } = planned
    const call = callOf(planned, plan, config)
    const dateTime = call.includes("DateTime.") ? "import * as DateTime from \"effect/DateTime\"\n" : ""
    const said = inline((operation.summary ?? operation.description ?? "").split("\n")[0] ?? "").replace(/[<>|]/g, " ").trim()
    return `### ${name}\n\n${said === "" ? "" : `${said}\n\n`}\`${operation.method} ${inline(operation.path).replaceAll("`", "")}\`${permissions.length === 0 ? "" : `, needs ${permissions.map((permission) => `\`${inline(permission)}\``).join(" and ")}`}${operation.deprecated ? " (deprecated)" : ""}\n\n\`\`\`ts\n${dateTime}import { ${name} } from "./${module.path}${extension}"\n\n${call}\n\`\`\`\n`
  })
  return `## ${module.path}\n\n${operations.join("\n")}`
}

/** The reference page. */
export const emitReference = (plan: Plan, config: Config, extension: string): string => {
  const { api, modules, session } = plan
  return `# ${session}\n\n${inline(api.title).replace(/[<>|]/g, " ")}${api.version === "" ? "" : `, version ${inline(api.version).replace(/[<>|]/g, " ")}`}. ${modules.reduce((sum, module) => sum + module.operations.length, 0)} operations.\n\n${modules.map((module) => section(module, plan, config, extension)).join("\n")}`
}
