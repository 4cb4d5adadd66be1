/**
 * What one endpoint costs in a browser, gzipped, against what effect's own modules cost there.
 */
import * as esbuild from "esbuild"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import * as path from "node:path"
import { spawnSync } from "node:child_process"
import { gzipSync } from "node:zlib"
import { rolldown } from "rolldown"

const root = path.resolve(import.meta.dirname, "..")

/** What is bundled: the floor, then what `credence` adds to it. */
export const programs = {
  "floor: effect's HttpClient over fetch, Schema": `
    import * as Effect from "effect/Effect"
    import * as FetchHttpClient from "effect/http/FetchHttpClient"
    import * as HttpClient from "effect/http/HttpClient"
    import * as Schema from "effect/Schema"
    const User = Schema.Struct({ name: Schema.String })
    Effect.runPromise(HttpClient.get("/user").pipe(Effect.flatMap((r) => r.json), Effect.flatMap(Schema.decodeUnknownEffect(User)), Effect.provide(FetchHttpClient.layer))).then(console.log)`,
  "credence: one endpoint by hand, over fetch": `
    import * as Effect from "effect/Effect"
    import * as FetchHttpClient from "effect/http/FetchHttpClient"
    import * as Layer from "effect/Layer"
    import * as Redacted from "effect/Redacted"
    import * as Schema from "effect/Schema"
    import * as Auth from "credence/Auth"
    import * as Configuration from "credence/Configuration"
    import * as Endpoint from "credence/Endpoint"
    import * as Session from "credence/Session"
    import * as Transport from "credence/Transport"
    class Api extends Session.Service()("api") {}
    const User = Schema.Struct({ name: Schema.String })
    const getUser = Endpoint.get(Api, "/user", { success: User })
    const Live = Api.layer().pipe(Layer.provide([Auth.bearer(Redacted.make("t")), Configuration.layer({ baseUrl: "https://api.example.com" }), Transport.layerFromHttpClient({ redirects: "manual" }).pipe(Layer.provide(FetchHttpClient.layer))]))
    Effect.runPromise(getUser().pipe(Effect.provide(Live))).then(console.log)`,
  "credence: one endpoint of Argus, api key": `
    import * as Effect from "effect/Effect"
    import * as FetchHttpClient from "effect/http/FetchHttpClient"
    import * as Layer from "effect/Layer"
    import * as Redacted from "effect/Redacted"
    import * as Auth from "credence/Auth"
    import * as Configuration from "credence/Configuration"
    import * as Transport from "credence/Transport"
    import { Argus } from "credence/argus"
    import { getCurrentUser } from "credence/argus/currentuser/v1/user"
    const Live = Argus.layer().pipe(Layer.provide([Auth.apiKey({ header: "Argus-API-Key", key: Redacted.make("k") }), Configuration.layer(), Transport.layerFromHttpClient({ redirects: "manual" }).pipe(Layer.provide(FetchHttpClient.layer))]))
    Effect.runPromise(getCurrentUser().pipe(Effect.provide(Live))).then(console.log)`
}

/** KB, gzipped. */
export const gz = (code: string): number => gzipSync(code, { level: 9 }).length / 1024

export const bundle = async (): Promise<void> => {
  if (!existsSync(path.join(root, "dist/index.js"))) spawnSync("npm", ["run", "build"], { cwd: root, stdio: "inherit" })
  // below the root, so that both bundlers resolve packages as a user's project would
  const folder = mkdtempSync(path.join(root, "node_modules/.bench-"))
  console.log("\nbundle: minified, gzipped; baseline is the first row")
  try {
    for (const bundler of ["esbuild", "rolldown"] as const) {
      let base = 0
      for (const [name, source] of Object.entries(programs)) {
        const entry = path.join(folder, "entry.js")
        writeFileSync(entry, source)
        let code: string
        if (bundler === "esbuild") {
          const result = await esbuild.build({ entryPoints: [entry], bundle: true, minify: true, format: "esm", platform: "browser", write: false, logLevel: "error" })
          code = result.outputFiles[0]?.text ?? ""
        } else {
          const build = await rolldown({ input: entry, platform: "browser", logLevel: "silent" })
          const output = await build.generate({ format: "esm", minify: true })
          code = output.output.map((chunk) => "code" in chunk ? chunk.code : "").join("")
        }
        if (/from\s*"node:/.test(code)) throw new Error(`${name}: the bundle needs Node`)
        const size = gz(code)
        if (base === 0) base = size
        console.log(`  ${bundler.padEnd(9)} ${name.padEnd(46)} ${(size / base).toFixed(2)} (${size.toFixed(1)} KB, ${size - base >= 0 ? "+" : ""}${(size - base).toFixed(1)} KB)`)
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
