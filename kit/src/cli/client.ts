/**
 * A generated client, loaded: its endpoints by name.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { registerHooks } from "node:module"
import { pathToFileURL } from "node:url"
import { generatedFiles, manifestName, type OutputError } from "../openapi/write.ts"
import { messageOf, oneLine } from "./failure.ts"
import type { AnyCodec } from "./jsonSchema.ts"
import { near } from "./near.ts"

/** A folder is no client, or its modules cannot be loaded; there is no such operation. `message` says what to do. */
export class ClientError extends Data.TaggedError("ClientError")<{
  /** the folder, as given */
  readonly directory: string
  readonly reason: string
  readonly message: string
}> {
  constructor(args: { readonly directory: string; readonly reason: string }) {
    super({ ...args, message: `${args.directory}: ${args.reason}` })
  }
}

/**
 * A parameter, part or reply of an endpoint, as far as tools read it. The shapes are the runtime's: the client brings its
 * own `credence`, so that they are told by their members and not by their classes.
 */
export type ClientField = AnyCodec | { readonly "~credence/param": true; readonly schema: AnyCodec; readonly name?: string | undefined; readonly style?: string | undefined; readonly explode?: boolean | undefined }

/** A kind of request body, see `Endpoint.Body`. */
export interface ClientBody {
  readonly "~credence/body": string
  readonly mediaType: string
  readonly schema?: AnyCodec | undefined
  readonly parts?: Readonly<Record<string, ClientField | { readonly "~credence/file": true; readonly optional: boolean; readonly several: boolean }>> | undefined
  /** of a choice: by media type */
  readonly choices?: Readonly<Record<string, ClientBody>> | undefined
  readonly default?: string | undefined
}

/** A kind of response, see `Endpoint.Reply`. */
export interface ClientReply {
  readonly "~credence/reply": string
  readonly mediaType: string
  readonly schema?: AnyCodec | undefined
}

/** An endpoint whose types are known at run time only. */
export interface AnyEndpoint {
  (input?: unknown): Effect.Effect<unknown, unknown, unknown>
  readonly operation: { readonly name: string; readonly method: string; readonly path: string; readonly permissions: ReadonlyArray<string>; readonly streaming: boolean }
  /** the session class */
  readonly session: unknown
  readonly declared: {
    readonly success: ReadonlyMap<number | string, ClientReply>
    readonly errors: ReadonlyMap<number | string, ClientReply>
    readonly headers?: Readonly<Record<string, AnyCodec>> | undefined
    readonly mediaTypes?: ReadonlyArray<string> | undefined
  }
  readonly input: {
    readonly path: Readonly<Record<string, ClientField>>
    readonly query: Readonly<Record<string, ClientField>>
    readonly header: Readonly<Record<string, ClientField>>
    readonly cookie: Readonly<Record<string, ClientField>>
    readonly body: AnyCodec | ClientBody | undefined
  }
}

/** One operation of a client. */
export interface ClientEndpoint {
  /** as it is exported */
  readonly name: string
  /** where: the path of its file below the folder, without extension, such as `cases/v2/case` */
  readonly module: string
  readonly endpoint: AnyEndpoint
  /** its part of the OpenAPI document, with `method` and `path`; `undefined` where the client has no side files */
  readonly openapi: unknown
}

/** A generated client. */
export interface Client {
  /** the folder, as given */
  readonly directory: string
  /** sorted by module, then by name */
  readonly endpoints: ReadonlyArray<ClientEndpoint>
  /** everything that its modules export, by module */
  readonly modules: ReadonlyMap<string, Readonly<Record<string, unknown>>>
  /** its models, by name */
  readonly models: ReadonlyArray<readonly [name: string, schema: AnyCodec]>
}

/**
 * Loads a generated client: the modules that its list of files names, or its index where there is no such list (what a
 * compiler made of it). TypeScript is read as it is, whatever its imports end with.
 *
 * @example
 * ```ts
 * const client = yield* loadClient("src/petstore")
 * const { endpoint } = yield* Effect.fromResult(findEndpoint(client, "getPet"))
 * ```
 */
export const loadClient = Effect.fnUntraced(function*(directory: string): Effect.fn.Return<Client, ClientError | OutputError, FileSystem.FileSystem | Path.Path> {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const there = yield* fs.stat(directory).pipe(Effect.map(({ type }) => type === "Directory"), Effect.orElseSucceed(() => false))
  if (!there) return yield* new ClientError({ directory, reason: "there is no such folder" })
  // where Node takes it to be: the packages around that place are those it finds
  const root = yield* Effect.orElseSucceed(fs.realPath(directory), () => path.resolve(directory))
  const listed = (yield* generatedFiles(directory))?.filter((name) => /\.[cm]?[jt]s$/.test(name) && !/\.d\.[cm]?ts$/.test(name))
  const names = listed ?? (yield* indexIn(root))
  if (names.length === 0) return yield* new ClientError({ directory, reason: `this is no generated client: it has neither ${manifestName} nor an index.ts or index.js. Make one by \`credence generate <document> --out ${directory}\`` })
  const loaded = yield* importAll(directory, root, names)
  const modules = listed === undefined ? namespacesOf(loaded) : loaded
  return { directory, modules, endpoints: endpointsOf(modules), models: modelsOf(modules) }
})

const indexIn = Effect.fnUntraced(function*(root: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  for (const name of ["index.ts", "index.js", "index.mjs"]) if (yield* Effect.orElseSucceed(fs.exists(path.join(root, name)), () => false)) return [name]
  return []
})

type Exports = Readonly<Record<string, unknown>>

