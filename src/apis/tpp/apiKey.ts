/**
 * API keys, the way to sign in before TPP 20.1.
 */
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { type Answered, ask } from "../../layers/auth/ask.ts"
import { fixed } from "../../layers/auth/fixed.ts"
import { type IssuedToken, renewable } from "../../layers/auth/renewable.ts"
import type { Authentication } from "../../services/Authentication.ts"
import { fieldProblem } from "../../wire/headers.ts"
import { isRecord, textOf } from "../../wire/json.ts"
import { isSuccess } from "../../wire/status.ts"
import { post, rerunning } from "./grants.ts"
import { summarize } from "./refusal.ts"

type Recipe = Authentication["Service"]

const keyHeader = "x-venafi-api-key"

/** A key that somebody has already. */
export const keyRecipe = (key: Redacted.Redacted<string>): Recipe => fixed("api key", { [keyHeader]: Redacted.value(key) }, [Redacted.value(key)])

/** A key that is got by user name and password, and again when it has ended. */
export const keyLoginRecipe = (username: string, password: Redacted.Redacted<string>): Recipe => ({
  method: "api key",
  make: (context) => {
    const secrets = () => [Redacted.value(password)]
    return renewable(context, {
      method: "api key",
      key: [username],
      login: ask(rerunning(context), post("authorizeApiKey", "/vedsdk/authorize", { Username: username, Password: Redacted.value(password) }), {
        reason: "login",
        read: readKey,
        secrets,
        refused: "user name or password is wrong, or the server does not give API keys any more"
      }),
      headers: (token) => ({ [keyHeader]: token.accessToken }),
      secrets
    })
  }
})

const readKey = ({ json, status, time }: Answered): Result.Result<IssuedToken, string> => {
  const said = summarize(json)
  if (said !== undefined) return Result.fail(said)
  const { APIKey, ValidUntil: until } = isRecord(json) ? json : {}
  const key = isSuccess(status) ? textOf(APIKey) : undefined
  if (key === undefined) return Result.fail("the server's answer has no APIKey")
  const problem = fieldProblem(keyHeader, key)
  if (problem !== undefined) return Result.fail(problem)
  const ends = typeof until === "string" ? Number(/^\/Date\((\d+)/.exec(until)?.[1] ?? Date.parse(until)) : NaN
  return Result.succeed({ accessToken: key, lifetime: ends > time ? ends - time : undefined })
}
