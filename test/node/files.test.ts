/**
 * Downloads to disk and profiles, through `credence/node`.
 */
import { describe, expect, it } from "@effect/vitest"
import { Auth, Configuration, Endpoint, Session } from "credence"
import { NodeFile, NodeTransport, Profile } from "credence/node"
import * as Cause from "effect/Cause"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
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

const serve = (handler: http.RequestListener) => Effect.map(serveFor(handler), (as) => as(Auth.anonymous()))

/** a server, and sessions of it by their credentials */
const serveFor = (handler: http.RequestListener) =>
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
      return (auth: Layer.Layer<Auth.Authentication>) => Files.layer().pipe(Layer.provide([auth, Configuration.layer({ baseUrl, retry: "none" }), NodeTransport.layer({ environment: {} })]))
    }
  )

/** a credential whose owner is known after a login only */
const userOf = (identity: string) =>
  Layer.succeed(Auth.Authentication, {
    method: "password",
    make: () => Effect.sync(() => {
      let state: "none" | "active" = "none"
      const login = Effect.sync(() => void (state = "active"))
      return {
        method: "password",
        credentials: () => Effect.as(login, { headers: { "x-user": identity }, generation: 1 }),
        challenged: () => Effect.undefined,
        authenticate: login,
        status: Effect.sync(() => ({ method: "password", state, generation: 1, identity: state === "none" ? undefined : identity })),
        secrets: () => []
      }
    })
  })

/** A server with one file that takes ranges. What it was asked, and whether it breaks off after 4 bytes. */
const ranges = (body: string) => {
  const world = { asked: [] as Array<string | undefined>, cut: true, body }
  const handler: http.RequestListener = (request, response) => {
    world.asked.push(request.headers.range)
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0)
    if (from >= world.body.length) {
      response.writeHead(416, { "content-range": `bytes */${world.body.length}` }).end()
      return
    }
    response.writeHead(from > 0 ? 206 : 200, {
      etag: `"1"`,
      "content-length": world.body.length - from,
      ...(from > 0 ? { "content-range": `bytes ${from}-${world.body.length - 1}/${world.body.length}` } : {})
    })
    if (world.cut) response.write(world.body.slice(from, from + 4), () => setTimeout(() => response.destroy(), 20))
    else response.end(world.body.slice(from))
  }
  return { world, handler }
}

