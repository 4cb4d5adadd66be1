/** Token stores over a real Redis and a real secret service. */
import { NodeRedis } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { FileStore, Keyring } from "credence/node"
import * as RedisStore from "credence/redis"
import type { TokenStore } from "credence/TokenStore"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Redis } from "effect/persistence/Redis"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { execFileSync, spawn, spawnSync } from "node:child_process"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs"
import * as net from "node:net"
import * as path from "node:path"
import * as readline from "node:readline"
import { inspect } from "node:util"
import { afterAll, beforeAll } from "vitest"
import { laws, put, type Subject, text } from "../support/stores.ts"
import { env } from "./environment.ts"

const live = <E>(name: string, test: () => Effect.Effect<unknown, E, Scope.Scope>) => it.live(name, () => Effect.scoped(test()), 30_000)
const key = Redacted.make(Buffer.alloc(32, 7).toString("base64"))

/** A Redis service over a connection of its own. */
const connect = (url: string) => Layer.build(NodeRedis.layer({ url, disableOfflineQueue: true }))
const storeAt = (url: string, options: RedisStore.RedisStoreOptions) => Effect.flatMap(connect(url), (context) => Effect.provideContext(RedisStore.make(options), context))

const pair = (options: RedisStore.RedisStoreOptions = {}): Effect.Effect<Subject, unknown, Scope.Scope> => Effect.suspend(() => {
  const prefix = `test:${randomUUID()}:`
  return Effect.all({ here: storeAt(env("TB_REDIS"), { prefix, ...options }), there: storeAt(env("TB_REDIS"), { prefix, ...options }) })
})

describe("the store in Redis", () => laws(pair()))
describe("the store in Redis, encrypted", () => laws(pair({ key })))

/** A Redis of the test's own, which it may break; `tell` runs a command there. */
const ownRedis = Effect.gen(function*() {
  const port = yield* Effect.promise(() => new Promise<number>((resolve) => {
    const probe = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as net.AddressInfo
      probe.close(() => resolve(port))
    })
  }))
  const start = Effect.acquireRelease(
    Effect.promise(async () => {
      const server = spawn("redis-server", ["--bind", "127.0.0.1", "--port", String(port), "--save", "", "--requirepass", "redis-secret-2"], { stdio: ["ignore", "pipe", "inherit"] })
      for await (const line of readline.createInterface({ input: server.stdout })) if (line.includes("Ready to accept connections")) break
      server.stdout.resume()
      return server
    }),
    (server) => Effect.sync(() => server.kill("SIGKILL"))
  )
  const server = yield* start
  const url = `redis://default:redis-secret-2@127.0.0.1:${port}`
  const tell = (...command: ReadonlyArray<string>) =>
    Effect.sync(() => execFileSync("redis-cli", ["-p", String(port), "--no-auth-warning", "-a", "redis-secret-2", ...command], { encoding: "utf8" }).trim())
  return { url, server, start, tell, port }
})

const fails = <A, E extends { readonly message: string }>(effect: Effect.Effect<A, E, Scope.Scope>, reason: string, message: RegExp) =>
  Effect.map(Effect.flip(Effect.scoped(effect)), (error) => {
    assert.strictEqual("reason" in error && error.reason, reason)
    assert.match(error.message, message)
    assert.notMatch(inspect(error, { depth: 8 }), /canary|redis-secret/)
  })
const saves = (store: TokenStore) => Effect.flatMap(store.lease("k"), (lease) => lease.save(Redacted.make("canary-token")))

