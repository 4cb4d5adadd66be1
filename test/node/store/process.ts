/** A process with a file store, for tests that kill it. `process.ts OPTIONS COMMAND…`; what came of it is the last line it prints. */
import { FileStore } from "credence/node"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as readline from "node:readline"

const options = JSON.parse(process.argv[2] ?? "{}") as { readonly folder: string; readonly key: string; readonly lease?: number; readonly uid?: number }
// only now that everything is loaded: another user may not read where this lies
if (options.uid !== undefined) {
  process.setgroups?.([])
  process.setgid?.(options.uid)
  process.setuid?.(options.uid)
}
const [command, argument = ""] = (process.argv[3] ?? "").split(" ")
const say = (line: string) => Effect.sync(() => console.log(line))

const program = Effect.gen(function*() {
  const store = yield* FileStore.make({ folder: options.folder, lease: options.lease === undefined ? undefined : Duration.millis(options.lease) })
  const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]()
  switch (command) {
    case "count": {
      const fences: Array<number> = []
      for (let n = 0; n < Number(argument); n++) {
        yield* Effect.scoped(Effect.gen(function*() {
          const lease = yield* store.lease(options.key)
          const found = yield* store.load(options.key)
          fences.push(lease.fence)
          yield* lease.save(Redacted.make(String(Number(found === undefined ? "0" : Redacted.value(found)) + 1)))
        }))
      }
      return yield* say(fences.join(" "))
    }
    case "save":
      yield* Effect.scoped(Effect.flatMap(store.lease(options.key), (lease) => lease.save(Redacted.make(argument))))
      return yield* say("saved")
    case "hold":
      return yield* Effect.scoped(Effect.gen(function*() {
        const lease = yield* store.lease(options.key)
        yield* say(`held ${lease.fence}`)
        // a line is what to save; the end of the input ends the lease
        for (;;) {
          const line = yield* Effect.promise(() => lines.next())
          if (line.done === true) return
          yield* Effect.matchEffect(lease.save(Redacted.make(line.value)), { onFailure: (error) => say(`${error._tag} ${error.reason}`), onSuccess: () => say("saved") })
        }
      }))
    default:
      return yield* say(`no such command: ${command}`)
  }
}).pipe(Effect.catch((error) => say("reason" in error ? `${error._tag} ${error.reason} ${error.message}` : `${error._tag} ${error.message}`)))

await Effect.runPromise(program)
process.exit(0)
