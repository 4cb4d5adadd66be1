/** Tokens in files: who may read them, what disks do, and leases among processes that are killed, stopped and started at once. */
import { assert, describe, it } from "@effect/vitest"
import { FileStore, Secrets } from "credence/node"
import type { TokenStore } from "credence/TokenStore"
import * as Clock from "effect/Clock"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as Lock from "../../../src/node/store/lock.ts"
import { laws, put, type Subject, text } from "../../support/stores.ts"
import { hold, run } from "./holder.ts"

const home = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "credence-store-"))),
  (dir) => Effect.sync(() => fs.rmSync(dir, { recursive: true, force: true }))
)
const key = Redacted.make(Buffer.alloc(32, 7).toString("base64"))
const otherKey = Redacted.make(Buffer.alloc(32, 8).toString("base64"))

const pair = (options: FileStore.FileStoreOptions): Effect.Effect<Subject, unknown, Scope.Scope> =>
  Effect.gen(function*() {
    const folder = path.join(yield* home, "tokens")
    return { here: yield* FileStore.make({ ...options, folder }), there: yield* FileStore.make({ ...options, folder }) }
  })

/** All files of a folder, by what they are. */
const filesIn = (folder: string): ReadonlyArray<string> =>
  fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => path.join(folder, name)).filter((name) => fs.statSync(name).isFile())
const tokenFiles = (folder: string): ReadonlyArray<string> => filesIn(folder).filter((name) => name.endsWith(".token"))
const live = <E>(name: string, test: () => Effect.Effect<unknown, E, Scope.Scope>, wait = 30_000) => it.live(name, () => Effect.scoped(test()), wait)

describe("the store in files", () => laws(pair({})))
describe("the store in encrypted files", () => laws(pair({ key })))

describe("what the file store leaves on disk", () => {
  live("only its user may read, whatever the umask", () =>
    Effect.gen(function*() {
      const folder = path.join(yield* home, "a", "tokens")
      const before = process.umask(0)
      yield* put(yield* FileStore.make({ folder }), "k", "v").pipe(Effect.ensuring(Effect.sync(() => process.umask(before))))
      for (const name of [folder, ...fs.readdirSync(folder).map((each) => path.join(folder, each))]) assert.strictEqual(fs.statSync(name).mode & 0o777, 0o700, name)
      const files = filesIn(folder)
      assert.isAtLeast(files.length, 2)
      for (const name of files) assert.strictEqual(fs.statSync(name).mode & 0o777, 0o600, name)
    }))

  live("one token and one lock for each key, after however many", () =>
    Effect.gen(function*() {
      const folder = path.join(yield* home, "tokens")
      const store = yield* FileStore.make({ folder })
      for (let n = 0; n < 20; n++) yield* put(store, "k", `v${n}`)
      assert.deepStrictEqual(filesIn(folder).map((name) => path.extname(name)).sort(), [".lock", ".token"])
      // what a crash has left is tidied up by the next one
      const place = path.dirname(tokenFiles(folder)[0]!)
      fs.writeFileSync(path.join(place, "3.deadbeef.tmp"), "half", { mode: 0o600 })
      fs.writeFileSync(path.join(place, "4.token"), "late", { mode: 0o600 })
      assert.strictEqual(text(yield* store.load("k")), "v19")
      yield* put(store, "k", "last")
      assert.deepStrictEqual(filesIn(folder).map((name) => path.extname(name)).sort(), [".lock", ".token"])
    }))

  live("encrypted files hold neither the token nor whose it is, and need their key", () =>
    Effect.gen(function*() {
      const folder = path.join(yield* home, "tokens")
      const sealed = yield* FileStore.make({ folder, key })
      yield* put(sealed, "user=alice", "the-secret")
      const all = filesIn(folder).map((name) => name + fs.readFileSync(name, "utf8")).join()
      assert.notInclude(all, "the-secret")
      assert.notInclude(all, "alice")
      for (const wrong of [yield* FileStore.make({ folder, key: otherKey }), yield* FileStore.make({ folder })]) {
        const error = yield* Effect.flip(wrong.load("user=alice"))
        assert.strictEqual(error.reason, "corrupt")
        assert.match(error.message, /give (the right|its) key/)
      }
      assert.strictEqual(text(yield* (yield* FileStore.make({ folder, key: otherKey, previousKeys: [key] })).load("user=alice")), "the-secret")
      // one user's file in the place of another's
      yield* put(sealed, "user=bob", "other")
      const [alice, bob] = ["user=alice", "user=bob"].map((who) => tokenFiles(folder).find((name) => name.includes(nameOf(who)))!)
      fs.copyFileSync(alice!, bob!)
      assert.strictEqual((yield* Effect.flip(sealed.load("user=bob"))).reason, "corrupt")
      // a key was asked for: what is not encrypted was put there by somebody else
      fs.writeFileSync(bob!, JSON.stringify({ credence: 1, value: "planted" }))
      assert.strictEqual((yield* Effect.flip(sealed.load("user=bob"))).reason, "corrupt")
    }))

  live("what cannot be read back is corrupt, and says which folder to remove", () =>
    Effect.gen(function*() {
      const folder = path.join(yield* home, "tokens")
      const store = yield* FileStore.make({ folder })
      yield* put(store, "k", "canary-token")
      const [file] = tokenFiles(folder)
      for (const wrong of ["", "{", "null", "[]", "{\"credence\":2,\"value\":\"x\"}", "{\"credence\":1,\"value\":7}", "\u0000".repeat(100), "canary-token"]) {
        fs.writeFileSync(file!, wrong)
        const error = yield* Effect.flip(store.load("k"))
        assert.strictEqual(error.reason, "corrupt")
        assert.include(error.message, path.dirname(file!))
        assert.notInclude(error.message, "canary")
      }
      fs.truncateSync(file!, 5_000_000)
      assert.strictEqual((yield* Effect.flip(store.load("k"))).reason, "corrupt")
      // it can be written over, and a key that had one is not lost
      yield* put(store, "k", "mended")
      assert.strictEqual(text(yield* store.load("k")), "mended")
    }))
})

