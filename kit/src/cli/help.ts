/**
 * Help goes to standard output when it is asked for. A wrong use is told in a few lines on standard error.
 */
import * as CliOutput from "effect/cli/CliOutput"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { printable } from "./failure.ts"
import { canColor, complain } from "./terminal.ts"

const formatter = (): CliOutput.Formatter => CliOutput.defaultFormatter({ colors: canColor(process.stdout) })

/** Suggestions come as a list below the message. */
const sentence = (message: string): string => {
  const [said = "", suggestions] = message.split(/\n+\s*Did you mean this\?\n\s*/)
  return suggestions === undefined ? said : `${said}. Did you mean ${suggestions.split(/\n\s*/).join(" or ")}?`
}

/** Shows help, versions and wrong uses. */
export const presenter: CliOutput.Presenter = {
  present: Effect.fnUntraced(function*(event) {
    switch (event._tag) {
      case "Help":
        return yield* Console.log(formatter().formatHelpDoc(event.helpDoc))
      case "Version":
        return yield* Console.log(formatter().formatVersion(event.name, event.version))
      case "InvalidInvocation":
        for (const error of event.errors) yield* complain(printable(sentence(error.message)))
        return yield* Console.error(`Usage: ${event.helpDoc.usage}\nSee: ${event.commandPath.join(" ")} --help`)
    }
  })
}
