/**
 * Downloads to disk and profiles, through `credence/node`.
 */
import { describe, expect, it } from "@effect/vitest"
import { Auth, Configuration, Endpoint, Session } from "credence"
import { NodeFile, NodeTransport, Profile } from "credence/node"
import * as Cause from "effect/Cause"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as fs from "node:fs/promises"
import * as http from "node:http"
import * as os from "node:os"
import * as path from "node:path"

class Files extends Session.Service<Files>()("files") {}
const get = Endpoint.get(Files, "/{id}", { name: "getFile", path: { id: Schema.String }, success: Endpoint.Reply.stream(), errors: { 404: Schema.Struct({ title: Schema.String }) } })

const folder = Effect.acquireRelease(
  Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "credence-files-"))),
  (dir) => Effect.promise(() => fs.rm(dir, { recursive: true, force: true }))
)

const serve = (handler: http.RequestListener) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(() => new Promise<http.Server>((resolve) => {
        const server = http.createServer(handler)
        server.listen(0, "127.0.0.1", () => resolve(server))
      })),
      (server) => Effect.sync(() => {
        server.closeAllConnections()
        server.close()
      })
    ),
    (server) => {
      const address = server.address()
      const baseUrl = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
      return Files.layer().pipe(Layer.provide([Auth.anonymous(), Configuration.layer({ baseUrl, retry: "none" }), NodeTransport.layer({ environment: {} })]))
    }
  )

describe("NodeFile.download", () => {
  it.live("writes a file whole, under a safe name, with progress, and leaves nothing beside it", () =>
    Effect.scoped(Effect.gen(function*() {
      const dir = yield* folder
      const live = yield* serve((_, response) => {
        response.setHeader("content-disposition", `attachment; filename="../../evil.sh"; filename*=UTF-8''..%2Fna%C3%AFve%20report.txt`)
        response.setHeader("content-length", 6)
        response.write("abc")
        setImmediate(() => response.end("def"))
      })
      const seen: Array<NodeFile.Progress> = []
      const file = yield* NodeFile.download(get, { id: "1" }, { folder: dir, onProgress: (p) => Effect.sync(() => void seen.push(p)) }).pipe(Effect.provide(live))
      expect(file).toMatchObject({ name: "naïve report.txt", size: 6, path: path.join(dir, "naïve report.txt") })
      expect(yield* Effect.promise(() => fs.readFile(file.path, "utf8"))).toBe("abcdef")
      expect(seen.at(-1)).toEqual({ name: "naïve report.txt", received: 6, total: 6 })
      expect(yield* Effect.promise(() => fs.readdir(dir))).toEqual(["naïve report.txt"])
    })))

  it.live("a truncated body leaves no file, and fails typed", () =>
    Effect.scoped(Effect.gen(function*() {
      const dir = yield* folder
      const live = yield* serve((_, response) => {
        response.setHeader("content-length", 100)
        response.write("abc", () => response.destroy())
      })
      const error = yield* Effect.flip(NodeFile.download(get, { id: "1" }, { folder: dir })).pipe(Effect.provide(live))
      expect(error).toMatchObject({ _tag: "ConnectionFailed" })
      expect(yield* Effect.promise(() => fs.readdir(dir))).toEqual([])
    })))

  it.live("another file of that name is kept, overwritten or refused, as asked", () =>
    Effect.scoped(Effect.gen(function*() {
      const dir = yield* folder
      const live = yield* serve((_, response) => response.end("new"))
      const options = { folder: dir, name: "a.txt" }
      yield* Effect.promise(() => fs.writeFile(path.join(dir, "a.txt"), "old"))
      const renamed = yield* NodeFile.download(get, { id: "1" }, options).pipe(Effect.provide(live))
      expect(renamed.name).toBe("a (1).txt")
      expect(yield* Effect.promise(() => fs.readFile(path.join(dir, "a.txt"), "utf8"))).toBe("old")
      const refused = yield* Effect.flip(NodeFile.download(get, { id: "1" }, { ...options, onExists: "fail" })).pipe(Effect.provide(live))
      expect(refused).toMatchObject({ _tag: "FileFailed", code: "EEXIST" })
      yield* NodeFile.download(get, { id: "1" }, { ...options, onExists: "overwrite" }).pipe(Effect.provide(live))
      expect(yield* Effect.promise(() => fs.readFile(path.join(dir, "a.txt"), "utf8"))).toBe("new")
    })))

  it.live("resumes where it stopped if the server still has the same version, and starts again if not", () =>
    Effect.scoped(Effect.gen(function*() {
      const dir = yield* folder
      const body = "0123456789"
      const asked: Array<string | undefined> = []
      let etag = `"v1"`
      let cut = true
      const live = yield* serve((request, response) => {
        asked.push(request.headers.range)
        const from = request.headers["if-range"] === etag ? Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0) : 0
        response.writeHead(from > 0 ? 206 : 200, {
          etag,
          "content-length": body.length - from,
          ...(from > 0 ? { "content-range": `bytes ${from}-9/10` } : {})
        })
        if (cut) response.write(body.slice(from, from + 4), () => setTimeout(() => response.destroy(), 20))
        else response.end(body.slice(from))
      })
      const go = NodeFile.download(get, { id: "1" }, { folder: dir, name: "f", resume: true }).pipe(Effect.provide(live))
      yield* Effect.flip(go)
      cut = false
      const file = yield* go
      expect(asked).toEqual([undefined, "bytes=4-"])
      expect(yield* Effect.promise(() => fs.readFile(file.path, "utf8"))).toBe(body)
      expect(yield* Effect.promise(() => fs.readdir(dir))).toEqual(["f"])

      // complete and of the same size: not written again
      expect((yield* go).path).toBe(file.path)
      expect(yield* Effect.promise(() => fs.readdir(dir))).toEqual(["f"])

      yield* Effect.promise(() => fs.rm(file.path))
      cut = true
      yield* Effect.flip(go)
      cut = false
      etag = `"v2"`
      const second = yield* go
      expect(asked.at(-1)).toBe("bytes=4-")
      expect(yield* Effect.promise(() => fs.readFile(second.path, "utf8"))).toBe(body)
    })))

  it.live("an error status is the endpoint's own error, and a folder that cannot be made is FileFailed", () =>
    Effect.scoped(Effect.gen(function*() {
      const dir = yield* folder
      const live = yield* serve((_, response) => {
        response.writeHead(404, { "content-type": "application/json" })
        response.end(`{"title":"gone"}`)
      })
      const title = yield* NodeFile.download(get, { id: "1" }, { folder: dir }).pipe(Effect.map(() => ""), Effect.catchTag("NotFound", (e) => Effect.succeed(e.body.title)), Effect.provide(live))
      expect(title).toBe("gone")
      yield* Effect.promise(() => fs.writeFile(path.join(dir, "file"), ""))
      const failed = yield* Effect.flip(NodeFile.download(get, { id: "1" }, { folder: path.join(dir, "file", "below") })).pipe(Effect.provide(live))
      expect(failed).toMatchObject({ _tag: "FileFailed", action: "make the folder" })
    })))
})