const nameOf = (who: string): string => execFileSync("sha256sum", { input: who, encoding: "utf8" }).slice(0, 32)

describe("what others could read or have put there is refused: security 39", () => {
  /** A store with a token, and its files. */
  const kept = Effect.gen(function*() {
    const root = yield* home
    const folder = path.join(root, "tokens")
    const store = yield* FileStore.make({ folder })
    yield* put(store, "k", "canary-token")
    const file = tokenFiles(folder)[0]!
    return { root, folder, store, file, place: path.dirname(file) }
  })
  const refuses = (store: TokenStore, message: RegExp) => Effect.gen(function*() {
    for (const refused of [store.load("k"), Effect.scoped(Effect.andThen(store.lease("k"), store.load("k")))]) {
      const error = yield* Effect.flip(refused)
      assert.deepStrictEqual([error._tag, error.reason], ["StoreFailed", "insecure"])
      assert.match(error.message, message)
      assert.notInclude(error.message, "canary")
    }
  })

  for (const mode of [0o640, 0o604, 0o620, 0o602, 0o610, 0o666]) {
    live(`a token file of mode ${mode.toString(8)}`, () =>
      Effect.gen(function*() {
        const { file, store } = yield* kept
        fs.chmodSync(file, mode)
        yield* refuses(store, /can be read or written by others \(mode 6\d\d\): run chmod 600/)
        fs.chmodSync(file, 0o600)
        assert.strictEqual(text(yield* store.load("k")), "canary-token")
      }))
  }
  for (const which of ["folder", "place"] as const) {
    live(`the ${which} of mode 755, also when the store is made`, () =>
      Effect.gen(function*() {
        const made = yield* kept
        fs.chmodSync(made[which], 0o755)
        yield* refuses(made.store, /mode 755\): run chmod 700/)
        if (which === "folder") assert.strictEqual((yield* Effect.flip(FileStore.make({ folder: made.folder })))._tag, "StoreFailed")
      }))
    live(`the ${which} as a symbolic link`, () =>
      Effect.gen(function*() {
        const made = yield* kept
        fs.renameSync(made[which], path.join(made.root, "elsewhere"))
        fs.symlinkSync(path.join(made.root, "elsewhere"), made[which])
        yield* refuses(made.store, /symbolic link/)
      }))
  }
  live("a token file that is a symbolic link, even to a good file", () =>
    Effect.gen(function*() {
      const { file, root, store } = yield* kept
      fs.renameSync(file, path.join(root, "real"))
      fs.symlinkSync(path.join(root, "real"), file)
      yield* refuses(store, /\.token is a symbolic link/)
    }))
  live("a pipe, which is not waited for, and a folder", () =>
    Effect.gen(function*() {
      const { file, store } = yield* kept
      fs.rmSync(file)
      execFileSync("mkfifo", ["-m", "600", file])
      yield* refuses(store, /no plain file/)
      fs.rmSync(file)
      fs.mkdirSync(file, 0o700)
      yield* refuses(store, /no plain file/)
    }))
  if (process.getuid?.() === 0) {
    for (const which of ["folder", "place", "file"] as const) {
      live(`the ${which} that belongs to somebody else`, () =>
        Effect.gen(function*() {
          const made = yield* kept
          fs.chownSync(made[which], 65_534, 65_534)
          yield* refuses(made.store, /belongs to another user/)
        }))
    }
  }
})