describe("Redis that fails", () => {
  live("a holder that is cut off loses the lease after its time, by the clock of Redis, and cannot write any more", () =>
    Effect.gen(function*() {
      const context = yield* connect(env("TB_REDIS"))
      const prefix = `test:${randomUUID()}:`
      const { eval: run, ...redis } = yield* Effect.provideContext(Redis, context)
      // cut off: what it sends does not arrive
      let cut = false
      const faulty = Redis.of({ ...redis, eval: (script) => (...parameters) => Effect.suspend(() => cut ? Effect.never : run(script)(...parameters)) })
      const options = { prefix, lease: "700 millis", timeout: "300 millis" } as const
      const here = yield* Effect.provideService(RedisStore.make(options), Redis, faulty)
      const there = yield* Effect.provideContext(RedisStore.make(options), context)
      const scope = yield* Scope.make()
      const lease = yield* Scope.provide(here.lease("k"), scope)
      yield* lease.save(Redacted.make("first"))
      // beyond its time: it renews
      assert.isTrue(Option.isNone(yield* Effect.timeoutOption(Effect.scoped(there.lease("k")), 1_500)))
      yield* lease.save(Redacted.make("second"))
      cut = true
      const began = performance.now()
      const others = yield* Scope.make()
      const next = yield* Scope.provide(there.lease("k"), others)
      assert.isBelow(performance.now() - began, 1_500)
      assert.isAbove(next.fence, lease.fence)
      yield* next.save(Redacted.make("third"))
      yield* fails(lease.save(Redacted.make("canary")), "unavailable", /did not answer within/)
      cut = false
      yield* fails(lease.save(Redacted.make("canary")), "lost", /somebody else/)
      yield* fails(lease.remove, "lost", /somebody else/)
      // and may wait for it anew, before it has ended its own
      const again = yield* Effect.forkScoped(Effect.scoped(here.lease("k")))
      // its end does not end the lease of the other
      yield* next.save(Redacted.make("fourth"))
      assert.strictEqual(text(yield* here.load("k")), "fourth")
      yield* Scope.close(others, Exit.void)
      yield* Fiber.join(again).pipe(Effect.timeout("5 seconds"))
      yield* Scope.close(scope, Exit.void)
    }))

  live("an answer that was lost leaves no lease behind", () =>
    Effect.gen(function*() {
      const context = yield* connect(env("TB_REDIS"))
      const { eval: run, ...redis } = yield* Effect.provideContext(Redis, context)
      let deaf = true
      const faulty = Redis.of({
        ...redis,
        // it arrives, but what is answered does not
        eval: (script) => (...parameters) => Effect.suspend(() => {
          const sent = run(script)(...parameters)
          if (!deaf) return sent
          deaf = false
          return Effect.andThen(sent, Effect.never)
        })
      })
      const options = { prefix: `test:${randomUUID()}:`, timeout: "200 millis" } as const
      const here = yield* Effect.provideService(RedisStore.make(options), Redis, faulty)
      yield* fails(here.lease("k"), "unavailable", /did not answer/)
      const there = yield* Effect.provideContext(RedisStore.make(options), context)
      const began = performance.now()
      yield* Effect.scoped(there.lease("k"))
      assert.isBelow(performance.now() - began, 1_000, "not after its lease of 10 seconds")
    }))

  live("says what is wrong: no server, a replica, no memory, no permission, another type; and goes on when it is mended", () =>
    Effect.gen(function*() {
      const { port, server, start, tell, url } = yield* ownRedis
      const store = yield* storeAt(url, { prefix: "p:", timeout: "1 second" })
      yield* Effect.scoped(saves(store))

      yield* tell("REPLICAOF", "127.0.0.1", "9")
      yield* tell("CONFIG", "SET", "replica-serve-stale-data", "yes")
      yield* fails(saves(store), "readonly", /replica/)
      yield* tell("REPLICAOF", "NO", "ONE")

      yield* tell("CONFIG", "SET", "maxmemory", "1")
      yield* fails(saves(store), "full", /no memory left/)
      assert.strictEqual(text(yield* store.load("k")), "canary-token")
      yield* tell("CONFIG", "SET", "maxmemory", "0")

      yield* tell("ACL", "SETUSER", "weak", "on", ">redis-secret-weak", "~*", "+hget", "+client", "+hello")
      yield* fails(Effect.flatMap(storeAt(`redis://weak:redis-secret-weak@127.0.0.1:${port}`, { prefix: "p:" }), saves), "readonly", /may not run/)

      const place = (yield* tell("KEYS", "p:*"))
      assert.match(place, /^p:[0-9a-f]{32}$/)
      const other = yield* storeAt(url, { prefix: "q:" })
      yield* tell("SET", place.replace("p:", "q:"), "text")
      yield* fails(other.load("k"), "corrupt", /another prefix/)
      yield* fails(saves(other), "corrupt", /another prefix/)

      // a crash of Redis without its scripts and keys: everything begins anew, with a higher fence
      const before = yield* Effect.scoped(Effect.map(store.lease("k"), (lease) => lease.fence))
      yield* tell("SCRIPT", "FLUSH")
      yield* tell("FLUSHALL")
      assert.strictEqual(yield* store.load("k"), undefined)
      assert.isAbove(yield* Effect.scoped(Effect.map(store.lease("k"), (lease) => lease.fence)), before)

      const gone = new Promise((resolve) => server.once("exit", resolve))
      server.kill("SIGKILL")
      yield* Effect.promise(() => gone)
      yield* fails(store.load("k"), "unavailable", /Redis cannot be reached/)
      yield* fails(saves(store), "unavailable", /Redis cannot be reached/)
      yield* start
      yield* Effect.eventually(Effect.scoped(saves(store)).pipe(Effect.tapError(() => Effect.sleep(50))))
      assert.strictEqual(text(yield* store.load("k")), "canary-token")
    }))

  live("keeps nothing for ever, and nothing in clear text where it has a key", () =>
    Effect.gen(function*() {
      const { tell, url } = yield* ownRedis
      const store = yield* storeAt(url, { key, keep: "1 hour" })
      yield* Effect.scoped(Effect.flatMap(store.lease("user=alice"), (lease) => lease.save(Redacted.make("canary-token"))))
      const [place = ""] = (yield* tell("KEYS", "*")).split("\n")
      const left = Number(yield* tell("PTTL", place))
      assert.isTrue(left > 3_500_000 && left <= 3_600_000, String(left))
      assert.notMatch(place + (yield* tell("HGETALL", place)), /canary|alice/)
      const plain = yield* storeAt(url, {})
      yield* fails(plain.load("user=alice"), "corrupt", /give its key/)
      // nothing is left of a lease under which nothing was saved
      yield* Effect.scoped(plain.lease("nothing"))
      assert.strictEqual((yield* tell("KEYS", "*")).split("\n").length, 1)
      // a clock of Redis that was set back: a lease of ten seconds holds no longer than that
      yield* tell("HSET", place, "holder", "dead", "until", "9999999999999", "lease", "500")
      const began = performance.now()
      yield* Effect.scoped(store.lease("user=alice"))
      assert.isBelow(performance.now() - began, 2_000)
    }))
})

