/**
 * The same calls give the same data: by the official Python client, by `credence/argus`, and by the client that is generated
 * from the vendor's documents. Each client has a server of its own, with the same data and a clock that stands still.
 */
import { Call, Configuration } from "credence"
import { Argus, ArgusAuth, constrainSession } from "credence/argus"
import { NodeTransport } from "credence/node"
import { make } from "credence-kit/sandbox"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { createHash } from "node:crypto"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import { difference, same, sameButNulls } from "../../scripts/corpus/equal.ts"
import type { Declared } from "../../src/endpoint/decode.ts"
import type { Download } from "../../src/endpoint/Endpoint.ts"
import { encoderOf } from "../../src/endpoint/fields.ts"
import { calls, masks, type ParityCall } from "./parityCalls.ts"

/** What came of a call. */
interface Outcome {
  readonly status?: number
  readonly json?: unknown
  readonly size?: number
  readonly sha256?: string
  /** the call did not work at all */
  readonly broken?: string
}

/** An endpoint of whichever client, whose input and result are data here. */
interface AnyEndpoint {
  (input: unknown): Effect.Effect<unknown, unknown, unknown>
  readonly declared: Declared
}

/** Finds an endpoint by module and name. */
type Find = (module: string, name: string) => Promise<AnyEndpoint>

/** Noon of a day: nothing random in what depends on it. */
const noon = Date.UTC(2026, 5, 1, 12)

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

const masked = (value: unknown, name = "", owner: object = {}): unknown => {
  if (masks.some(({ is }) => is(value, name, owner))) return "masked"
  if (Array.isArray(value)) return value.map((item) => masked(item, name, owner))
  return Predicate.isReadonlyObject(value) ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, masked(member, key, value)])) : value
}

const at = (value: unknown, steps: ReadonlyArray<unknown>): unknown =>
  steps.reduce<unknown>((found, step) => Predicate.isReadonlyObject(found) || Array.isArray(found) ? Object.entries(found).find(([name]) => name === String(step))?.[1] : undefined, value)

const bytesOf = (base64: unknown): Uint8Array => new Uint8Array(Buffer.from(String(base64), "base64"))

/** Fills in what only a run knows. */
const late = (value: unknown, answers: ReadonlyMap<string, unknown>): unknown => {
  if (Array.isArray(value)) return value.map((item) => late(item, answers))
  if (!Predicate.isReadonlyObject(value)) return value
  const given: Readonly<Record<string, unknown>> = { ...value }
  switch (given["$"]) {
    case "bytes":
      return bytesOf(given["base64"])
    case "answer":
      return at(answers.get(String(given["from"])), Array.isArray(given["at"]) ? given["at"] : [])
    case "proof": {
      const answer = answers.get(String(given["from"]))
      const offset = Number(at(answer, ["data", "offset"]))
      const part = bytesOf(given["base64"]).subarray(offset, offset + Number(at(answer, ["data", "length"])))
      return { id: at(answer, ["data", "id"]), sha256: sha256(part) }
    }
    default:
      return Object.fromEntries(Object.entries(given).map(([name, member]) => [name, late(member, answers)]))
  }
}

const isDownload = (value: unknown): value is Download => Predicate.hasProperty(value, "body") && Stream.isStream(value.body)

/** A decoded value as JSON again, by the schema that the endpoint declares for its status. */
const encoded = (replies: Declared["success"], status: number | undefined, value: unknown): Outcome => {
  const range = status === undefined ? "2XX" : (["4XX", "5XX"] as const).find((key) => key[0] === String(status)[0]) ?? "2XX"
  const reply = (status === undefined ? undefined : replies.get(status)) ?? replies.get(range) ?? replies.get("default")
  if (reply?.schema === undefined) return { json: value }
  const made = encoderOf(reply.schema)(value)
  if (Exit.isFailure(made)) return { broken: `what was decoded cannot be encoded: ${String(made.cause)}` }
  return { json: JSON.parse(JSON.stringify(made.value) ?? "null") }
}

const refusalOf = (endpoint: AnyEndpoint, error: unknown): Outcome => {
  if (!Predicate.hasProperty(error, "status") || !Predicate.isNumber(error.status) || !Predicate.hasProperty(error, "body")) return { broken: String(error) }
  const declared = endpoint.declared.errors
  // a status that no one declares has its body as it came
  const outcome = declared.has(error.status) ? encoded(declared, error.status, error.body) : { json: error.body }
  return { status: error.status, ...outcome }
}

