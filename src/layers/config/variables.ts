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

/** Reads one variable; an empty one counts as missing. */
export const variable = (name: string): Effect.Effect<string | undefined, ConfigurationInvalid> =>
  Effect.gen(function*() {
    return yield* Config.option(Config.String(name))
  }).pipe(
    Effect.mapError(() => new ConfigurationInvalid({ settings: [{ name, expected: "expected a text, but its source could not be read" }] })),
    Effect.map((found) => Option.isSome(found) && found.value !== "" ? found.value : undefined)
  )

/** Reads one secret variable. */
export const secret = (name: string): Effect.Effect<Redacted.Redacted<string> | undefined, ConfigurationInvalid> =>
  Effect.map(variable(name), (value) => value === undefined ? undefined : Redacted.make(value, { label: name }))

/** Seconds (`30`, `0.5`), or a duration as Effect writes it (`30 seconds`, `2 minutes`). */
export const duration = (name: string, value: string): Result.Result<Duration.Duration, Setting> => {
  const seconds = /^\d+(?:\.\d+)?$/.test(value) ? Duration.seconds(Number(value)) : undefined
  const read = seconds ?? Option.getOrUndefined(Duration.fromInput(value as Duration.Input))
  return read !== undefined && Duration.toMillis(read) > 0
    ? Result.succeed(read)
    : Result.fail({ name, expected: "expected a number of seconds above 0, or a duration such as \"30 seconds\"" })
}