describe("disks that fail: faults 18", () => {
  live("where it cannot write it says so: read-only, no folder, a file in its way", () =>
    Effect.gen(function*() {
      const root = yield* home
      fs.chmodSync(root, 0o755)
      const folder = path.join(root, "tokens")
      yield* put(yield* FileStore.make({ folder }), "k", "v")
      const place = path.dirname(tokenFiles(folder)[0]!)
      fs.chmodSync(place, 0o500)
      // root may write anywhere: somebody else tries
      const outcome = yield* run({ folder, key: "k", uid: process.getuid?.() === 0 ? 65_534 : undefined, own: [root, folder, place, ...filesIn(folder)] }, "save x")
      assert.match(outcome, /^StoreFailed readonly .*: it cannot be written/)
      fs.writeFileSync(path.join(root, "file"), "")
      const blocked = yield* Effect.flip(FileStore.make({ folder: path.join(root, "file") }))
      assert.match(blocked.message, /is no folder/)
      const below = yield* FileStore.make({ folder: path.join(root, "file", "below") }).pipe(Effect.flatMap((store) => Effect.scoped(store.lease("k"))), Effect.flip)
      assert.strictEqual(below._tag === "StoreFailed" && below.reason, "unavailable")
    }))

  it.live.skipIf(process.platform !== "linux")("a place where no folder can be made is a failure, and not an endless try", () =>
    Effect.gen(function*() {
      const store = yield* FileStore.make({ folder: "/proc/credence/tokens" })
      const failure = yield* Effect.flip(Effect.scoped(store.lease("k")))
      assert.strictEqual(failure.reason, "unavailable")
    }))

  live("the key by default is that of a variable, or of a file that it names", () =>
    Effect.gen(function*() {
      const root = yield* home
      const file = path.join(root, "key")
      fs.writeFileSync(file, `${Redacted.value(key)}\n`, { mode: 0o600 })
      const open = (variables: Record<string, string>) =>
        FileStore.make({ folder: path.join(root, "tokens") }).pipe(
          Effect.provide(Secrets.layer()),
          Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnvRecord(variables))
        )
      yield* put(yield* open({ CREDENCE_TOKENS_KEY: Redacted.value(key) }), "k", "the-secret")
      assert.notInclude(fs.readFileSync(tokenFiles(root)[0]!, "utf8"), "the-secret")
      assert.strictEqual(text(yield* (yield* open({ CREDENCE_TOKENS_KEY_FILE: file })).load("k")), "the-secret")
      assert.strictEqual((yield* Effect.flip((yield* open({})).load("k"))).reason, "corrupt")
      assert.match((yield* Effect.flip(open({ CREDENCE_TOKENS_KEY: "short" }))).message, /CREDENCE_TOKENS_KEY: expected 32 bytes/)
    }))

  live("the folder by default is that of the XDG specification; a variable beats it, a relative one is ignored", () =>
    Effect.gen(function*() {
      const root = yield* home
      const named = (variables: Record<string, string>) =>
        Effect.map(FileStore.make().pipe(Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnvRecord(variables))), (store) => store.name)
      assert.strictEqual(yield* named({ XDG_STATE_HOME: root }), `file ${root}/credence/tokens`)
      assert.strictEqual(yield* named({ XDG_STATE_HOME: root, CREDENCE_TOKENS: `${root}/mine` }), `file ${root}/mine`)
      assert.strictEqual(yield* named({ XDG_STATE_HOME: "relative" }), `file ${os.homedir()}/.local/state/credence/tokens`)
      assert.deepStrictEqual(fs.readdirSync(root), [])
    }))
})

