/**
 * `credence token`: the access token of a login, for other programs.
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { loginFlags, loginHelp, loginTask } from "./loginFlags.ts"

const help = [
  "Print the access token of a login, for another program. A token that has expired is renewed first; where",
  "nobody is signed in, this signs in.",
  "",
  loginHelp,
  "",
  "  Exit codes: 0 fine; 1 there is no token, or the login failed; 2 wrong usage or settings; 130 stopped by",
  "  Ctrl-C."
].join("\n")

/** The command. */
export const tokenCommand = Command.make("token", loginFlags, Effect.fnUntraced(function*(given) {
  const { options, system } = yield* loginTask(given)
  const { token } = yield* Effect.promise(() => import("../../login/run.ts"))
  return yield* token(system, options)
})).pipe(
  Command.withDescription(help),
  Command.withShortDescription("Print the access token of a login"),
  Command.withExamples([
    { command: "curl -H \"Authorization: Bearer $(credence token tpp)\" https://tpp.example.com/vedsdk/SystemStatus/Version", description: "For a tool that cannot sign in" }
  ])
)