const importAll = Effect.fnUntraced(function*(directory: string, root: string, names: ReadonlyArray<string>) {
  const path = yield* Path.Path
  const modules = new Map<string, Exports>()
  yield* Effect.scoped(Effect.gen(function*() {
    yield* Effect.acquireRelease(Effect.sync(() => anyExtension(pathToFileURL(root).href)), (hooks) => Effect.sync(() => hooks.deregister()))
    for (const name of [...names].sort()) {
      const module = yield* Effect.tryPromise({
        try: () => import(pathToFileURL(path.join(root, ...name.split("/"))).href) as Promise<Exports>,
        catch: (error) => new ClientError({ directory, reason: loadProblem(name, error) })
      })
      modules.set(name.replace(/\.[cm]?[jt]s$/, ""), module)
    }
  }))
  return modules
})

/** Imports within the client may end with `.js` or nothing, as compilers and bundlers want it, though the files are TypeScript. */
const anyExtension = (folder: string): { readonly deregister: () => void } =>
  registerHooks({
    resolve: (specifier, context, next) => {
      try {
        return next(specifier, context)
      } catch (error) {
        if (!/^\.\.?\//.test(specifier) || context.parentURL?.startsWith(`${folder}/`) !== true) throw error
        return next(`${specifier.replace(/\.js$/, "")}.ts`, context)
      }
    }
  })

const loadProblem = (name: string, error: unknown): string => {
  const said = oneLine(messageOf(error).split("\n").find((line) => line.trim() !== "") ?? "")
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined
  const missing = /Cannot find package '(credence|effect)'/.exec(said)?.[1]
  if (missing !== undefined) return `\`${missing}\` is not installed where the client is: run \`npm install credence effect\` in its package`
  if (code === "ERR_PACKAGE_PATH_NOT_EXPORTED" || /does not provide an export/.test(said)) return `the \`credence\` that is installed there is not the one that ${name} was generated for: install the same version as of credence-kit, or generate again (${said})`
  if (code === "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING") return "Node does not read TypeScript below node_modules: give a folder that holds it compiled"
  return `${name} cannot be loaded: ${said}`
}

/** The modules of an index: its namespaces, and itself. */
const namespacesOf = (loaded: ReadonlyMap<string, Exports>): ReadonlyMap<string, Exports> => {
  const modules = new Map<string, Exports>()
  for (const [name, index] of loaded) {
    const own: Record<string, unknown> = {}
    for (const [exported, value] of Object.entries(index)) {
      if (Object.prototype.toString.call(value) === "[object Module]") modules.set(exported, value as Exports)
      else own[exported] = value
    }
    modules.set(name, own)
  }
  return modules
}

/** Is it an endpoint, of whichever `credence`? */
export const isEndpoint = (u: unknown): u is AnyEndpoint => typeof u === "function" && "operation" in u && "declared" in u && "input" in u && "session" in u

const endpointsOf = (modules: ReadonlyMap<string, Exports>): ReadonlyArray<ClientEndpoint> => {
  // a described endpoint is the same operation with one member more
  const described = new Map<unknown, unknown>()
  for (const exports of modules.values()) for (const value of Object.values(exports)) if (isEndpoint(value) && "openapi" in value) described.set(value.operation, value.openapi)
  const endpoints: Array<ClientEndpoint> = []
  const seen = new Set<unknown>()
  for (const [module, exports] of modules) {
    for (const [name, endpoint] of Object.entries(exports)) {
      if (!isEndpoint(endpoint) || "openapi" in endpoint || seen.has(endpoint)) continue
      seen.add(endpoint)
      endpoints.push({ name, module, endpoint, openapi: described.get(endpoint.operation) })
    }
  }
  return endpoints
}

const modelsOf = (modules: ReadonlyMap<string, Exports>): ReadonlyArray<readonly [name: string, schema: AnyCodec]> =>
  [...modules.values()].flatMap((exports) =>
    Object.entries(exports).flatMap(([name, value]): ReadonlyArray<readonly [name: string, schema: AnyCodec]> =>
      // generated models need no services
      Schema.isSchema(value) ? [[name, value as unknown as AnyCodec]] : []))

/**
 * The operation of a name: `getCase`, `cases/v2/case.getCase` where several have it, or `GET /cases/v2/case/{id}`. A miss
 * names what is like it.
 */
export const findEndpoint = (client: Client, name: string): Result.Result<ClientEndpoint, ClientError> => {
  const { directory, endpoints } = client
  const failed = (reason: string): Result.Result<never, ClientError> => Result.fail(new ClientError({ directory, reason }))
  const byName = endpoints.filter((candidate) => candidate.name === name)
  const dot = name.lastIndexOf(".")
  const [module, own] = dot < 0 ? ["", name] : [name.slice(0, dot), name.slice(dot + 1)]
  const found = byName.length > 0
    ? byName
    : endpoints.filter((candidate) =>
      (candidate.name === own && (candidate.module === module || candidate.module.endsWith(`/${module}`)))
      || `${candidate.endpoint.operation.method} ${candidate.endpoint.operation.path}` === name)
  const [first, second] = found
  if (first !== undefined && second === undefined) return Result.succeed(first)
  if (first !== undefined) return failed(`${found.length} operations are called ${name}: say which, ${found.map((candidate) => `${candidate.module}.${candidate.name}`).join(" or ")}`)
  const like = near(own, endpoints.map((candidate) => candidate.name))
  return failed(`there is no operation ${oneLine(name)}${like.length === 0 ? `. \`credence schema ${directory}\` lists all ${endpoints.length}` : `. Did you mean ${like.join(" or ")}?`}`)
}
