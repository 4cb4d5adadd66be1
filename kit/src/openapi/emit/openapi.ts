/**
 * Side files: the endpoints of a module with their own part of the document, for programs that want to look at it.
 */
import type { Config } from "../config.ts"
import { data } from "../model/node.ts"
import type { PlannedModule } from "../plan/Plan.ts"
import { relative, runtimeModule } from "./imports.ts"

/** Where the side file of a module is, without extension. */
export const openApiPath = (module: PlannedModule): string => `${module.path}.openapi`

/** Data as an expression. Each member begins a line: `__proto__` there would set the prototype. */
const text = (value: unknown): string => JSON.stringify(value, undefined, 2).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029").replace(/^(\s*)"__proto__":/gm, "$1[\"__proto__\"]:")

export const emitOpenApi = (module: PlannedModule, extension: string, head: string, runtime: Config["runtime"]): string => {
  const endpoints = module.operations.map(({ name, operation }) =>
    `/** {@link operations.${name}}, with its OpenAPI description as \`openapi\` */\nexport const ${name} = /*#__PURE__*/ Endpoint.describe(operations.${name}, ${text({ method: operation.method, path: operation.path, ...data(operation.node) })})\n`)
  return `${head}import * as Endpoint from "${runtimeModule("Endpoint", openApiPath(module), extension, runtime)}"\nimport * as operations from "${relative(openApiPath(module), module.path, extension)}"\n\n${endpoints.join("\n")}`
}
