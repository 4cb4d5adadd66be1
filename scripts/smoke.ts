/**
 * Packs the runtime and the kit, installs both in an empty project as a user would, generates a client there, compiles
 * programs in strict TypeScript, runs them, and bundles one for a browser.
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "..")
const folder = mkdtempSync(path.join(os.tmpdir(), "credence-smoke-"))

const run = (what: string, cwd: string, command: string, args: ReadonlyArray<string>): string => {
  const result = spawnSync(command, args, { cwd, encoding: "utf8", env: { ...process.env, NODE_OPTIONS: "" } })
  if (result.status !== 0) throw new Error(`${what}: ${result.stdout}${result.stderr}`)
  return result.stdout
}

const versionOf = (name: string): string => (JSON.parse(readFileSync(path.join(root, "node_modules", name, "package.json"), "utf8")) as { readonly version: string }).version

const program = `import { Auth, Configuration, Endpoint, Session, Transport } from "credence"
import { Argus } from "credence/argus"
import { getCurrentUser } from "credence/argus/currentuser/v1/user"
import { example, handle, layerTest, Script } from "credence/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

class Billing extends Session.Service<Billing>()("billing") {}
const getInvoice = Endpoint.get(Billing, "/invoices/{id}", { path: { id: Schema.String }, success: Schema.Struct({ id: Schema.String }), errors: { 404: Schema.Struct({ title: Schema.String }) } })
const title = getInvoice({ id: "7" }).pipe(Effect.map((invoice) => invoice.id), Effect.catchTag("NotFound", (e) => Effect.succeed(e.body.title)))

const script = await Effect.runPromise(Script.make([Script.once(getInvoice, { status: 404, body: { title: "none" } })]))
const Live = Billing.layer().pipe(Layer.provide([Auth.bearer(Redacted.make("t")), Configuration.layer({ baseUrl: "https://billing.example.com" }), script.layer]))
const test = layerTest(Argus, [handle(getCurrentUser, () => Effect.succeed(example(getCurrentUser, { data: { userName: "ada" } })))])
const me = await Effect.runPromise(getCurrentUser().pipe(Effect.map((user) => user.data.userName), Effect.provide(test)))
console.log(await Effect.runPromise(title.pipe(Effect.provide(Live))), me, typeof Transport.fromHttpClient)
`

/** One call to each system of the packed sandbox, with a login that a packed store keeps. */
const systems = `import { Configuration } from "credence"
import { Ansys, AnsysAuth } from "credence/ansys"
import { listItems } from "credence/ansys/items"
import { Argus, ArgusAuth } from "credence/argus"
import { getCurrentUser } from "credence/argus/currentuser/v1/user"
import { Ica, IcaAuth } from "credence/ica"
import { getProjects } from "credence/ica/projects"
import { FileStore, NodeTransport } from "credence/node"
import { Ovirt, OvirtAuth, OvirtConfiguration } from "credence/ovirt"
import * as RedisStore from "credence/redis"
import { Scope, Tpp, TppAuth } from "credence/tpp"
import { getVersion } from "credence/tpp/systemstatus"
import * as Sandbox from "credence-kit/sandbox"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

const program = Effect.gen(function*() {
  const { ansys, argus, ica, ovirt, tpp } = yield* Sandbox.Sandbox
  const demo = { username: "demo", password: Redacted.make("demo-password") }
  const over = Layer.mergeAll(NodeTransport.layer({ environment: {} }), FileStore.layer({ folder: "tokens" }))
  const at = (baseUrl: string) => Configuration.layer({ baseUrl })
  const tppAt = Configuration.layer({ baseUrl: tpp.url, tls: { ca: tpp.ca } })
  const scope = Scope.make({ certificate: ["manage"] })
  return [
    yield* getCurrentUser().pipe(Effect.map((me) => me.data.userName), Effect.provide(Argus.layer().pipe(Layer.provide([ArgusAuth.password(demo), at(argus.url), over])))),
    yield* getVersion().pipe(Effect.map(({ Version }) => typeof Version), Effect.provide(Tpp.layer().pipe(Layer.provide([TppAuth.password({ ...demo, clientId: tpp.clientId, scope }), tppAt, over])))),
    yield* Ovirt.test().pipe(Effect.provide(Ovirt.layer().pipe(Layer.provide([OvirtAuth.password(demo), OvirtConfiguration.layer({ url: ovirt.url }), over])))),
    yield* getProjects({ pageSize: 1 }).pipe(Effect.map(({ items }) => items.length), Effect.provide(Ica.layer().pipe(Layer.provide([IcaAuth.password({ ...demo, tenant: ica.tenant }), at(ica.url), over])))),
    yield* listItems().pipe(Effect.map((items) => items.length > 0), Effect.provide(Ansys.layer().pipe(Layer.provide([AnsysAuth.credentials({ ...demo, scheme: "Basic" }), at(ansys.url + "/basic"), over])))),
    typeof RedisStore.layer
  ].join(" ")
}).pipe(Effect.provide(Sandbox.layer()))
console.log(await Effect.runPromise(program))
`