const home = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(env("TB_HOME"), "tickets-keyring-"))),
  (dir) => Effect.sync(() => fs.rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }))
)

/** A small file system of the test's own, where this machine lets root mount one. */
const disk = Effect.flatMap(home, (root) =>
  Effect.acquireRelease(
    Effect.sync(() => spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", root]).status === 0 ? root : undefined),
    (mounted) => Effect.sync(() => mounted === undefined ? undefined : spawnSync("umount", ["-l", mounted]))
  ))

describe("real disks: faults 18", () => {
  live("one that is full, or mounted read-only, says so, and keeps what was there", () =>
    Effect.gen(function*() {
      const root = yield* disk
      if (root === undefined) return console.log("not run - this machine lets nobody mount")
      const store = yield* FileStore.make({ folder: path.join(root, "tokens") })
      yield* put(store, "k", "canary-token")
      fs.writeFileSync(path.join(root, "ballast"), "")
      try {
        for (;;) fs.appendFileSync(path.join(root, "ballast"), Buffer.alloc(512))
      } catch {
        // there is no room any more
      }
      yield* fails(Effect.flatMap(store.lease("k"), (lease) => lease.save(Redacted.make("x".repeat(20_000)))), "full", /no room/)
      yield* fails(store.lease("another"), "full", /no room/)
      assert.strictEqual(text(yield* store.load("k")), "canary-token")
      fs.rmSync(path.join(root, "ballast"))
      yield* put(store, "k", "canary-2")
      assert.strictEqual(execFileSync("find", [root, "-name", "*.tmp"], { encoding: "utf8" }), "")

      execFileSync("mount", ["-o", "remount,ro", root])
      yield* fails(Effect.flatMap(store.lease("k"), (lease) => lease.save(Redacted.make("canary-3"))), "readonly", /cannot be written.*EROFS/)
      assert.strictEqual(text(yield* store.load("k")), "canary-2")
    }))
})

/** A session bus with gnome-keyring on it, unlocked by a password or not; this process' keyring while it lives. */
const secretService = (home: string, password: string | undefined) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const before = process.env["DBUS_SESSION_BUS_ADDRESS"]
      const daemon = password === undefined ? "" : `printf %s ${password} | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1;`
      // lives until its input ends
      const session = spawn("dbus-run-session", ["--", "sh", "-c", `${daemon} echo "$DBUS_SESSION_BUS_ADDRESS"; cat >/dev/null`], {
        stdio: ["pipe", "pipe", "ignore"],
        env: { PATH: process.env["PATH"], HOME: home, XDG_RUNTIME_DIR: home, XDG_DATA_HOME: path.join(home, "data"), XDG_CACHE_HOME: path.join(home, "cache") }
      })
      const line = await readline.createInterface({ input: session.stdout })[Symbol.asyncIterator]().next()
      process.env["DBUS_SESSION_BUS_ADDRESS"] = line.value
      return { session, before }
    }),
    ({ before, session }) =>
      Effect.promise(() => new Promise<void>((resolve) => {
        if (before === undefined) delete process.env["DBUS_SESSION_BUS_ADDRESS"]
        else process.env["DBUS_SESSION_BUS_ADDRESS"] = before
        session.once("exit", () => resolve())
        session.stdin.end()
      }))
  )