describe("Profile.layer", () => {
  const settings = (toml: string, options: Profile.ProfileOptions, environment: Record<string, string> = {}) =>
    Effect.scoped(Effect.gen(function*() {
      const dir = yield* folder
      const file = path.join(dir, "profiles.toml")
      yield* Effect.promise(() => fs.writeFile(file, toml))
      return yield* Effect.map(Configuration.Configuration, ({ options: found }) => found).pipe(
        Effect.provide(Configuration.fromConfig("ARGUS_API").pipe(
          Layer.provide(Profile.layer({ file, ...options })),
          Layer.provide(Layer.succeed(ConfigProvider.ConfigProvider, ConfigProvider.fromEnvRecord(environment)))
        ))
      )
    }))

  const toml = `
[default]
ARGUS_API_URL = "https://default.example.com"
[work]
argus_api_url = "https://work.example.com"
[work.argus_api]
timeout = 20
`

  it.effect("gives what the environment does not say; nested tables join their names", () =>
    Effect.gen(function*() {
      expect((yield* settings(toml, {})).baseUrl).toBe("https://default.example.com")
      const work = yield* settings(toml, { profile: "work" })
      expect(work.baseUrl).toBe("https://work.example.com")
      expect(work.timeout).toEqual(Duration.seconds(20))
      expect((yield* settings(toml, {}, { CREDENCE_PROFILE: "work" })).baseUrl).toBe("https://work.example.com")
      expect((yield* settings(toml, { profile: "work" }, { ARGUS_API_URL: "https://env.example.com" })).baseUrl).toBe("https://env.example.com")
    }))

  it.effect("says what is wrong without quoting it", () =>
    Effect.gen(function*() {
      const missing = yield* Effect.flip(settings(toml, { profile: "nowhere" }))
      expect(missing.message).toContain("profile nowhere")
      expect(missing.message).toContain("default, work")
      const broken = yield* Effect.exit(settings("[a]\nsecret = CANARY-7\n", {}))
      expect(Exit.isFailure(broken) && Cause.pretty(broken.cause)).toContain("line 2")
      expect(JSON.stringify(broken)).not.toContain("CANARY-7")
      const wrong = yield* Effect.flip(settings(`[default]\nARGUS_API_TIMEOUT = "soon"\n`, {}))
      expect(wrong.message).toContain("ARGUS_API_TIMEOUT: expected a number of seconds above 0")
      expect(wrong.message).not.toContain("soon")
    }))
})