const browser = `import { Auth, Configuration, Endpoint, Session, Transport } from "credence"
import * as Schema from "effect/Schema"
class Api extends Session.Service()("api") {}
console.log(Endpoint.get(Api, "/x", { success: Schema.String }), Auth.anonymous(), Configuration.layer(), Transport.layerFromHttpClient({ redirects: "manual" }))
`

/** A document as a user may have one, and a program over the client that comes out of it. */
const document = `openapi: 3.1.0
info: { title: Shelf, version: "1" }
servers: [{ url: https://shelf.example.com/v1 }]
paths:
  /books/{id}:
    get:
      operationId: getBook
      tags: [books]
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses:
        "200": { description: the book, content: { application/json: { schema: { $ref: "#/components/schemas/Book" } } } }
        "404": { description: none, content: { application/json: { schema: { type: object, required: [title], properties: { title: { type: string } } } } } }
components:
  schemas:
    Book: { type: object, required: [id, state], properties: { id: { type: string }, state: { type: string, enum: [here, lent] } } }
`

const shelf = `import { Open } from "credence"
import { handle, layerTest } from "credence/testing"
import * as Effect from "effect/Effect"
import { Books, Shelf } from "./shelf/index.ts"

const test = layerTest(Shelf, [handle(Books.getBook, ({ id }) => Effect.succeed({ id, state: "lent" as const }))])
const state = Books.getBook({ id: "7" }).pipe(Effect.map((book) => book.state instanceof Open.Unrecognized ? "new" : book.state), Effect.catchTag("NotFound", (e) => Effect.succeed(e.body.title)))
console.log(await Effect.runPromise(state.pipe(Effect.provide(test))))
`

interface Archive {
  readonly filename: string
  readonly files: ReadonlyArray<{ readonly path: string }>
}

const pack = (where: string): Archive => {
  run("build", where, "npm", ["run", "-s", "build"])
  const packed = JSON.parse(run("pack", where, "npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder])) as ReadonlyArray<Archive> | Readonly<Record<string, Archive>>
  const [archive] = Object.values(packed)
  if (archive === undefined) throw new Error("npm pack made nothing")
  const stray = archive.files.map((file) => file.path).filter((file) => !/^(?:dist\/|src\/|README\.md$|CHANGELOG\.md$|LICENSE$|package\.json$)/.test(file) || /\.test\.|\.snippets/.test(file))
  if (stray.length > 0) throw new Error(`packed what does not belong there: ${stray.join(", ")}`)
  return archive
}

try {
  const archive = pack(root)
  const kit = pack(path.join(root, "kit"))

  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name: "smoke", private: true, type: "module" }))
  run("install", folder, "npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", path.join(folder, archive.filename), path.join(folder, kit.filename), `effect@${versionOf("effect")}`, `@effect/platform-node@${versionOf("@effect/platform-node")}`, `typescript@${versionOf("typescript")}`, `esbuild@${versionOf("esbuild")}`, `@types/node@${versionOf("@types/node")}`])
  writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: { target: "es2023", module: "nodenext", strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, types: ["node"], allowImportingTsExtensions: true, noEmit: true }, include: ["program.ts", "systems.ts", "shelf.ts", "shelf"] }))
  writeFileSync(path.join(folder, "program.ts"), program)
  writeFileSync(path.join(folder, "systems.ts"), systems)
  writeFileSync(path.join(folder, "shelf.yaml"), document)
  writeFileSync(path.join(folder, "shelf.ts"), shelf)
  run("generate", folder, "npx", ["credence", "generate", "shelf.yaml", "--out", "shelf", "--strict"])
  run("generate --check", folder, "npx", ["credence", "generate", "shelf.yaml", "--out", "shelf", "--check"])
  const shown = run("call --dry-run", folder, "npx", ["credence", "call", "shelf", "getBook", "--id", "7", "--dry-run"])
  if (!shown.startsWith("GET https://shelf.example.com/v1/books/7\n")) throw new Error(`the call would be: ${shown}`)
  // skipLibCheck is off: the declarations must hold by themselves
  run("types", folder, process.execPath, ["node_modules/typescript/bin/tsc", "-p", "."])
  const said = run("program", folder, process.execPath, ["program.ts"]).trim()
  if (said !== "none ada function") throw new Error(`the program said: ${said}`)
  const lent = run("generated client", folder, process.execPath, ["shelf.ts"]).trim()
  if (lent !== "lent") throw new Error(`the generated client said: ${lent}`)
  const reached = run("the five systems", folder, process.execPath, ["systems.ts"]).trim()
  if (reached !== "demo string true 1 true function") throw new Error(`the five systems said: ${reached}`)
  writeFileSync(path.join(folder, "browser.js"), browser)
  // platform browser: anything of Node would be an error
  run("browser bundle", folder, "npx", ["esbuild", "browser.js", "--bundle", "--platform=browser", "--format=esm", "--outfile=out.js", "--log-level=error"])
  console.log(`packed ${archive.files.length} and ${kit.files.length} files; installed, generated, compiled, run and bundled`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
