/**
 * Basic, as one of several schemes that a peer may offer.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7617
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { type Scheme, SchemeError } from "../../../services/Scheme.ts"
import * as Basic from "../../../wire/basic.ts"
import type { UserPassword } from "../fixed.ts"

/**
 * Basic: the password as it is, encoded only, so over TLS or on the machine itself. Strength 10. Once a peer has taken it, it
 * goes along with each request. A user name with a colon, or control characters, cannot be sent: building a session with it
 * fails with `ConfigurationInvalid`.
 *
 * @example
 * ```ts
 * Auth.auto({ schemes: [Scheme.basic({ username: "ada", password: Redacted.make("…") })], preemptive: "Basic" })
 * ```
 */
export const basic = (user: UserPassword): Scheme => {
  const password = Redacted.value(user.password)
  const token = Basic.encode(user.username, password)
  const value = `Basic ${token}`
  const problem = Basic.problem(user.username, password)
  return {
    name: "Basic",
    strength: 10,
    bound: false,
    exposes: true,
    identity: user.username,
    problem,
    secrets: () => [password, token],
    open: () => {
      let taken = false
      return {
        begin: () => {
          let sent = false
          const send = Effect.suspend(() => {
            if (problem !== undefined) return Effect.fail(new SchemeError({ reason: "unavailable", detail: problem }))
            sent = true
            return Effect.succeed(value)
          })
          return {
            first: (preemptive) => taken || preemptive ? send : Effect.undefined,
            // there is nothing else to say
            answer: () => sent ? Effect.undefined : send,
            accepted: () => Effect.sync(() => {
              if (sent) taken = true
            }),
            settled: () => taken || sent
          }
        }
      }
    }
  }
}
