/**
 * Calls without an endpoint's decoding: a status is a response.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type CallError, UnexpectedStatus } from "../../errors/CallError.ts"
import type { RawRequest } from "../../services/Session.ts"
import type { TransportResponse } from "../../services/Transport.ts"
import { isSingleLine } from "../../wire/headers.ts"
import { isIdempotent } from "../../wire/method.ts"
import { hasUserInformation, isWeb, shownUrl } from "../../wire/url.ts"
import type { Plan } from "./call.ts"
import { buffered } from "./exchange.ts"
import { run } from "./pipeline.ts"
import { headerIssues } from "./settings.ts"
import type { SessionState } from "./state.ts"

/** A request as somebody wrote it, checked like any input. */
export const requestPlan = (request: RawRequest): Plan<TransportResponse, never> => ({
  operation: request.operation ?? `${request.method} ${shownUrl(request.url)}`,
  method: request.method,
  path: "",
  stays: request.stays,
  encode: () => {
    const headers = Object.fromEntries(Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]))
    const issues = [
      ...headerIssues(headers),
      ...(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(request.method) ? [] : [{ path: "method", message: "expected a token (RFC 9110 section 9.1)" }]),
      ...(isSingleLine(request.url) && (request.url.startsWith("/") ? !request.url.startsWith("//") : isWeb(request.url))
        ? []
        : [{ path: "url", message: "expected an http or https URL, or a path that begins with one /" }]),
      ...(hasUserInformation(request.url) ? [{ path: "url", message: "expected a URL without user name or password" }] : [])
    ]
    return issues.length > 0
      ? Result.fail(issues)
      : Result.succeed({ method: request.method, path: request.url, headers, cookie: undefined, body: request.body, idempotent: request.idempotent ?? isIdempotent(request.method), auth: true, ignoreSetCookie: false })
  },
  exchange: buffered,
  finish: (answer) => Effect.succeed(answer)
})

/** Runs a plan whose result is the response. A status that policy retries is retried; the last one is the result. */
export const rawOf = (state: SessionState, plan: Omit<Plan<unknown, never>, "finish">): Effect.Effect<TransportResponse, CallError> =>
  Effect.suspend(() => {
    let last: TransportResponse | undefined
    return Effect.catchTag(
      run(state, {
        ...plan,
        // a failure here is what makes the retry stage look at the status
        finish: (answer, context) => {
          last = answer
          return answer.status >= 400 ? Effect.fail(new UnexpectedStatus({ ...context.failure, status: answer.status })) : Effect.succeed<TransportResponse>(answer)
        }
      }),
      "UnexpectedStatus",
      (error) => last === undefined ? Effect.fail(error) : Effect.succeed(last)
    )
  })
