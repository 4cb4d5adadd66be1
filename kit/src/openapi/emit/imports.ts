/**
 * What a module imports, collected while its text is made.
 */
import type { Config } from "../config.ts"

const namespaces: Readonly<Record<Namespace, string>> = {
  Schema: "effect/Schema",
  DateTime: "effect/DateTime",
  Open: "credence/Open",
  Endpoint: "credence/Endpoint",
  Body: "credence/Body",
  Reply: "credence/Reply",
  Paging: "credence/Paging",
  Patch: "credence/Patch",
  Session: "credence/Session",
  Auth: "credence/Auth"
}

export type Namespace = "Schema" | "DateTime" | "Open" | "Endpoint" | "Body" | "Reply" | "Paging" | "Patch" | "Session" | "Auth"

export interface Imports {
  readonly namespace: (name: Namespace) => void
  readonly name: (name: string, module: string) => void
  /** a namespace that only types mention needs no value */
  readonly render: (text: string) => string
}

/** The way from one module to another, both without extension and relative to the same folder. */
export const relative = (from: string, to: string, extension: string): string => {
  const here = from.split("/").slice(0, -1)
  const there = to.split("/").filter((segment) => segment !== ".")
  let common = 0
  while (common < here.length && common < there.length - 1 && here[common] === there[common]) common++
  const up = here.length - common
  const rest = there.slice(common).join("/")
  return `${up > 0 ? "../".repeat(up) : rest.startsWith("../") ? "" : "./"}${rest}${extension}`
}

/** Where a module of the runtime is imported from. */
export const runtimeModule = (name: Namespace, from: string, extension: string, runtime: Config["runtime"]): string => {
  const given = runtime?.[name]
  return given === undefined ? namespaces[name] : given.startsWith(".") ? relative(from, given, extension) : given
}

export const makeImports = (from: string, extension: string, runtime: Config["runtime"]): Imports => {
  const used = new Set<Namespace>()
  const names = new Map<string, Set<string>>()
  return {
    namespace: (name) => {
      used.add(name)
    },
    name: (name, module) => {
      if (module !== from) names.set(module, (names.get(module) ?? new Set()).add(name))
    },
    render: (text) => {
      const order: ReadonlyArray<Namespace> = ["DateTime", "Schema", "Auth", "Body", "Endpoint", "Open", "Paging", "Patch", "Reply", "Session"]
      // a namespace that stands in types only would be an unused import to a bundler
      const values = order.filter((name) => used.has(name) && new RegExp(`\\b${name}\\.`).test(text)).map((name) => {
        const typeOnly = name === "DateTime" || (name === "Open" && !/\bOpen\.([a-z]|Int64|\w+Text\b)/.test(text))
        return `import ${typeOnly ? "type " : ""}* as ${name} from "${runtimeModule(name, from, extension, runtime)}"`
      })
      const models = [...names].sort(([a], [b]) => a < b ? -1 : 1).map(([module, set]) => {
        const sorted = [...set].sort()
        const line = `import { ${sorted.join(", ")} } from "${relative(from, module, extension)}"`
        return line.length <= 140 ? line : `import {\n  ${sorted.join(",\n  ")}\n} from "${relative(from, module, extension)}"`
      })
      return [...values, ...models].join("\n")
    }
  }
}
