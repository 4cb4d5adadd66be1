/**
 * How a person is told to sign in elsewhere.
 */
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

/** What to show. Texts are safe to print. */
export interface DeviceCode {
  readonly session: string
  readonly userCode: string
  readonly verificationUri: string
  /** the address with the code in it, e.g. for a QR code */
  readonly verificationUriComplete?: string | undefined
  /** how long the code is good, in milliseconds; `undefined`: the server does not say */
  readonly lifetime?: number | undefined
}

/** Shows a code. The login goes on as soon as it is done, and does not wait for an answer. */
export type DevicePrompt = (code: DeviceCode) => Effect.Effect<void>

/** Prints to standard error, so that a program's output stays its own. */
const print: DevicePrompt = ({ userCode, verificationUri, verificationUriComplete }) =>
  Console.error(`To sign in, open ${verificationUri} and enter the code ${userCode}${verificationUriComplete === undefined ? "" : `, or open ${verificationUriComplete}`}`)

/** Who shows device codes. Given beside a session's other parts it is that session's. */
export const CurrentDevicePrompt = Context.Reference<DevicePrompt>("credence/DevicePrompt", { defaultValue: () => print })
