/**
 * Tokens in Redis: any number of processes on any number of machines share a login, and a refresh token that can be spent once
 * is spent by one of them.
 *
 * Each key is one hash, so that a script sees and changes all of it at once: `value`, and of the lease `holder`, `until` and
 * `lease`, by the clock of Redis alone; `fence` grows with each lease. Needs Redis 5 or later, or a relative of it.
 *
 * @see https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/
 */
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redis from "effect/persistence/Redis"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import type { ConfigurationInvalid } from "../../errors/SessionError.ts"
import { StoreFailed, type StoreReason } from "../../errors/StoreFailed.ts"
import { CurrentTokenStore, type TokenStore } from "../../services/TokenStore.ts"
import * as Seal from "./seal.ts"
import * as Turns from "./turns.ts"

export interface RedisStoreOptions {
  /** begins each key. Default `credence:token:`; what follows is a hash, since user names are nobody's business */
  readonly prefix?: string | undefined
  /** how long a lease lasts after its holder has died; a holder that lives renews it. At least 100 ms. Default 10 seconds */
  readonly lease?: Duration.Input | undefined
  /** how long a record stays after it was last leased, e.g. renewed. Default 90 days */
  readonly keep?: Duration.Input | undefined
  /** how long one command may take: a client that reconnects would wait for ever. Default 5 seconds */
  readonly timeout?: Duration.Input | undefined
  /** encrypts what is stored (AES-256-GCM): 32 random bytes in Base64 or hexadecimal. Default: not encrypted */
  readonly key?: Redacted.Redacted<string> | undefined
  /** keys that were used before */
  readonly previousKeys?: ReadonlyArray<Redacted.Redacted<string>> | undefined
}

// numbers are written by hand: Lua would print 1.7e+12
const prelude = `
local function text(number) return string.format('%.0f', number) end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
`

/** Takes the lease, if it is free: `[fence, 0]`, else `[0, milliseconds until it may be]`. Asked again by its holder, it says the same. */
const acquire = /*#__PURE__*/ Redis.script((key: string, holder: string, lease: number, keep: number) => [key, holder, lease, keep], {
  numberOfKeys: 1,
  lua: `${prelude}
local had = redis.call('HMGET', KEYS[1], 'holder', 'until', 'lease', 'fence')
if had[1] == ARGV[1] then return {had[4], '0'} end
if had[1] then
  -- never longer than a lease is: the clock may have been set back
  local left = math.min(tonumber(had[2]) - now, tonumber(had[3]))
  if left > 0 then
    if tonumber(had[2]) > now + left then redis.call('HSET', KEYS[1], 'until', text(now + left)) end
    return {'0', text(left)}
  end
end
-- the time is its floor: a record that was evicted or expired must not make the fence begin again
local fence = text(math.max(tonumber(had[4] or '0') + 1, now))
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'until', text(now + tonumber(ARGV[2])), 'lease', ARGV[2], 'fence', fence)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {fence, '0'}`
}).withReturnType<ReadonlyArray<string>>()

const renew = /*#__PURE__*/ Redis.script((key: string, holder: string, lease: number) => [key, holder, lease], {
  numberOfKeys: 1,
  lua: `${prelude}
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'until', text(now + tonumber(ARGV[2])))
return 1`
}).withReturnType<number>()

// a holder is one lease and no other. One whose time is over may still write, as long as nobody came after it
const save = /*#__PURE__*/ Redis.script((key: string, holder: string, value: string) => [key, holder, value], {
  numberOfKeys: 1,
  lua: `
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'value', ARGV[2])
return 1`
}).withReturnType<number>()

const remove = /*#__PURE__*/ Redis.script((key: string, holder: string) => [key, holder], {
  numberOfKeys: 1,
  lua: `
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'value')
return 1`
}).withReturnType<number>()

const release = /*#__PURE__*/ Redis.script((key: string, holder: string) => [key, holder], {
  numberOfKeys: 1,
  lua: `
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
if redis.call('HEXISTS', KEYS[1], 'value') == 0 then return redis.call('DEL', KEYS[1]) end
return redis.call('HDEL', KEYS[1], 'holder', 'until', 'lease')`
}).withReturnType<number>()

