/**
 * `credence status`: how a kept login stands.
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { loginFlags, loginHelp, loginTask, toggle } from "./loginFlags.ts"

const flags = { ...loginFlags, check: toggle("check", "Ask the server, signing in where that is due") }

const help = [
  "Tell who is signed in to a system, how, until when, when the login was last renewed and is due next, and where",
  "it is kept. Nothing is sent, unless --check.",
  "",
  loginHelp,
  "",
  "  Exit codes: 0 signed in, or a credential that needs no login; 1 not signed in, or expired; 2 wrong usage or",
  "  settings; 130 stopped by Ctrl-C."
].join("\n")

/** The command. */
export const statusCommand = Command.make("status", flags, Effect.fnUntraced(function*(given) {
  const { options, system } = yield* loginTask(given)
  const { status } = yield* Effect.promise(() => import("../../login/run.ts"))
  return yield* status(system, { ...options, check: given.check })
})).pipe(
  Command.withDescription(help),
  Command.withShortDescription("Tell how a login stands"),
  Command.withExamples([
    { command: "credence status tpp", description: "Who is signed in, and until when" },
    { command: "credence status argus --json | jq -r .expires", description: "For programs" }
  ])
)
