/**
 * Which way to sign in, by what is set.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import { ConfigurationInvalid } from "../../errors/SessionError.ts"
import { Authentication } from "../../services/Authentication.ts"
import { placeOf, referenceSuffixes, variable } from "./variables.ts"

/** Variables by suffix: what comes after the prefix and `_`, e.g. `USERNAME`. Only a `secret` may be given by reference. */
export type Variables = Readonly<Record<string, "text" | "secret">>

/** What is set, by suffix. What a method does not name in `needs` or `takes` is not there for it. */
export interface Given {
  /** the variable's whole name, for messages: `name("USERNAME")` is `TPP_USERNAME` */
  readonly name: (suffix: string) => string
  /** one of `needs` */
  readonly text: (suffix: string) => string
  /** one of `needs` */
  readonly secret: (suffix: string) => Redacted.Redacted<string>
  readonly optional: (suffix: string) => string | undefined
  readonly optionalSecret: (suffix: string) => Redacted.Redacted<string> | undefined
  /** a failure that names the variable and what was expected of it; never its value */
  readonly invalid: (suffix: string, expected: string) => ConfigurationInvalid
}

/** One way to sign in. */
export interface ConfiguredMethod {
  /** what `<PREFIX>_METHOD` calls it */
  readonly method: string
  /** all of these must be set. A method that needs nothing is taken only where `<PREFIX>_METHOD` names it */
  readonly needs: Variables
  /** these are used where they are set */
  readonly takes?: Variables | undefined
  readonly make: (given: Given) => Authentication["Service"] | Effect.Effect<Authentication["Service"], ConfigurationInvalid>
}

/**
 * The first method whose variables are all set, unless `<PREFIX>_METHOD` names one. Its `why` tells which variables decided
 * and which others were passed over. Fails with `ConfigurationInvalid`, which lists everything that was looked for, and what
 * is set of it; never a value.
 *
 * @example
 * ```ts
 * const fromConfig = (prefix = "BILLING") => fromMethods(prefix, [
 *   { method: "token", needs: { TOKEN: "secret" }, make: (given) => bearerRecipe(given.secret("TOKEN")) },
 *   { method: "basic", needs: { USERNAME: "text", PASSWORD: "secret" }, make: (given) => basicRecipe({ username: given.text("USERNAME"), password: given.secret("PASSWORD") }) }
 * ])
 * ```
 */
export const fromMethods = (prefix: string, methods: ReadonlyArray<ConfiguredMethod>): Layer.Layer<Authentication, ConfigurationInvalid> =>
  Layer.effect(Authentication, Effect.gen(function*() {
    const nameOf = (suffix: string): string => `${prefix}_${suffix}`
    const invalid = (name: string, expected: string) => new ConfigurationInvalid({ settings: [{ name, expected }] })
    const places = yield* placesOf(prefix, methods)
    const isSet = (suffix: string): boolean => places.has(suffix)
    const asked = yield* variable(nameOf("METHOD"))
    const named = methods.find(({ method }) => method === asked)
    if (asked !== undefined && named === undefined) {
      return yield* invalid(nameOf("METHOD"), `expected one of ${methods.map(({ method }) => method).join(", ")}`)
    }
    if (named !== undefined) {
      const missing = Object.keys(named.needs).filter((suffix) => !isSet(suffix))
      if (missing.length > 0) {
        const expected = `expected a value, for method ${named.method}`
        return yield* new ConfigurationInvalid({ settings: missing.map((suffix) => ({ name: nameOf(suffix), expected })) })
      }
    }
    const chosen = named ?? methods.find(({ needs }) => Object.keys(needs).length > 0 && Object.keys(needs).every(isSet))
    if (chosen === undefined) return yield* invalid(prefix, `no way to sign in is configured: ${lookedFor(nameOf, methods, places)}`)

    const used = Object.keys({ ...chosen.needs, ...chosen.takes })
    const values = new Map<string, Value>()
    for (const suffix of used) {
      const place = places.get(suffix)
      if (place !== undefined) values.set(suffix, yield* place.read)
    }
    const recipe = chosen.make(givenOf(nameOf, chosen, values))
    const why = reason(nameOf, chosen, named !== undefined, places)
    return { ...(Effect.isEffect(recipe) ? yield* recipe : recipe), why }
  }))

