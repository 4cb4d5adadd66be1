/**
 * `credence logout`: ends a kept login.
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { loginFlags, loginHelp, loginTask } from "./loginFlags.ts"

const help = [
  "End a login at the server, and forget it.",
  "",
  loginHelp,
  "",
  "  Exit codes: 0 nobody is signed in any more; 1 the server was not asked, or did not agree; 2 wrong usage or",
  "  settings; 130 stopped by Ctrl-C."
].join("\n")

/** The command. */
export const logoutCommand = Command.make("logout", loginFlags, Effect.fnUntraced(function*(given) {
  const { options, system } = yield* loginTask(given)
  const { logout } = yield* Effect.promise(() => import("../../login/run.ts"))
  return yield* logout(system, options)
})).pipe(
  Command.withDescription(help),
  Command.withShortDescription("End a login"),
  Command.withExamples([{ command: "credence logout argus", description: "Of the environment's user" }])
)