const contents = (dir: string) =>
  Effect.promise(async () => Object.fromEntries(await Promise.all((await fs.readdir(dir)).sort().map(async (name) => [name, await fs.readFile(path.join(dir, name), "utf8")] as const))))

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
      // without a validator there is nothing to go on with
      for (const resume of [false, true]) {
        const error = yield* Effect.flip(NodeFile.download(get, { id: "1" }, { folder: dir, resume })).pipe(Effect.provide(live))
        expect(error).toMatchObject({ _tag: "ConnectionFailed" })
        expect(yield* Effect.promise(() => fs.readdir(dir))).toEqual([])
      }
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
      expect(Object.keys(yield* contents(dir))).toEqual(["a (1).txt", "a.txt"])
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

      // the same content is there already
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

  it.live("two downloads of the same at once do not share a file", () =>
    Effect.scoped(Effect.gen(function*() {
      const dir = yield* folder
      const waiting: Array<http.ServerResponse> = []
      const live = yield* serve((_, response) => {
        // both are under way before either gets a byte
        if (waiting.push(response) < 2) return
        waiting.forEach((each, index) => {
          each.write("ab"[index]!.repeat(3))
          setImmediate(() => each.end("ab"[index]!.repeat(3)))
        })
      })
      const go = NodeFile.download(get, { id: "1" }, { folder: dir, name: "f" })
      yield* Effect.all([go, go], { concurrency: 2 }).pipe(Effect.provide(live))
      expect(Object.values(yield* contents(dir)).sort()).toEqual(["aaaaaa", "bbbbbb"])
      expect(Object.keys(yield* contents(dir))).toEqual(["f", "f (1)"])
    })))

  it.live("two that could resume do not share one either", () =>
    Effect.scoped(Effect.gen(function*() {
      const dir = yield* folder
      const { handler, world } = ranges("0123456789")
      const waiting: Array<() => void> = []
      const live = yield* serve((request, response) => {
        if (world.cut) return handler(request, response)
        if (waiting.push(() => handler(request, response)) === 2) waiting.forEach((run) => run())
      })
      const go = NodeFile.download(get, { id: "1" }, { folder: dir, name: "f", resume: true })
      yield* Effect.gen(function*() {
        yield* Effect.flip(go)
        world.cut = false
        yield* Effect.all([go, go], { concurrency: 2 })
      }).pipe(Effect.provide(live))
      expect([world.asked.length, world.asked.filter((range) => range !== undefined)]).toEqual([3, ["bytes=4-"]])
      expect(yield* contents(dir)).toEqual({ f: "0123456789" })
    })))

  it.live("one that is interrupted leaves nothing", () =>
    Effect.scoped(Effect.gen(function*() {
      const dir = yield* folder
      const live = yield* serve((_, response) => void response.write("abc"))
      const begun = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(NodeFile.download(get, { id: "1" }, { folder: dir, onProgress: () => Effect.asVoid(Deferred.succeed(begun, undefined)) }).pipe(Effect.provide(live)))
      yield* Deferred.await(begun)
      expect(Object.values(yield* contents(dir))).toEqual(["abc"])
      yield* Fiber.interrupt(fiber)
      expect(yield* contents(dir)).toEqual({})
    })))

  it.live("a part belongs to its user and its server; its user goes on with it, also in a session that has not logged in yet", () =>
    Effect.scoped(Effect.gen(function*() {
      const dir = yield* folder
      const one = ranges("0123456789")
      const other = ranges("abcdefghij")
      const as = yield* serveFor(one.handler)
      const elsewhere = yield* serveFor(other.handler)
      const go = NodeFile.download(get, { id: "1" }, { folder: dir, name: "f", resume: true })
      yield* Effect.flip(go).pipe(Effect.provide(as(userOf("ada"))))
      other.world.cut = false
      yield* go.pipe(Effect.provide(elsewhere(userOf("ada"))))
      expect(other.world.asked).toEqual([undefined])
      one.world.cut = false
      yield* go.pipe(Effect.provide(as(userOf("grace"))))
      yield* go.pipe(Effect.provide(as(Auth.anonymous())))
      yield* go.pipe(Effect.provide(as(userOf("ada"))))
      expect(one.world.asked).toEqual([undefined, undefined, undefined, "bytes=4-"])
      expect(yield* contents(dir)).toEqual({ f: "abcdefghij", "f (1)": "0123456789" })
    })))

  it.live("with `resume`, a file of the same content stays, one of the same size does not count", () =>
    Effect.scoped(Effect.gen(function*() {
      const dir = yield* folder
      const files: Record<string, string> = { "/1": "x".repeat(100_000), "/2": `${"x".repeat(99_999)}y` }
      const live = yield* serve((request, response) => response.end(files[request.url ?? ""]))
      const go = (id: string, onExists: NodeFile.DownloadOptions["onExists"] = "rename") => NodeFile.download(get, { id }, { folder: dir, name: "f", resume: true, onExists })
      yield* Effect.gen(function*() {
        expect([(yield* go("1")).name, (yield* go("2")).name]).toEqual(["f", "f (1)"])
        const before = yield* Effect.promise(() => fs.stat(path.join(dir, "f")))
        // once more: each finds its own
        expect([(yield* go("1")).name, (yield* go("2")).name]).toEqual(["f", "f (1)"])
        expect([(yield* go("1", "fail")).name, (yield* go("1", "overwrite")).name]).toEqual(["f", "f"])
        expect((yield* Effect.promise(() => fs.stat(path.join(dir, "f")))).ino).toBe(before.ino)
        expect(yield* Effect.flip(go("2", "fail"))).toMatchObject({ _tag: "FileFailed", code: "EEXIST" })
      }).pipe(Effect.provide(live))
      expect(yield* Effect.promise(() => fs.readFile(path.join(dir, "f (1)"), "utf8"))).toBe(files["/2"])
      expect(Object.keys(yield* contents(dir)).filter((name) => !name.startsWith("."))).toEqual(["f", "f (1)"])

      // a link that leads to the same content is another file
      yield* Effect.promise(() => fs.rename(path.join(dir, "f"), path.join(dir, "g")))
      yield* Effect.promise(() => fs.symlink("g", path.join(dir, "f")))
      yield* Effect.promise(() => fs.rm(path.join(dir, "f (1)")))
      expect((yield* go("1").pipe(Effect.provide(live))).name).toBe("f (1)")
    })))

  it.live("a part that is whole already, or longer than the file is now, does not stand in the way", () =>
    Effect.scoped(Effect.gen(function*() {
      const dir = yield* folder
      const { handler, world } = ranges("0123456789")
      const live = yield* serve(handler)
      const go = NodeFile.download(get, { id: "1" }, { folder: dir, name: "f", resume: true, onExists: "fail" }).pipe(Effect.provide(live))
      world.cut = false
      yield* Effect.promise(() => fs.writeFile(path.join(dir, "f"), "in the way"))
      expect(yield* Effect.flip(go)).toMatchObject({ _tag: "FileFailed", code: "EEXIST" })
      yield* Effect.promise(() => fs.rm(path.join(dir, "f")))
      yield* go
      expect(world.asked).toEqual([undefined, "bytes=10-", undefined])
      expect(yield* contents(dir)).toEqual({ f: "0123456789" })
    })))

  describe("input that JSON cannot hold", () => {
    const getByNumber = Endpoint.get(Files, "/{id}", { name: "getByNumber", path: { id: Schema.BigIntFromString }, success: Endpoint.Reply.stream() })
    const getBySecret = Endpoint.get(Files, "/{id}", { name: "getBySecret", path: { id: Schema.String }, query: { key: Schema.RedactedFromValue(Schema.String) }, success: Endpoint.Reply.stream() })

    it.live("a bigint has a part of its own", () =>
      Effect.scoped(Effect.gen(function*() {
        const dir = yield* folder
        const { handler, world } = ranges("0123456789")
        const live = yield* serve(handler)
        const go = (id: bigint) => NodeFile.download(getByNumber, { id }, { folder: dir, name: "f", resume: true }).pipe(Effect.provide(live))
        yield* Effect.flip(go(1n))
        world.cut = false
        yield* go(2n)
        yield* go(1n)
        expect(world.asked).toEqual([undefined, undefined, "bytes=4-"])
      })))

    it.live("a circle and a secret are downloaded without resuming", () =>
      Effect.scoped(Effect.gen(function*() {
        const dir = yield* folder
        const { handler, world } = ranges("0123456789")
        const live = yield* serve(handler)
        const circle: { readonly id: string; self?: unknown } = { id: "1" }
        circle.self = circle
        const options = { folder: dir, name: "f", resume: true }
        yield* Effect.gen(function*() {
          yield* Effect.flip(NodeFile.download(get, circle, options))
          yield* Effect.flip(NodeFile.download(getBySecret, { id: "1", key: Redacted.make("a") }, options))
          expect(yield* contents(dir)).toEqual({})
          world.cut = false
          yield* NodeFile.download(getBySecret, { id: "1", key: Redacted.make("b") }, options)
          yield* NodeFile.download(get, circle, options)
        }).pipe(Effect.provide(live))
        expect(world.asked).toEqual([undefined, undefined, undefined, undefined])
        expect(yield* contents(dir)).toEqual({ f: "0123456789" })
      })))

    it.live("input of a wrong type is what the call makes of it", () =>
      Effect.scoped(Effect.gen(function*() {
        const dir = yield* folder
        const live = yield* serve((_, response) => response.end("x"))
        for (const input of [null, undefined, 1n] as ReadonlyArray<unknown>) {
          // what a program without types may pass
          const go = (resume: boolean) => Effect.exit(NodeFile.download(get, input as { readonly id: string }, { folder: dir, resume })).pipe(Effect.provide(live))
          const [plain, resumed] = [yield* go(false), yield* go(true)]
          expect(Exit.isFailure(resumed) && Cause.squash(resumed.cause)).toEqual(Exit.isFailure(plain) && Cause.squash(plain.cause))
          expect(Exit.isFailure(resumed)).toBe(true)
        }
        expect(yield* contents(dir)).toEqual({})
      })))
  })

  it.live("a part that nobody asked for, or another one than was asked for, is no file", () =>
    Effect.scoped(Effect.gen(function*() {
      const dir = yield* folder
      const live = yield* serve((_, response) => {
        response.writeHead(206, { "content-range": "bytes 5-9/10", "content-length": 5 })
        response.end("56789")
      })
      const error = yield* Effect.flip(NodeFile.download(get, { id: "1" }, { folder: dir })).pipe(Effect.provide(live))
      expect(error).toMatchObject({ _tag: "FileFailed" })
      expect(yield* Effect.promise(() => fs.readdir(dir))).toEqual([])
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