type Value = { readonly _tag: "text"; readonly text: string } | { readonly _tag: "secret"; readonly secret: Redacted.Redacted<string> }

/** A variable that is set; what is secret is read only if its method is the one. */
interface Place {
  readonly variable: string
  readonly read: Effect.Effect<Value, ConfigurationInvalid>
}

/** What is set of all that any method would use, by suffix. */
const placesOf = (prefix: string, methods: ReadonlyArray<ConfiguredMethod>): Effect.Effect<ReadonlyMap<string, Place>, ConfigurationInvalid> =>
  Effect.gen(function*() {
    const places = new Map<string, Place>()
    const kinds: Variables = Object.assign({}, ...methods.flatMap(({ needs, takes }) => [takes, needs]))
    for (const [suffix, kind] of Object.entries(kinds)) {
      const name = `${prefix}_${suffix}`
      if (kind === "text") {
        const text = yield* variable(name)
        if (text !== undefined) places.set(suffix, { variable: name, read: Effect.succeed({ _tag: "text", text }) })
      } else {
        const place = yield* placeOf(name)
        if (place !== undefined) places.set(suffix, { variable: place.variable, read: Effect.map(place.read, (secret) => ({ _tag: "secret", secret })) })
      }
    }
    return places
  })

const givenOf = (nameOf: (suffix: string) => string, { method }: ConfiguredMethod, values: ReadonlyMap<string, Value>): Given => {
  const optional = (suffix: string) => {
    const value = values.get(suffix)
    return value?._tag === "text" ? value.text : undefined
  }
  const optionalSecret = (suffix: string) => {
    const value = values.get(suffix)
    return value?._tag === "secret" ? value.secret : undefined
  }
  const needed = <A>(suffix: string, value: A | undefined): A => {
    // a mistake of who wrote the method, which no configuration can cause
    if (value === undefined) throw new Error(`method ${method} reads ${suffix}, which is not among its needs`)
    return value
  }
  return {
    name: nameOf,
    text: (suffix) => needed(suffix, optional(suffix)),
    secret: (suffix) => needed(suffix, optionalSecret(suffix)),
    optional,
    optionalSecret,
    invalid: (suffix, expected) => new ConfigurationInvalid({ settings: [{ name: nameOf(suffix), expected }] })
  }
}

const and = (names: ReadonlyArray<string>): string => names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`

/** Everything that would have been enough, and what there is of it. */
const lookedFor = (nameOf: (suffix: string) => string, methods: ReadonlyArray<ConfiguredMethod>, places: ReadonlyMap<string, Place>): string => {
  // methods that need the same differ by name only
  const ways = new Map<string, Array<string>>()
  for (const { method, needs } of methods) {
    const names = Object.keys(needs).length === 0 ? `${nameOf("METHOD")}=${method}` : and(Object.keys(needs).map(nameOf))
    ways.set(names, [...ways.get(names) ?? [], method])
  }
  const incomplete = new Set(methods.flatMap(({ needs }) => {
    const there = Object.keys(needs).flatMap((suffix) => places.get(suffix)?.variable ?? [])
    const missing = Object.keys(needs).filter((suffix) => !places.has(suffix))
    return there.length === 0 ? [] : [`${and(there)} ${there.length === 1 ? "is" : "are"} set without ${and(missing.map(nameOf))}`]
  }))
  const expected = [...ways].map(([names, called]) => called.length === 1 ? names : `${names} (${nameOf("METHOD")} says which: ${called.join(", ")})`)
  const half = incomplete.size === 0 ? "" : `; ${[...incomplete].join(", ")}`
  return `expected ${expected.join(", or ")}${half}. A secret may be given by reference: with ${referenceSuffixes.join(", ")} behind its name`
}

const reason = (nameOf: (suffix: string) => string, chosen: ConfiguredMethod, named: boolean, places: ReadonlyMap<string, Place>): string => {
  const decided = Object.keys(chosen.needs).map((suffix) => places.get(suffix)?.variable ?? nameOf(suffix))
  const used = { ...chosen.needs, ...chosen.takes }
  const others = [...places].filter(([suffix]) => !Object.hasOwn(used, suffix)).map(([, place]) => place.variable)
  const because = named ? `${nameOf("METHOD")} is ${chosen.method}` : `${and(decided)} ${decided.length === 1 ? "is" : "are"} set`
  return others.length === 0 ? because : `${because}; passed over: ${others.join(", ")}`
}