/** All calls by one of our clients, on a server of its own. */
const run = <Self>(find: Find, session: (url: string, apiKey: string) => Layer.Layer<Self, unknown>, mode: "off" | "tolerant") =>
  Effect.scoped(Effect.gen(function*() {
    const { argus } = yield* make({ now: () => noon })
    const answers = new Map<string, unknown>()
    const outcomes: Array<Outcome> = []
    const context: Context.Context<Self> = yield* Layer.build(session(argus.url, argus.apiKey))
    for (const wanted of calls) {
      const [module = "", name = ""] = wanted.ours.split(" ")
      const endpoint = yield* Effect.promise(() => find(module, name))
      const input = late({ ...wanted.input, ...(wanted.body === undefined ? {} : { body: wanted.body }) }, answers)
      // it needs its session, and a scope where it streams
      const called = Effect.suspend(() => endpoint(input) as Effect.Effect<unknown, unknown, Self | Scope.Scope>)
      const outcome = called.pipe(
        Effect.flatMap((value): Effect.Effect<Outcome, unknown> => {
          if (isDownload(value)) {
            return Effect.map(Stream.runCollect(value.body), (chunks) => {
              const whole = new Uint8Array(Buffer.concat([...chunks]))
              return { size: whole.length, sha256: sha256(whole) }
            })
          }
          answers.set(wanted.name, value)
          const status = at(value, ["responseCode"])
          return Effect.succeed(mode === "off" ? { json: value } : encoded(endpoint.declared.success, Predicate.isNumber(status) ? status : undefined, value))
        }),
        Call.with({ decode: mode }),
        Effect.scoped,
        Effect.provide(context),
        Effect.catch((error) => Effect.succeed(refusalOf(endpoint, error))),
        Effect.catchDefect((defect) => Effect.succeed<Outcome>({ broken: String(defect) }))
      )
      outcomes.push(yield* outcome)
    }
    return outcomes
  }))

const hand: Find = async (module, name) => {
  if (name === "constrainSession") return constrainSession as unknown as AnyEndpoint // as data, like all of them here
  const found: Readonly<Record<string, AnyEndpoint>> = await import(`credence/argus/${module}`)
  return found[name] ?? Promise.reject(new Error(`no ${name} in ${module}`))
}

const lay = (auth: ReturnType<typeof ArgusAuth.apiKey>, url: string) =>
  Layer.mergeAll(auth, Configuration.layer({ baseUrl: url, retry: "none" }), NodeTransport.layer())

/** Of the client that is generated into a folder. */
const vendorIn = async (project: string) => {
  const load = (module: string) => import(pathToFileURL(path.join(project, "client", `${module}.ts`)).href)
  const find: Find = async (module, name) => {
    const found: Readonly<Record<string, AnyEndpoint>> = await load(module)
    return found[name] ?? Promise.reject(new Error(`no ${name} in ${module}`))
  }
  const { Argus: Session }: { readonly Argus: typeof Argus } = await load("session")
  return { find, session: (url: string, apiKey: string) => Session.layer().pipe(Layer.provide(lay(ArgusAuth.apiKey(Redacted.make(apiKey)), url))) }
}

/** Runs the script with the calls on its standard input, and gives what it prints. */
export type Python = (script: string, args: ReadonlyArray<string>, input: string) => Effect.Effect<string>

const byPython = (python: Python) =>
  Effect.scoped(Effect.gen(function*() {
    const { argus } = yield* make({ now: () => noon })
    const output = yield* python("parity.py", [argus.url, argus.apiKey], JSON.stringify(calls))
    const lines: ReadonlyArray<Outcome & { readonly name: string }> = output.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line))
    return calls.map(({ name }): Outcome => {
      const { name: _, ...outcome } = lines.find((line) => line.name === name) ?? { name, broken: "Python printed nothing for it" }
      return outcome
    })
  }))

/** `exact`: null and absent are not the same. A refusal is always decoded. */
const problemOf = (wanted: ParityCall, expected: Outcome, actual: Outcome, exact: boolean): string | undefined => {
  const [a, b] = [masked(expected), masked(actual)]
  if (expected.broken !== undefined || actual.broken !== undefined) return actual.broken ?? expected.broken
  const alike = exact && expected.status === undefined ? same : sameButNulls
  return alike(a, b) ? undefined : difference(a, b) ?? wanted.name
}

/** Makes all calls by all clients, and prints where they differ. `project`: the folder of the vendor's client, where there is one. */
export const parity = (python: Python, project: string | undefined) =>
  Effect.gen(function*() {
    const expected = yield* byPython(python)
    const session = (url: string, apiKey: string) => Argus.layer().pipe(Layer.provide(lay(ArgusAuth.apiKey(Redacted.make(apiKey)), url)))
    const vendor = project === undefined ? undefined : yield* Effect.promise(() => vendorIn(project))
    const runs = [
      { title: "credence/argus, undecoded", exact: true, outcomes: yield* run(hand, session, "off") },
      { title: "credence/argus, decoded and encoded", exact: false, outcomes: yield* run(hand, session, "tolerant") },
      ...(vendor === undefined ? [] : [
        { title: "the vendor's documents, undecoded", exact: true, outcomes: yield* run(vendor.find, vendor.session, "off") },
        { title: "the vendor's documents, decoded and encoded", exact: false, outcomes: yield* run(vendor.find, vendor.session, "tolerant") }
      ])
    ]
    let alike = 0
    for (const [index, wanted] of calls.entries()) {
      const problems = runs.flatMap(({ exact, outcomes, title }) => {
        const problem = problemOf(wanted, expected[index] ?? {}, outcomes[index] ?? {}, exact)
        return problem === undefined ? [] : [`not ok - same data: ${wanted.name}: ${title}: ${problem}`]
      })
      for (const problem of problems) console.log(problem)
      if (problems.length === 0) alike++
    }
    console.log(`# masked: ${masks.map(({ what }) => what).join("; ")}`)
    console.log(`# compared: ${runs.map(({ title }) => title).join("; ")}`)
    console.log("# where a value was decoded, as a refusal always is, null and absent are the same")
    console.log(`same data: ${alike} of ${calls.length} calls`)
    return alike === calls.length
  })
