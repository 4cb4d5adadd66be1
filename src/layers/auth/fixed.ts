/**
 * Credentials that are what they are: sent with each request, never renewed.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { ConfigurationInvalid } from "../../errors/SessionError.ts"
import { Authentication, type Credentials } from "../../services/Authentication.ts"
import * as Basic from "../../wire/basic.ts"
import { cookieProblem } from "../../wire/cookie.ts"
import { fieldProblem } from "../../wire/headers.ts"

/** A recipe for credentials that never change. The values are checked once, when a session is built. */
export const fixed = (
  method: string,
  headers: Readonly<Record<string, string>>,
  secrets: ReadonlyArray<string>,
  beside: Pick<Credentials, "query" | "cookies"> & { /** it is an access token, which another program may want */ readonly token?: Redacted.Redacted<string> | undefined } = {}
): Authentication["Service"] => ({
  method,
  make: () => {
    const wrong = [...problems(method, headers, fieldProblem), ...problems(method, beside.query, queryProblem), ...problems(method, beside.cookies, cookieProblem)]
    if (wrong.length > 0) return Effect.fail(new ConfigurationInvalid({ settings: wrong }))
    const { token, ...places } = beside
    const credentials = Effect.succeed<Credentials>({ headers, ...places, generation: 1 })
    const state = [headers, beside.query, beside.cookies].some((part) => part !== undefined && Object.keys(part).length > 0) ? "active" as const : "none" as const
    return Effect.succeed({
      method,
      credentials: () => credentials,
      challenged: () => Effect.undefined,
      authenticate: Effect.void,
      token: token === undefined ? undefined : Effect.succeed(token),
      status: Effect.succeed({ method, state, generation: 1 }),
      secrets: () => secrets
    })
  }
})

const problems = (method: string, pairs: Readonly<Record<string, string>> | undefined, problemOf: (name: string, value: string) => string | undefined) =>
  Object.entries(pairs ?? {}).flatMap(([name, value]) => {
    const problem = problemOf(name, value)
    return problem === undefined ? [] : [{ name: `${method} (${name})`, expected: problem }]
  })

const queryProblem = (name: string, value: string): string | undefined => name.isWellFormed() && value.isWellFormed() ? undefined : "text with a lone surrogate cannot be sent"

/** No credentials at all. */
export const anonymous = (): Layer.Layer<Authentication> => Layer.succeed(Authentication, fixed("anonymous", {}, []))

/** A token as `Authorization: Bearer` (RFC 6750 section 2.1). */
export const bearer = (token: Redacted.Redacted<string>): Layer.Layer<Authentication> => Layer.succeed(Authentication, bearerRecipe(token))

export const bearerRecipe = (token: Redacted.Redacted<string>): Authentication["Service"] =>
  fixed("bearer token", { authorization: `Bearer ${Redacted.value(token)}` }, [Redacted.value(token)], { token })

/** Where a key goes, and under which name. */
export interface KeyPlace {
  readonly in: "header" | "query" | "cookie"
  readonly name: string
}

/**
 * A key in a header; or in the query or a cookie, where it is on the wire only: no URL that is shown has it, and no redirect
 * takes it to another origin.
 *
 * @example
 * ```ts
 * Auth.apiKey({ header: "X-API-Key", key: Redacted.make("…") })
 * Auth.apiKey({ in: "query", name: "key", key: Redacted.make("…") })
 * ```
 */
export const apiKey = (options: ({ readonly header: string } | KeyPlace) & { readonly key: Redacted.Redacted<string> }): Layer.Layer<Authentication> =>
  Layer.succeed(Authentication, apiKeyRecipe("header" in options ? { in: "header", name: options.header } : options, options.key))

export const apiKeyRecipe = (place: KeyPlace, key: Redacted.Redacted<string>): Authentication["Service"] => {
  const value = Redacted.value(key)
  switch (place.in) {
    case "header":
      return fixed("api key", { [place.name.toLowerCase()]: value }, [value])
    case "query":
      return fixed("api key", {}, [value], { query: { [place.name]: value } })
    case "cookie":
      return fixed("api key", {}, [value], { cookies: { [place.name]: value } })
  }
}

/** User name and password. */
export interface UserPassword {
  readonly username: string
  readonly password: Redacted.Redacted<string>
}

/**
 * User name and password with each request (RFC 7617), as UTF-8. A colon in the user name cannot be sent.
 *
 * @example
 * ```ts
 * Auth.basic({ username: "ada", password: Redacted.make("…") })
 * ```
 */
export const basic = (options: UserPassword): Layer.Layer<Authentication> => Layer.succeed(Authentication, basicRecipe(options))

export const basicRecipe = (options: UserPassword): Authentication["Service"] => {
  const password = Redacted.value(options.password)
  const encoded = Basic.encode(options.username, password)
  const recipe = fixed("basic", { authorization: `Basic ${encoded}` }, [password, encoded])
  const problem = Basic.problem(options.username, password)
  return problem === undefined ? recipe : {
    ...recipe,
    make: () => Effect.fail(new ConfigurationInvalid({ settings: [{ name: "basic authentication", expected: problem }] }))
  }
}
