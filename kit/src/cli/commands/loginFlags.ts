/**
 * What `login`, `logout`, `status` and `token` share.
 */
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { LoginOptions } from "../../login/run.ts"
import type { StoreKind } from "../../login/store.ts"
import type { System } from "../../login/systems.ts"
import { oneLine, UsageError } from "../failure.ts"
import { near } from "../near.ts"

const text = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)
export const toggle = (name: string, description: string) => Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false))

export const loginFlags = {
  system: Argument.String("system").pipe(Argument.withDescription("argus, tpp, ovirt, ica or ansys")),
  profile: text("profile", "name", "Settings of this table of the profiles' file (default: CREDENCE_PROFILE, else default)"),
  profiles: text("profiles", "file", "The profiles' file (default: CREDENCE_PROFILES, else ~/.config/credence/profiles.toml)"),
  prefix: text("prefix", "NAME", "Variables begin so (default: the system's own, such as ARGUS_API)"),
  url: text("url", "url", "The server (default: <PREFIX>_URL)"),
  method: text("method", "name", "The way to sign in, where several are set or it has no variables (default: <PREFIX>_METHOD, else by what is set)"),
  username: text("username", "name", "A user name; the password is <PREFIX>_PASSWORD or a reference to it, and never a flag"),
  store: Flag.Literals("store", ["auto", "keyring", "file"] satisfies ReadonlyArray<StoreKind>).pipe(
    Flag.withDescription("Where logins are kept: the system's keyring (auto, keyring), or files of yours (default: CREDENCE_STORE, else auto)"),
    Flag.optional
  ),
  json: toggle("json", "Print the result as one line of JSON, failures as well"),
  quiet: toggle("quiet", "Print nothing but results and errors")
}

export const loginHelp = [
  "  Server and credentials come from the environment and a profile: <PREFIX>_URL, <PREFIX>_USERNAME and so on;",
  "  the prefix is ARGUS_API, TPP, OVIRT, ICA or ANSYS. A secret may be given by reference: with _FILE, _COMMAND,",
  "  _KEYRING or _ENV behind its name. Logins are kept by server, method and user: another command, or a program",
  "  with the same settings and the same store, uses them."
].join("\n")

interface Given {
  readonly system: string
  readonly profile: Option.Option<string>
  readonly profiles: Option.Option<string>
  readonly prefix: Option.Option<string>
  readonly url: Option.Option<string>
  readonly method: Option.Option<string>
  readonly username: Option.Option<string>
  readonly store: Option.Option<StoreKind>
  readonly json: boolean
  readonly quiet: boolean
}

/** The system and the options that flags name. */
export const loginTask = Effect.fnUntraced(function*(given: Given): Effect.fn.Return<{ readonly system: System; readonly options: LoginOptions }, UsageError> {
  const { systemOf, systems } = yield* Effect.promise(() => import("../../login/systems.ts"))
  const system = systemOf(given.system)
  if (system === undefined) {
    const names = Object.keys(systems)
    const like = near(given.system, names)
    return yield* new UsageError({ message: `there is no system ${oneLine(given.system)}: ${like.length > 0 ? `did you mean ${like.join(" or ")}?` : `expected ${names.join(", ")}`}` })
  }
  const prefix = Option.getOrUndefined(given.prefix)
  if (prefix !== undefined && !/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(prefix)) {
    return yield* new UsageError({ message: "--prefix is the beginning of a variable's name, such as ARGUS_API" })
  }
  return {
    system,
    options: {
      prefix,
      store: Option.getOrUndefined(given.store),
      json: given.json,
      quiet: given.quiet,
      session: {
        profile: Option.getOrUndefined(given.profile),
        profiles: Option.getOrUndefined(given.profiles),
        url: Option.getOrUndefined(given.url),
        token: undefined,
        key: undefined,
        username: Option.getOrUndefined(given.username),
        method: Option.getOrUndefined(given.method)
      }
    }
  }
})
