/** What the torture documents share: each is generated for real, checked by the compiler together with claims about its types, and called over a script. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { Call, Hooks } from "credence"
import { Script } from "credence/testing"
import { generate, type Generated } from "../../../../kit/src/openapi/generate.ts"
import type { Config } from "../../../../kit/src/openapi/config.ts"
import { format } from "../../../../kit/src/openapi/warning.ts"
import { camel, isReserved } from "../../../../kit/src/openapi/text/words.ts"
import type { Drift } from "../../../../src/services/Hooks.ts"
import type { TransportRequest } from "../../../../src/services/Transport.ts"
import { snippetsOf } from "../../../../scripts/snippets.ts"
import { services } from "../documentSupport.ts"

/** One feature: a document, what its types must be, and how its client behaves. */
export interface Case {
  /** of the feature; unique */
  readonly name: string
  /** a text, or several by file name, the first of which is generated from unless `inputs` says otherwise */
  readonly document: string | Readonly<Record<string, string>>
  readonly inputs?: ReadonlyArray<string> | undefined
  readonly config?: Config | undefined
  /** TypeScript over `claim`, `Same`, … and each generated module as a namespace: `pets.getPet`, `models.Pet` */
  readonly types?: string | undefined
  /** each warning's place and words, in part; none by default */
  readonly warnings?: ReadonlyArray<string | RegExp> | undefined
  /** what must be so at run time */
  readonly behaves?: Readonly<Record<string, (client: Client) => Effect.Effect<void, unknown, Scope.Scope>>> | undefined
}

/** A request as it went on the wire. */
export interface Sent {
  readonly method: string
  /** path and query, encoded */
  readonly path: string
  readonly origin: string
  readonly headers: Readonly<Record<string, string>>
  /** JSON as data; other texts as they are */
  readonly body: unknown
  readonly text: string | undefined
}

export interface Asked {
  /** what came of it */
  readonly value: unknown
  /** what it failed with */
  readonly error: unknown
  readonly sent: Sent | undefined
  readonly drift: ReadonlyArray<Drift>
}

export interface CallOptions {
  readonly decode?: "tolerant" | "strict" | "off" | undefined
  /** base URL of the session; default `https://script.test` */
  readonly baseUrl?: string | undefined
  /** the document's own base URL is taken */
  readonly ownBaseUrl?: boolean | undefined
  /** what `…Auth` of the client is given */
  readonly credentials?: unknown
}

export interface Client {
  readonly generated: Generated
  readonly folder: string
  readonly warnings: ReadonlyArray<string>
  /** the exports of a generated module */
  readonly load: (module: string) => Effect.Effect<Readonly<Record<string, unknown>>>
  /** calls `pets.getPet` over a script that gives one answer to all */
  readonly call: (endpoint: string, input?: unknown, reply?: Script.Reply, options?: CallOptions) => Effect.Effect<Asked>
  /** runs what one makes of the modules, by their names; an answer may depend on its request */
  readonly run: (
    use: (module: (name: string) => Readonly<Record<string, unknown>>) => Effect.Effect<unknown, unknown, unknown>,
    reply: Script.Reply | ((request: TransportRequest, count: number) => Script.Reply),
    options?: CallOptions
  ) => Effect.Effect<Asked & { readonly all: ReadonlyArray<Sent> }>
}

const root = path.resolve(import.meta.dirname, "../../../..")
/** inside the repository, so that `credence` and `effect` resolve as they do for its own files */
export const project = path.join(root, "test/kit/openapi/.generated", `torture-${randomUUID().slice(0, 8)}`)

export const folderOf = (one: Pick<Case, "name">): string => path.join(project, one.name.replace(/[^a-z0-9]+/gi, "-").toLowerCase())

const write = (file: string, text: string): void => {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, text)
}

