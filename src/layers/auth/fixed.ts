/**
 * Credentials that are what they are: sent with each request, never renewed.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { ConfigurationInvalid } from "../../errors/SessionError.ts"
import { Authentication } from "../../services/Authentication.ts"
import { fieldProblem } from "../../wire/headers.ts"

/** A recipe for headers that never change. The values are checked once, when a session is built. */
export const fixed = (method: string, headers: Readonly<Record<string, string>>, secrets: ReadonlyArray<string>): Authentication["Service"] => ({
  method,
  make: () => {
    const wrong = Object.entries(headers).flatMap(([name, value]) => {
      const problem = fieldProblem(name, value)
      return problem === undefined ? [] : [{ name: `${method} (${name})`, expected: problem }]
    })
    if (wrong.length > 0) return Effect.fail(new ConfigurationInvalid({ settings: wrong }))
    const credentials = Effect.succeed({ headers, generation: 1 })
    return Effect.succeed({
      method,
      credentials: () => credentials,
      challenged: () => Effect.undefined,
      authenticate: Effect.void,
      status: Effect.succeed({ method, state: Object.keys(headers).length === 0 ? "none" as const : "active" as const, generation: 1 }),
      secrets: () => secrets
    })
  }
})

/** No credentials at all. */
export const anonymous = (): Layer.Layer<Authentication> => Layer.succeed(Authentication, fixed("anonymous", {}, []))

/** A token as `Authorization: Bearer` (RFC 6750 section 2.1). */
export const bearer = (token: Redacted.Redacted<string>): Layer.Layer<Authentication> =>
  Layer.succeed(Authentication, fixed("bearer token", { authorization: `Bearer ${Redacted.value(token)}` }, [Redacted.value(token)]))

/** A key in a header. */
export const apiKey = (options: { readonly header: string; readonly key: Redacted.Redacted<string> }): Layer.Layer<Authentication> =>
  Layer.succeed(Authentication, fixed("api key", { [options.header.toLowerCase()]: Redacted.value(options.key) }, [Redacted.value(options.key)]))

/**
 * User name and password with each request (RFC 7617), as UTF-8. A colon in the user name cannot be sent.
 *
 * @example
 * ```ts
 * Auth.basic({ username: "ada", password: Redacted.make("…") })
 * ```
 */
export const basic = (options: { readonly username: string; readonly password: Redacted.Redacted<string> }): Layer.Layer<Authentication> => {
  const password = Redacted.value(options.password)
  const pair = `${options.username}:${password}`
  const bytes = new TextEncoder().encode(pair)
  const encoded = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
  const recipe = fixed("basic", { authorization: `Basic ${encoded}` }, [password, encoded])
  // RFC 7617 section 2: the first colon ends the user name; control characters are not allowed
  const problem = options.username.includes(":") ? "a user name without a colon" : /\p{Cc}/u.test(pair) ? "a user name and password without control characters" : undefined
  return Layer.succeed(Authentication, problem === undefined ? recipe : {
    ...recipe,
    make: () => Effect.fail(new ConfigurationInvalid({ settings: [{ name: "basic authentication", expected: `expected ${problem} (RFC 7617)` }] }))
  })
}