describe("leases among processes: faults 15, 16", () => {
  live("six processes count to 150 together, one at a time", () =>
    Effect.gen(function*() {
      const folder = path.join(yield* home, "tokens")
      const outcomes = yield* Effect.all(Array.from({ length: 6 }, () => run({ folder, key: "k" }, "count 25")), { concurrency: "unbounded" })
      assert.strictEqual(text(yield* (yield* FileStore.make({ folder })).load("k")), "150")
      const fences = outcomes.flatMap((line) => line.split(" ").map(Number))
      assert.strictEqual(new Set(fences).size, 150)
    }), 60_000)

  live("a holder that is killed is followed at once, by exactly one of those who wait", () =>
    Effect.gen(function*() {
      const folder = path.join(yield* home, "tokens")
      const store = yield* FileStore.make({ folder, lease: "2 minutes" })
      for (let round = 0; round < 2; round++) {
        const dying = yield* hold({ folder, key: "k", lease: 120_000 })
        const waiting = yield* Effect.forkScoped(Effect.all(Array.from({ length: 4 }, () => run({ folder, key: "k", lease: 120_000 }, "count 5")), { concurrency: "unbounded" }))
        yield* Effect.sleep(1_000)
        assert.isUndefined(waiting.pollUnsafe(), "the lease is held")
        const began = performance.now()
        dying.kill("SIGKILL")
        yield* Fiber.join(waiting)
        assert.isBelow(performance.now() - began, 60_000, "not after its lease")
      }
      assert.strictEqual(text(yield* store.load("k")), "40")
    }), 180_000)

  live("a holder that is stopped loses its lease after its time, and cannot write when it comes back", () =>
    Effect.gen(function*() {
      const folder = path.join(yield* home, "tokens")
      const store = yield* FileStore.make({ folder, lease: "1 second" })
      const stopped = yield* hold({ folder, key: "k", lease: 1_000 })
      assert.strictEqual(yield* stopped.ask("before"), "saved")
      stopped.kill("SIGSTOP")
      const began = performance.now()
      yield* put(store, "k", "after")
      const waited = performance.now() - began
      stopped.kill("SIGCONT")
      assert.isAbove(waited, 900)
      assert.isBelow(waited, 8_000)
      assert.strictEqual(yield* stopped.ask("too late"), "StoreFailed lost")
      assert.strictEqual(text(yield* store.load("k")), "after")
    }))

  live("a holder that lives keeps its lease far beyond its time, whatever the clocks of files say", () =>
    Effect.gen(function*() {
      const folder = path.join(yield* home, "tokens")
      const store = yield* FileStore.make({ folder, lease: "300 millis" })
      const living = yield* hold({ folder, key: "k", lease: 300 })
      const lock = filesIn(folder).find((name) => name.endsWith(".lock"))!
      for (const time of [0, 4_000_000_000]) {
        fs.utimesSync(lock, time, time)
        assert.isTrue(Option.isNone(yield* Effect.timeoutOption(Effect.scoped(store.lease("k")), 900)))
      }
      assert.strictEqual(yield* living.ask("still mine"), "saved")
      assert.strictEqual(text(yield* store.load("k")), "still mine")
    }))

  live("what a dead machine has left is taken over after one lease, even cut off in the middle", () =>
    Effect.gen(function*() {
      const folder = path.join(yield* home, "tokens")
      const store = yield* FileStore.make({ folder, lease: "400 millis" })
      yield* put(store, "k", "v")
      const lock = filesIn(folder).find((name) => name.endsWith(".lock"))!
      const elsewhere = JSON.stringify({ id: "other", lease: 400, pid: 1, where: "another-boot pid:[1]", started: "1" })
      for (const [left, content] of [[1, `H 0000000003 ${elsewhere}\n`], [2, ""], [3, "H 00000"], [4, "H 0000000003 {\"id\":\"oth"]] as const) {
        const number = Math.max(...filesIn(folder).filter((name) => name.endsWith(".lock")).map((name) => Number.parseInt(path.basename(name))))
        fs.writeFileSync(path.join(path.dirname(lock), `${number + 1}.lock`), content, { mode: 0o600 })
        const began = performance.now()
        yield* put(store, "k", `v${left}`)
        assert.isAbove(performance.now() - began, 350)
        assert.strictEqual(text(yield* store.load("k")), `v${left}`)
      }
    }))

  live("who was overtaken may have the lease again, before it has ended its own", () =>
    Effect.gen(function*() {
      const folder = path.join(yield* home, "tokens")
      const store = yield* FileStore.make({ folder })
      const lease = yield* store.lease("k")
      // somebody came, wrote and left
      const lock = filesIn(folder).find((name) => name.endsWith(".lock"))!
      fs.writeFileSync(path.join(path.dirname(lock), `${lease.fence + 1}.lock`), "F 0000000000 {}\n", { mode: 0o600 })
      assert.strictEqual((yield* Effect.flip(lease.save(Redacted.make("late")))).reason, "lost")
      const again = yield* store.lease("k").pipe(Effect.timeout("5 seconds"))
      yield* again.save(Redacted.make("mine"))
      assert.strictEqual((yield* Effect.flip(lease.save(Redacted.make("late")))).reason, "lost")
      assert.strictEqual(text(yield* store.load("k")), "mine")
    }))

  live("who looked away while others took it and left takes nothing", () =>
    Effect.gen(function*() {
      const folder = yield* home
      const file = (number: number) => path.join(folder, `${number}.lock`)
      const dead = (id: string) => `H 0000000003 ${JSON.stringify({ id, lease: 100, pid: 1, where: "another-boot pid:[1]", started: "1" })}\n`
      fs.writeFileSync(file(7), dead("seven"), { mode: 0o600 })
      const real = yield* Clock.Clock
      let [time, others] = [0n, false]
      // asked between looking at the last lock and making the next one
      const clock: Clock.Clock = {
        currentTimeMillisUnsafe: () => real.currentTimeMillisUnsafe(),
        currentTimeMillis: real.currentTimeMillis,
        currentTimeNanosUnsafe: () => real.currentTimeNanosUnsafe(),
        currentTimeNanos: real.currentTimeNanos,
        monotonicTimeNanos: real.monotonicTimeNanos,
        sleep: (duration) => real.sleep(duration),
        monotonicTimeNanosUnsafe: () => {
          time += 24_000_000n
          if (time > 140_000_000n && !others) {
            others = true
            // at the moment when number 7 has been silent for too long: others have taken number 8, then 9, and have tidied up
            fs.writeFileSync(file(9), dead("nine"), { mode: 0o600 })
            fs.rmSync(file(7))
          }
          return time
        }
      }
      const lock = yield* Lock.take("test", folder, 100).pipe(Effect.provideService(Clock.Clock, clock))
      assert.isTrue(others)
      assert.strictEqual(lock.fence, 10, "not 8, which was there before and is free again")
      assert.isTrue(yield* Effect.promise(() => lock.isLast()))
      assert.deepStrictEqual(fs.readdirSync(folder), ["10.lock"])
    }))
})