describe("the store behind the keyring", () => {
  const scope = Scope.makeUnsafe()
  let root = ""
  beforeAll(() => Effect.runPromise(Scope.provide(Effect.gen(function*() {
    root = yield* home
    yield* secretService(root, "login-password")
  }), scope)))
  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

  laws(Effect.suspend((): Effect.Effect<Subject, unknown> => {
    const options = { service: `test ${randomUUID()}`, folder: path.join(root, randomUUID()) }
    // at once, as two processes that start together: they must agree on one key
    return Effect.all({ here: Keyring.make(options), there: Keyring.make(options) }, { concurrency: 2 })
  }))

  live("keeps its key in the keyring, and tokens encrypted with it; without the entry they are gone for good", () =>
    Effect.gen(function*() {
      const options = { service: "test-entry", folder: path.join(root, "entry") }
      yield* put(yield* Keyring.make(options), "k", "canary-token")
      const files = () => fs.readdirSync(options.folder, { recursive: true, encoding: "utf8" }).map((name) => path.join(options.folder, name)).filter((name) => fs.statSync(name).isFile())
      assert.notInclude(files().map((name) => fs.readFileSync(name, "utf8")).join(), "canary")
      const entry = ["service", options.service, "username", "tokens"]
      const secret = execFileSync("secret-tool", ["lookup", ...entry], { encoding: "utf8" })
      assert.strictEqual(Buffer.from(secret, "base64").length, 32)
      // the same key, by hand
      assert.strictEqual(text(yield* (yield* FileStore.make({ folder: options.folder, key: Redacted.make(secret) })).load("k")), "canary-token")

      execFileSync("secret-tool", ["clear", ...entry])
      const anew = yield* Keyring.make(options)
      assert.strictEqual(yield* anew.load("k"), undefined)
      assert.deepStrictEqual(files().filter((name) => name.endsWith(".token")), [])
      yield* put(anew, "k", "second")
      assert.strictEqual(text(yield* (yield* Keyring.make(options)).load("k")), "second")
    }))
})

describe("no keyring: security 40", () => {
  const refused = (options: Keyring.KeyringOptions, message: RegExp) =>
    Effect.gen(function*() {
      const folder = path.join(yield* home, "tokens")
      const error = yield* Effect.flip(Effect.provide(Effect.void, Keyring.layer({ folder, ...options })))
      assert.strictEqual(error._tag, "CapabilityUnavailable")
      assert.match(error.message, message)
      // nothing is kept in another way instead
      assert.isFalse(fs.existsSync(folder) && fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).some((name) => name.endsWith(".token")))
    })

  live("no secret service", () => refused({}, /keyring is not available here.*Is a secret service running/))
  live("one that is locked, with nobody there to unlock it", () =>
    Effect.gen(function*() {
      yield* secretService(yield* home, undefined)
      yield* refused({ timeout: "20 seconds" }, /keyring is not available here.*unlocked/)
    }))
})