/** Generates the client of a case into its folder. */
export const prepare = (one: Case): Effect.Effect<Client, unknown> =>
  Effect.gen(function*() {
    const folder = folderOf(one)
    const documents = typeof one.document === "string" ? { "api.yaml": one.document } : one.document
    for (const [name, text] of Object.entries(documents)) write(path.join(folder, "documents", name), text)
    const inputs = (one.inputs ?? [Object.keys(documents)[0] ?? ""]).map((input) => path.join(folder, "documents", input))
    const patches = one.config?.patches?.map((patch) => path.join(folder, "documents", patch))
    const generated = yield* generate(inputs, { ...one.config, ...(patches === undefined ? {} : { patches }) }).pipe(Effect.provide(services))
    const client = path.join(folder, "client")
    for (const [name, text] of generated.files) write(path.join(client, name), text)
    const modules = [...generated.files.keys()].filter((name) => name.endsWith(".ts"))
    write(path.join(folder, "expected.ts"), [
      "import { type Alike, claim, type Errors, type Fits, type Input, type Needs, type NeedsNothing, type Output, type Same }",
      "  from \"../../../torture/expect.ts\"",
      "import * as Credence from \"credence\"",
      "import * as Endpoint from \"credence/Endpoint\"",
      "import * as Open from \"credence/Open\"",
      "import * as Effect from \"effect/Effect\"",
      "import type * as DateTime from \"effect/DateTime\"",
      "import type * as Scope from \"effect/Scope\"",
      "import type * as Stream from \"effect/Stream\"",
      ...modules.map((name) => `import * as ${namespaceOf(name)} from "./client/${name}"`),
      one.types ?? "",
      // all of it is imported, so that nothing is left unchecked
      `export const used = [claim, Credence, Effect, Endpoint, Open, ${modules.map(namespaceOf).join(", ")}]`,
      ""
    ].join("\n"))
    const extension = one.config?.extension ?? ".ts"
    const shown = (text: string): string => text.replaceAll(`${folder}${path.sep}documents${path.sep}`, "")
    snippetsOf("api.md", generated.files.get("api.md") ?? "").forEach((snippet, index) =>
      write(path.join(client, `api-md-${index}.ts`), `// api.md ${snippet.at}\n${snippet.code}\n${extension === ".ts" ? "" : ""}export {}\n`))
    return makeClient(generated, client, generated.warnings.map((warning) => shown(format(warning))))
  })

/** `models/common.ts` → `modelsCommon` */
export const namespaceOf = (file: string): string => {
  const name = camel(file.replace(/\.openapi\.ts$/, " described").replace(/\.ts$/, "").replace(/[^\p{L}\p{N}]+/gu, " "))
  return isReserved(name) ? `${name}_` : name
}

