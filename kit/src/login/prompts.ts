/**
 * What a login asks of the person at the terminal.
 */
import { devicePrompt } from "credence/Auth"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import type * as Layer from "effect/Layer"
import { oneLine } from "../cli/failure.ts"

/** Codes and addresses go to standard error, quiet or not: standard output has the result and nothing else. */
export const prompts = (): Layer.Layer<never> =>
  devicePrompt(({ lifetime, userCode, verificationUri, verificationUriComplete }) => {
    // what says that something is going on stands on the same line of a terminal
    const clear = process.stderr.isTTY === true ? "\r\u001b[K" : ""
    const within = lifetime === undefined ? "" : `, within ${Duration.format(Duration.seconds(Math.floor(lifetime / 1000)))}`
    const or = verificationUriComplete === undefined ? "" : `\n(or open ${oneLine(verificationUriComplete)})`
    return Console.error(`${clear}To sign in, open ${oneLine(verificationUri)} and enter the code ${oneLine(userCode)}${within}${or}`)
  })
