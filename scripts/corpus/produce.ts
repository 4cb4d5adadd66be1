/**
 * Runs the generator over the corpus and lays its output out as a project that TypeScript and Node can take.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as fs from "node:fs"
import * as path from "node:path"
import { generate, type Generated } from "../../kit/src/openapi/index.ts"
import type { Source } from "./documents.ts"

export const repository = path.resolve(import.meta.dirname, "../..")

/** What came of a source. */
export interface Produced {
  readonly source: Source
  /** the folder of its modules */
  readonly directory: string
  readonly generated: Generated | undefined
  /** why there is nothing */
  readonly failure: string | undefined
  readonly millis: number
  readonly bytes: number
}

/** A folder in which generated modules find `credence` and `effect`, both as this repository has them. */
export const makeProject = (directory: string): void => {
  fs.mkdirSync(path.join(directory, "node_modules"), { recursive: true })
  fs.writeFileSync(path.join(directory, "package.json"), JSON.stringify({ name: "corpus", private: true, type: "module" }))
  for (const [name, target] of [["credence", repository], ["effect", path.join(repository, "node_modules/effect")], ["@types", path.join(repository, "node_modules/@types")]] as const) {
    const link = path.join(directory, "node_modules", name)
    fs.rmSync(link, { force: true, recursive: true })
    fs.symlinkSync(target, link, "dir")
  }
}

const textOf = (cause: Cause.Cause<unknown>): string => {
  const text = Cause.pretty(cause)
  return text.length > 1500 ? `${text.slice(0, 1500)}…` : text
}

/** Generates one source into the project. Nothing that goes wrong with it stops the others. */
export const produce = async (source: Source, project: string): Promise<Produced> => {
  // no folder in another's: each is emptied before it is filled
  const directory = path.join(project, "out", source.id.replaceAll("/", "__"))
  const start = performance.now()
  const exit = await Effect.runPromiseExit(
    generate(source.files, source.preset === undefined ? {} : { preset: source.preset }).pipe(Effect.provide(Layer.mergeAll(NodeServices.layer, FetchHttpClient.layer)))
  )
  const millis = performance.now() - start
  if (Exit.isFailure(exit)) return { source, directory, generated: undefined, failure: textOf(exit.cause), millis, bytes: 0 }
  fs.rmSync(directory, { recursive: true, force: true })
  let bytes = 0
  for (const [name, content] of exit.value.files) {
    const file = path.join(directory, name)
    if (path.relative(directory, file).startsWith("..")) return { source, directory, generated: undefined, failure: `a file outside its folder: ${name}`, millis, bytes: 0 }
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, content)
    bytes += content.length
  }
  return { source, directory, generated: exit.value, failure: undefined, millis, bytes }
}
