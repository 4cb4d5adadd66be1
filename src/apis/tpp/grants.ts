/**
 * The authorization server of TPP: what it is asked, and what its answers say.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { AuthenticationFailed, type CallError } from "../../errors/CallError.ts"
import type { Answered } from "../../layers/auth/ask.ts"
import type { IssuedToken, RenewalRequest } from "../../layers/auth/renewable.ts"
import { renewal } from "../../layers/auth/renewal.ts"
import type { AuthenticationContext, AuthenticationRequest } from "../../services/Authentication.ts"
import { fieldProblem } from "../../wire/headers.ts"
import { isRecord, textOf } from "../../wire/json.ts"
import * as OAuth from "../../wire/oauth.ts"
import { isSuccess } from "../../wire/status.ts"
import { redactedBaseUrl } from "../../wire/url.ts"
import { isRolledBack, summarize } from "./refusal.ts"
import * as Scope from "./Scope.ts"

/** A POST of JSON, as all of it is. Members without a value are left out. */
export const post = (operation: string, path: string, body: Readonly<Record<string, string | undefined>>): AuthenticationRequest => ({
  operation,
  method: "POST",
  url: path,
  headers: { "content-type": "application/json", accept: "application/json" },
  body: JSON.stringify(body)
})

/** A scope as TPP writes it, with permissions that are wanted besides. */
export const scopeText = (scope: Scope.Scope | string, more: ReadonlyArray<string> = []): string => {
  const text = typeof scope === "string" ? scope : scope.text
  if (more.length === 0) return text
  return Result.match(Scope.parse([text, ...more].join(";")), { onSuccess: (all) => all.text, onFailure: () => written([text, ...more].flatMap(permissionsOf)) })
}

/** What the builder does not know is the server's to judge. It is written as the rest: each category once, without `read`. */
const written = (permissions: ReadonlyArray<string>): string => {
  const categories = new Map<string, Set<string>>()
  for (const permission of permissions) {
    const [category = "", privilege = ""] = permission.split(":")
    categories.set(category, (categories.get(category) ?? new Set()).add(privilege))
  }
  return [...categories].map(([category, all]) => {
    const names = [...all].filter((name) => name !== "read").sort()
    return names.length === 0 ? category : `${category}:${names.join(",")}`
  }).join(";")
}

const secondsOf = (u: unknown): number | undefined => {
  const seconds = typeof u === "string" && u.trim() !== "" ? Number(u) : u
  return typeof seconds === "number" && seconds > 0 ? seconds : undefined
}

/** The permissions that come with a scope as TPP writes it: of what the builder does not know, by the same rules. */
export const permissionsOf = (text: string): ReadonlyArray<string> =>
  Result.match(Scope.parse(text), {
    onSuccess: ({ permissions }) => permissions,
    onFailure: () => [
      ...new Set(text.toLowerCase().split(";").flatMap((part) => {
        const [category = "", ...lists] = part.split(":").map((one) => one.trim())
        const names = lists.flatMap((list) => list.split(",")).map((name) => name.trim())
        return category === "" ? [] : [...names, "read"].filter((name) => name !== "").map((name) => `${category}:${name}`)
      }))
    ]
  })

/**
 * A token out of an answer. Of two points in time the distance counts, since the server's clock is its own: `expires_in` says
 * where `expires` is from now, and so when `refresh_until` is.
 */