const makeClient = (generated: Generated, folder: string, warnings: ReadonlyArray<string>): Client => {
  const load = (module: string): Effect.Effect<Readonly<Record<string, unknown>>> =>
    Effect.promise(() => import(/* @vite-ignore */ path.join(folder, `${module}.ts`)) as Promise<Readonly<Record<string, unknown>>>)
  const run: Client["run"] = (use, reply, options = {}) =>
    Effect.gen(function*() {
      const loaded = new Map<string, Readonly<Record<string, unknown>>>()
      for (const name of generated.files.keys()) if (name.endsWith(".ts")) loaded.set(name.slice(0, -3), yield* load(name.slice(0, -3)))
      const session = loaded.get("session")?.[generated.session] as Parameters<Script.Script["run"]>[0]
      const auth = loaded.get("auth")?.[`${generated.session}Auth`] as ((given: unknown) => NonNullable<Script.RunOptions["authentication"]>) | undefined
      const drift: Array<Drift> = []
      const script = yield* Script.make([Script.on("any", () => true, reply)])
      const program = Effect.exit(use((name) => loaded.get(name) ?? {}).pipe(
        Call.with({ retry: "none", ...(options.decode === undefined ? {} : { decode: options.decode }) }),
        Effect.provide(Hooks.layer({ drift: (event) => Effect.sync(() => void drift.push(...event.drift)) }))
      ))
      const exit = yield* script.run(session, {
        ...(options.credentials === undefined ? {} : { authentication: auth?.(options.credentials) ?? Layer.empty as never }),
        configuration: options.ownBaseUrl === true ? { baseUrl: undefined } : options.baseUrl === undefined ? {} : { baseUrl: options.baseUrl }
      })(program as Effect.Effect<Exit.Exit<unknown, unknown>>)
      const all = script.seen.map(({ request }) => sentOf(request))
      const error = Exit.isFailure(exit) ? Option.getOrElse(Cause.findErrorOption(exit.cause), () => Cause.squash(exit.cause)) : undefined
      return { value: Exit.isSuccess(exit) ? exit.value : undefined, error, sent: all.at(-1), all, drift }
    }).pipe(Effect.orDie)
  return {
    generated,
    folder,
    warnings,
    load,
    run,
    call: (endpoint, input, reply = {}, options = {}) => {
      const [module = "", name = ""] = endpoint.split(/\.(?=[^.]*$)/)
      return run((at) => {
        const found = at(module)[name]
        if (typeof found !== "function") return Effect.die(new Error(`there is no ${endpoint}: ${module} has ${Object.keys(at(module)).join(", ")}`))
        // what it takes and gives is what the case says
        return (found as (input?: unknown) => Effect.Effect<unknown, unknown, unknown>)(input)
      }, reply, options)
    }
  }
}

const sentOf = (request: TransportRequest): Sent => {
  const { body } = request
  const text = body?._tag === "Bytes" ? typeof body.bytes === "string" ? body.bytes : new TextDecoder().decode(body.bytes) : undefined
  const json = /json/.test(request.headers["content-type"] ?? "")
  return {
    method: request.method,
    path: `${request.url.pathname}${request.url.search}`,
    origin: request.url.origin,
    headers: request.headers,
    body: text === undefined ? undefined : json ? JSON.parse(text) as unknown : text,
    text
  }
}

const compilerOptions = {
  target: "es2023",
  module: "nodenext",
  lib: ["es2024", "esnext.disposable"],
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  noFallthroughCasesInSwitch: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  erasableSyntaxOnly: true,
  allowImportingTsExtensions: true,
  customConditions: ["credence-source"],
  skipLibCheck: true,
  noEmit: true
}

/** All cases in one program: errors by case's folder name, those of nobody under `""`. */
export const compile = (): Effect.Effect<ReadonlyMap<string, ReadonlyArray<string>>> =>
  Effect.promise(() => new Promise((resolve) => {
    write(path.join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*/client/**/*.ts", "*/expected.ts"], exclude: ["imports-without-an-ending", "a-session-of-one-s-own"] }))
    const child = spawn(process.execPath, [path.join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.json", "--pretty", "false"], { cwd: project, stdio: ["ignore", "pipe", "pipe"] })
    const chunks: Array<Buffer> = []
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk))
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk))
    child.on("close", () => {
      const errors = new Map<string, Array<string>>()
      let owner = ""
      for (const line of Buffer.concat(chunks).toString("utf8").split("\n")) {
        if (line.trim() === "") continue
        // what follows a message with its place belongs to it
        if (!line.startsWith(" ")) owner = /^([^./][^/]*)\//.exec(line)?.[1] ?? ""
        const place = /^([^(]+)\((\d+),\d+\)/.exec(line)
        const source = owner === "" || place === null ? "" : `\n  ${fs.readFileSync(path.join(project, place[1] ?? ""), "utf8").split("\n")[Number(place[2]) - 1]?.trim() ?? ""}`
        errors.set(owner, [...errors.get(owner) ?? [], owner === "" ? line : `${line.replace(`${owner}/`, "")}${source}`])
      }
      resolve(errors)
    })
  }))
