/**
 * Secrets by reference: in place of `TPP_PASSWORD`, `TPP_PASSWORD_FILE` names a file, `TPP_PASSWORD_COMMAND` a program that
 * prints it, `TPP_PASSWORD_KEYRING` an entry of the operating system's keyring. (`TPP_PASSWORD_ENV`, another variable, needs
 * nothing of this.)
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type { ConfigurationInvalid } from "../errors/SessionError.ts"
import { secret, variable } from "../layers/config/variables.ts"
import { CurrentSecretReader, type SecretReader } from "../services/SecretReader.ts"
import { runCommand } from "./secrets/command.ts"
import { type FileReaders, readFile } from "./secrets/file.ts"
import { readKeyring } from "./secrets/keyring.ts"

export type { SecretReader, SecretReference } from "../services/SecretReader.ts"

export interface SecretsOptions {
  /** how long a command may take. Default 30 seconds */
  readonly timeout?: Duration.Input | undefined
  /**
   * `readable`: of a file that a variable names the group and others may read, too, as of those that containers mount (0444
   * below /run/secrets). Default: `CREDENCE_SECRET_FILES`, else `private`
   */
  readonly files?: FileReaders | undefined
}

const readersOf = ({ files }: SecretsOptions): Effect.Effect<FileReaders, string> =>
  files !== undefined ? Effect.succeed(files) : Effect.flatMap(Effect.mapError(variable("CREDENCE_SECRET_FILES"), ({ message }) => message), (named = "private") =>
    named === "private" || named === "readable" ? Effect.succeed(named) : Effect.fail("expected CREDENCE_SECRET_FILES to be private or readable"))

/** Reads what a reference names. See {@link layer}. */
export const reader = (options: SecretsOptions = {}): SecretReader => {
  const timeout = Duration.fromInputUnsafe(options.timeout ?? "30 seconds")
  return {
    read: ({ kind, text }) => {
      switch (kind) {
        case "FILE":
          return Effect.flatMap(readersOf(options), (readers) => readFile(text, readers))
        case "COMMAND":
          return runCommand(text, timeout)
        case "KEYRING":
          return readKeyring(text)
      }
    }
  }
}

/**
 * Lets variables of secrets say where the secret is:
 *
 * - `…_FILE`: an absolute path, or one that begins with `~/`. Only its owner may read the file (mode 0600 or less), who is
 *   you or root; with `files: "readable"` the group and others may, too
 * - `…_COMMAND`: a program with arguments, as a JSON array or as words; no shell. It prints the secret within `timeout`
 * - `…_KEYRING`: `service/account` in the operating system's keyring (needs the package `@napi-rs/keyring`)
 *
 * A line end behind the secret is cut off. What cannot be read is `ConfigurationInvalid`, which names the variable and never
 * has the secret. `Profile.layer` does this, too.
 *
 * @example
 * ```ts
 * Layer.provide(Auth.fromConfig("BILLING"), Secrets.layer({ files: "readable" })) // BILLING_TOKEN_FILE=/run/secrets/billing
 * ```
 */
export const layer = (options: SecretsOptions = {}): Layer.Layer<never> =>
  Layer.succeed(CurrentSecretReader, reader(options))

/**
 * One secret, from its variable or from where a reference says; `undefined`: neither is set. Fails as {@link layer} says.
 *
 * @example
 * ```ts
 * const password = yield* Secrets.get("BACKUP_PASSWORD") // or BACKUP_PASSWORD_FILE, …
 * ```
 */
export const get = (name: string, options: SecretsOptions = {}): Effect.Effect<Redacted.Redacted<string> | undefined, ConfigurationInvalid> =>
  Effect.provideService(secret(name), CurrentSecretReader, reader(options))