/** A store over a Redis service of Effect. Use {@link layer}, unless you want the value. */
export const make = (options: RedisStoreOptions = {}): Effect.Effect<TokenStore, ConfigurationInvalid, Redis.Redis> =>
  Effect.gen(function*() {
    const redis = yield* Redis.Redis
    const prefix = options.prefix ?? "credence:token:"
    const name = `redis ${prefix}*`
    const lease = Math.max(100, Math.round(Duration.toMillis(Duration.fromInputUnsafe(options.lease ?? "10 seconds"))))
    const keep = Math.max(lease, Math.round(Duration.toMillis(Duration.fromInputUnsafe(options.keep ?? "90 days"))))
    const timeout = Duration.fromInputUnsafe(options.timeout ?? "5 seconds")
    const sealer = options.key === undefined ? undefined : yield* Seal.make({ key: options.key, previousKeys: options.previousKeys })
    const turns = Turns.make()

    const failed = (reason: StoreReason, detail: string) => new StoreFailed({ store: name, reason, detail })
    const run = <A>(command: Effect.Effect<A, Redis.RedisError>): Effect.Effect<A, StoreFailed> =>
      command.pipe(
        Effect.mapError((error) => problemOf(error.cause, failed)),
        Effect.timeoutOrElse({ duration: timeout, orElse: () => Effect.fail(failed("unavailable", `Redis did not answer within ${Duration.format(timeout)}`)) })
      )
    const placeOf = (key: string): string => `${prefix}${bytesToHex(sha256(new TextEncoder().encode(key))).slice(0, 32)}`
    const lost = failed("lost", "the lease ran out, and somebody else has it or the record is gone")

    return {
      name,
      load: (key) => Effect.gen(function*() {
        const stored = yield* run(redis.send<unknown>("HGET", placeOf(key), "value"))
        if (typeof stored !== "string") return undefined
        if (sealer === undefined && Seal.isSealed(stored)) return yield* failed("corrupt", "what is stored is encrypted: give its key")
        if (sealer === undefined) return Redacted.make(stored)
        return Redacted.make(yield* Effect.mapError(sealer.open(key, stored), (problem) => failed("corrupt", `what is stored cannot be read: ${problem}`)))
      }),
      lease: (key) => Effect.gen(function*() {
        const place = placeOf(key)
        // of its own: a lease that was lost makes way for the next one, while its holder may still be busy with it
        const scope = yield* Scope.fork(yield* Effect.scope)
        yield* Scope.provide(turns(key), scope)
        const holder = crypto.randomUUID()
        // registered first: an answer that was lost, or that nobody waits for, may have brought the lease
        yield* Scope.addFinalizer(scope, Effect.ignore(Effect.timeoutOption(run(redis.eval(release)(place, holder)), "1 second")))
        let fence = 0
        for (let pause = 10; fence === 0; pause = Math.min(pause * 1.5, 150)) {
          const [taken, left] = yield* run(redis.eval(acquire)(place, holder, lease, keep))
          fence = Number(taken)
          // not all at the same moment
          if (fence === 0) yield* Effect.sleep(Math.min(Number(left) + 1, pause * (0.5 + (yield* Random.next))))
        }
        yield* Effect.forkIn(Effect.forever(Effect.andThen(Effect.sleep(lease / 3), Effect.ignore(run(redis.eval(renew)(place, holder, lease))))), scope)
        const written = (count: number) => count === 1 ? Effect.void : Effect.andThen(Scope.close(scope, Exit.void), Effect.fail(lost))
        return {
          fence,
          save: (value) => Effect.gen(function*() {
            const text = Redacted.value(value)
            return yield* Effect.flatMap(run(redis.eval(save)(place, holder, sealer === undefined ? text : yield* sealer.seal(key, text))), written)
          }),
          remove: Effect.flatMap(run(redis.eval(remove)(place, holder)), written)
        }
      })
    }
  })

/** What went wrong, by the code that Redis' errors begin with. Never their text: it may repeat what was to be stored. */
const problemOf = (cause: unknown, failed: (reason: StoreReason, detail: string) => StoreFailed): StoreFailed => {
  const message = cause instanceof Error ? cause.message : ""
  const code = /^[A-Z]{3,}(?= )/.exec(message)?.[0]
  switch (code) {
    case "READONLY":
      return failed("readonly", "this Redis is a replica: connect to the primary")
    case "MISCONF":
      return failed("readonly", "Redis refuses writes, since it cannot save to its disk")
    case "NOPERM":
      return failed("readonly", "this user of Redis may not run what is needed: EVALSHA, SCRIPT LOAD, TIME, HGET, HMGET, HSET, HDEL, HEXISTS, DEL, PEXPIRE on these keys")
    case "OOM":
      return failed("full", "Redis has no memory left: free some, or raise maxmemory")
    case "WRONGTYPE":
      return failed("corrupt", "something else is stored at these keys: choose another prefix")
    case undefined: {
      const system = cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined
      return failed("unavailable", `Redis cannot be reached${system === undefined ? "" : ` (${system})`}`)
    }
    default:
      return failed("unavailable", `Redis answered ${code}`)
  }
}

/**
 * Keeps tokens in Redis, over a `Redis` service of Effect, e.g. of `@effect/platform-node/NodeRedis`.
 *
 * Use it where several processes or machines are one user. All need the same `prefix` and `key`. What it stores is a secret:
 * let nobody else read this Redis, or give a `key`. Where the client is told not to queue while it is not connected, as below, a
 * Redis that is gone is noticed at once, and closing does not wait for it.
 *
 * @example
 * ```ts
 * import { NodeRedis } from "@effect/platform-node"
 * import * as RedisStore from "credence/redis"
 *
 * const store = RedisStore.layer({ prefix: "billing:" }).pipe(Layer.provide(NodeRedis.layer({ url: "redis://localhost:6379", disableOfflineQueue: true })))
 * const Live = Billing.layer().pipe(Layer.provide([auth, configuration, transport, store]))
 * ```
 */
export const layer = (options: RedisStoreOptions = {}): Layer.Layer<never, ConfigurationInvalid, Redis.Redis> => Layer.effect(CurrentTokenStore, make(options))
