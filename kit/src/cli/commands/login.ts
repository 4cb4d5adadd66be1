/**
 * `credence login`: signs in, and keeps the login for whoever comes next.
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { loginFlags, loginHelp, loginTask, toggle } from "./loginFlags.ts"

const flags = { ...loginFlags, check: toggle("check", "Ask the server whether the credential is good, too") }

const help = [
  "Sign in to a system and keep the login, so that other commands and programs need none.",
  "",
  loginHelp,
  "",
  "  Where a login wants something from you, such as a code to enter in a browser, that is on standard error.",
  "",
  "  Exit codes: 0 signed in; 1 the login failed, or could not be kept; 2 wrong usage or settings, nothing was",
  "  sent; 130 stopped by Ctrl-C."
].join("\n")

/** The command. */
export const loginCommand = Command.make("login", flags, Effect.fnUntraced(function*(given) {
  const { options, system } = yield* loginTask(given)
  const { login } = yield* Effect.promise(() => import("../../login/run.ts"))
  return yield* login(system, { ...options, check: given.check })
})).pipe(
  Command.withDescription(help),
  Command.withShortDescription("Sign in to a system, and keep the login"),
  Command.withExamples([
    { command: "credence login argus", description: "By what the environment says" },
    { command: "credence login tpp --method device --profile work", description: "By a code that you enter in a browser" },
    { command: "credence login ovirt --store file --json", description: "Keep it in files, and tell how it stands as JSON" }
  ])
)
