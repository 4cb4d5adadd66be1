/**
 * Requests of the API's root: the one that proves a session, and the one that asks what the API wants.
 */
import * as Effect from "effect/Effect"
import { AuthenticationFailed, type CallError, UnexpectedStatus } from "../../errors/CallError.ts"
import type { AuthenticationContext, AuthenticationResponse, Authenticator } from "../../services/Authentication.ts"
import { get } from "../../wire/headers.ts"
import { isRedirect } from "../../wire/redirect.ts"
import { isSuccess } from "../../wire/status.ts"
import { redactedBaseUrl } from "../../wire/url.ts"

/** What is wrong with a login that never came so far as to log in. */
export const refused = (context: AuthenticationContext, detail: string, status?: number): AuthenticationFailed =>
  new AuthenticationFailed({ operation: "sign in", method: "GET", url: redactedBaseUrl(context.baseUrl), attempts: status === undefined ? 0 : 1, reason: "login", detail, status })

/** The root answers what no API's root should. */
const wrongRoot = (context: AuthenticationContext, status: number, expected: string): UnexpectedStatus =>
  new UnexpectedStatus({
    operation: "sign in",
    method: "GET",
    url: redactedBaseUrl(context.baseUrl),
    attempts: 1,
    status,
    hint: `The API's root should answer ${expected}: is the base URL right?`
  })

/** The API's root must answer 2xx to this session, not some page that it redirects to elsewhere. A 401 fails as any call does. */
export const checkRoot = (context: AuthenticationContext): Effect.Effect<void, CallError> =>
  Effect.flatMap(context.request({ operation: "sign in", method: "GET", url: context.baseUrl.href }), ({ status }) =>
    isSuccess(status) ? Effect.void : Effect.fail(wrongRoot(context, status, "2xx")))

export const warnOpen = (context: AuthenticationContext): Effect.Effect<void> =>
  Effect.logWarning(`${redactedBaseUrl(context.baseUrl)} asks for no credentials: calls go without those that were given`)

/** where a root is that is elsewhere at the same origin, such as behind a `/` more; what another origin says is not the API's */
const movedTo = (from: URL, { headers, status }: AuthenticationResponse): URL | undefined => {
  const location = isRedirect(status) ? get(headers, "location") : undefined
  const to = location === undefined ? null : URL.parse(location, from.href)
  return to === null || to.origin !== from.origin ? undefined : to
}

const maxMoves = 3

/** What the API's root says to a request without credentials: its 401, or that it asks for nothing. */
export const withoutCredentials = (context: AuthenticationContext): Effect.Effect<"open" | AuthenticationResponse, CallError> =>
  Effect.suspend(() => {
    let challenge: AuthenticationResponse | undefined
    const by: Authenticator = {
      method: "none",
      credentials: () => Effect.succeed({ headers: {}, generation: 0 }),
      challenged: (_hop, _used, response) => Effect.sync(() => void (challenge = response)),
      authenticate: Effect.void,
      status: Effect.succeed({ method: "none", state: "none", generation: 0 }),
      secrets: () => []
    }
    const asked = (url: URL, moves: number): Effect.Effect<"open", CallError> =>
      Effect.flatMap(context.send({ operation: "sign in", method: "GET", url: url.href, by }), (answer) => {
        if (isSuccess(answer.status)) return Effect.as(warnOpen(context), "open")
        const next = moves < maxMoves ? movedTo(url, answer) : undefined
        return next === undefined ? Effect.fail(wrongRoot(context, answer.status, "401, or 2xx")) : asked(next, moves + 1)
      })
    return Effect.catchTag(asked(context.baseUrl, 0), "AuthenticationFailed", (error) => challenge === undefined ? Effect.fail(error) : Effect.succeed(challenge))
  })