export const readGrant = ({ json, status, time }: Answered): Result.Result<IssuedToken, string> => {
  if (!isRecord(json)) {
    return Result.fail(isSuccess(status) ? "the server did not answer with JSON: a proxy or login page may have answered instead" : "the server refused")
  }
  const said = summarize(json)
  // `Error` also comes with status 200
  if (said !== undefined) return Result.fail(said)
  if (!isSuccess(status)) return Result.fail("the server refused")
  const { access_token: accessToken, identity, refresh_token: refreshToken, scope, token_type: type } = json
  if (typeof accessToken !== "string" || accessToken === "") return Result.fail("the server's answer has no access_token")
  if (typeof type === "string" && type.toLowerCase() !== "bearer") return Result.fail("the server's answer has a token_type that is not Bearer")
  const problem = fieldProblem("authorization", accessToken)
  if (problem !== undefined) return Result.fail(`the server's access_token cannot be sent: ${problem}`)
  const expires = secondsOf(json["expires"])
  const until = secondsOf(json["refresh_until"])
  const lifetime = OAuth.lifetime(json["expires_in"]) ?? (expires === undefined ? undefined : positive(expires * 1000 - time))
  const serverTime = expires !== undefined && lifetime !== undefined ? expires * 1000 - lifetime : time
  return Result.succeed({
    accessToken,
    lifetime,
    refreshToken: textOf(refreshToken),
    refreshLifetime: until === undefined ? undefined : positive(until * 1000 - serverTime),
    identity: textOf(identity),
    scopes: typeof scope === "string" ? permissionsOf(scope) : undefined
  })
}

const positive = (millis: number): number | undefined => millis > 0 ? millis : undefined

/**
 * The same, where the server's database gives up a login in favour of another transaction: as often and as far apart as calls
 * are repeated. Nothing was spent: it was rolled back.
 */
export const rerunning = (context: AuthenticationContext): AuthenticationContext => {
  const send = (request: AuthenticationRequest, left: number): ReturnType<AuthenticationContext["send"]> =>
    Effect.flatMap(context.send(request), (response) =>
      left > 0 && isRolledBack(response.status, new TextDecoder().decode(response.body.subarray(0, 65_536)))
        ? Effect.delay(send(request, left - 1), "500 millis")
        : Effect.succeed(response))
  return { ...context, send: (request) => send(request, 3) }
}

/** Spends a refresh token; `undefined`: there is none. TPP gives no other scope for it. */
export const refresh = (
  context: AuthenticationContext,
  clientId: string,
  token: IssuedToken,
  request: RenewalRequest
): Effect.Effect<IssuedToken, CallError> | undefined => {
  const { refreshToken } = token
  if (refreshToken === undefined || request.scopes.length > 0) return undefined
  const body = { client_id: clientId, refresh_token: refreshToken }
  return renewal(rerunning(context), post("authorizeToken", "/vedauth/authorize/token", body), token, request, { read: readGrant })
}

/**
 * Ends a token and the grant behind it. A token that is not good any more cannot say which grant: another one is got for
 * that. A grant that the server does not know any more fails as `rejected`.
 */
export const revoke = (context: AuthenticationContext, clientId: string | undefined, token: IssuedToken): Effect.Effect<void, CallError> => {
  const renewed = clientId === undefined ? undefined : refresh(context, clientId, token, { scopes: [], rotated: () => Effect.void })
  const endedAnew = renewed === undefined ? undefined : Effect.flatMap(renewed, (next) => end(context, next))
  if (token.accessToken === "") return endedAnew === undefined ? Effect.void : Effect.catchIf(endedAnew, isRefused, () => Effect.void)
  return Effect.catchIf(end(context, token), isRejected, (rejected) =>
    endedAnew === undefined ? Effect.fail(rejected) : Effect.mapError(endedAnew, (error) => isRefused(error) ? rejected : error))
}

const isRejected = (error: CallError): boolean => error._tag === "AuthenticationFailed" && error.reason === "rejected"

/** the server knows the refresh token no more than the token */
const isRefused = (error: CallError): boolean => error._tag === "AuthenticationFailed" && (error.status === 400 || error.status === 401)

const end = (context: AuthenticationContext, { accessToken }: IssuedToken): Effect.Effect<void, CallError> => {
  const headers = { authorization: `Bearer ${accessToken}`, accept: "application/json" }
  const request = { operation: "revokeToken", method: "GET", url: "/vedauth/revoke/token", headers }
  return Effect.flatMap(context.send(request), ({ status }) =>
    isSuccess(status)
      ? Effect.void
      : Effect.fail(new AuthenticationFailed({
        operation: request.operation,
        method: request.method,
        url: redactedBaseUrl(context.baseUrl),
        attempts: 1,
        reason: "refresh",
        status,
        detail: "the server did not end the token: it ends by itself when it expires"
      })))
}
