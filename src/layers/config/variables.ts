/**
 * Settings from Effect's `ConfigProvider`: the environment, a profile, or whatever the program provides.
 */
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { ConfigurationInvalid, type Setting } from "../../errors/SessionError.ts"
import { CurrentSecretReader, type SecretReference } from "../../services/SecretReader.ts"

/** Reads one variable; an empty one counts as missing. */
export const variable = (name: string): Effect.Effect<string | undefined, ConfigurationInvalid> =>
  Effect.gen(function*() {
    return yield* Config.option(Config.String(name))
  }).pipe(
    Effect.mapError(() => new ConfigurationInvalid({ settings: [{ name, expected: "expected a text, but its source could not be read" }] })),
    Effect.map((found) => Option.isSome(found) && found.value !== "" ? found.value : undefined)
  )

/** A secret that is set somewhere, not read yet: reading may start a program that asks its user. */
export interface SecretPlace {
  /** the variable that is set: the secret's own, or one that says where it is */
  readonly variable: string
  readonly read: Effect.Effect<Redacted.Redacted<string>, ConfigurationInvalid>
}

const references = ["ENV", "FILE", "COMMAND", "KEYRING"] as const

/** What may stand behind the name of a secret, in place of its value. */
export const referenceSuffixes: ReadonlyArray<string> = references.map((kind) => `_${kind}`)

/**
 * Looks where a secret is: in its variable, or, by reference, `<NAME>_ENV` (another variable), `<NAME>_FILE`,
 * `<NAME>_COMMAND` or `<NAME>_KEYRING`. More than one of them is a failure, since nobody could tell which one counts.
 */
export const placeOf = (name: string): Effect.Effect<SecretPlace | undefined, ConfigurationInvalid> =>
  Effect.gen(function*() {
    const places: Array<SecretPlace> = []
    const own = yield* variable(name)
    if (own !== undefined) places.push({ variable: name, read: Effect.succeed(Redacted.make(own, { label: name })) })
    for (const kind of references) {
      const place = `${name}_${kind}`
      const text = yield* variable(place)
      if (text === undefined) continue
      places.push({ variable: place, read: Effect.map(referred(kind, place, text), (value) => Redacted.make(value, { label: name })) })
    }
    if (places.length > 1) return yield* invalid(name, `expected one of ${places.map((place) => place.variable).join(", ")}, not several`)
    return places[0]
  })

const referred = (kind: typeof references[number], place: string, text: string): Effect.Effect<string, ConfigurationInvalid> =>
  Effect.gen(function*() {
    if (kind === "ENV") return (yield* variable(text)) ?? (yield* invalid(place, "expected the name of a variable that is set"))
    const reader = yield* CurrentSecretReader
    if (reader === undefined) {
      return yield* invalid(place, "expected the secret itself: what reads files, commands and keyrings is `Secrets.layer()` or `Profile.layer()` of credence/node")
    }
    const reference: SecretReference = { kind, variable: place, text }
    const value = Redacted.value(yield* Effect.mapError(reader.read(reference), (expected) => invalid(place, expected)))
    return value === "" ? yield* invalid(place, "expected a secret there, but it is empty") : value
  })

const invalid = (name: string, expected: string): ConfigurationInvalid => new ConfigurationInvalid({ settings: [{ name, expected }] })

/** Reads one secret, from its variable or from where a reference says. */
export const secret = (name: string): Effect.Effect<Redacted.Redacted<string> | undefined, ConfigurationInvalid> =>
  Effect.flatMap(placeOf(name), (place) => place?.read ?? Effect.undefined)

/** Seconds (`30`, `0.5`), or a duration as Effect writes it (`30 seconds`, `2 minutes`). */
export const duration = (name: string, value: string): Result.Result<Duration.Duration, Setting> => {
  const seconds = /^\d+(?:\.\d+)?$/.test(value) ? Duration.seconds(Number(value)) : undefined
  const read = seconds ?? Option.getOrUndefined(Duration.fromInput(value as Duration.Input))
  return read !== undefined && Duration.toMillis(read) > 0
    ? Result.succeed(read)
    : Result.fail({ name, expected: "expected a number of seconds above 0, or a duration such as \"30 seconds\"" })
}
