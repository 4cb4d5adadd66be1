/**
 * A request of a login, and what its answer says: the part that all token endpoints share.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { AuthenticationFailed, type CallError } from "../../errors/CallError.ts"
import type { AuthenticationContext, AuthenticationRequest, AuthenticationResponse } from "../../services/Authentication.ts"
import * as OAuth from "../../wire/oauth.ts"
import * as Redact from "../../wire/redact.ts"
import { isSuccess } from "../../wire/status.ts"
import { redactedBaseUrl } from "../../wire/url.ts"

/** An answer whose body was read as text: at most its first 64 KiB, since no login has more to say. */
export interface Answered extends Pick<AuthenticationResponse, "status" | "headers"> {
  readonly text: string
  /** the text as JSON; `undefined`: it is none */
  readonly json: unknown
  /** Unix milliseconds on the server's clock, for what it tells as a point in time: `expires - time` is the lifetime */
  readonly time: number
}

export interface AskOptions<A> {
  readonly reason: "login" | "refresh"
  /** reads any answer but a redirect or a 401; a failure is a sentence of what is wrong. It may quote the server: secrets in it are masked */
  readonly read: (answer: Answered) => Result.Result<A, string>
  /** what went out and must not be shown when it comes back */
  readonly secrets: () => Iterable<string>
  /** what a 401 means here. Default: what the server said, or that it refused */
  readonly refused?: string | undefined
}

/**
 * Sends a request of a login and reads its answer. Whatever is no credential fails with `AuthenticationFailed`, with the
 * status; a redirect is never followed, and HTML of a portal is told as such. Where the server seems to have acted and its
 * answer is of no use, the failure is `processed: "maybe"`: what was spent may be gone.
 *
 * Only the request can be interrupted: an answer that came is read, whatever happens around it.
 *
 * @example
 * ```ts
 * ask(context, { operation: "login", method: "POST", url: "/token", body }, { reason: "login", read, secrets: () => [password] })
 * ```
 */
export const ask = <A>(context: AuthenticationContext, request: AuthenticationRequest, options: AskOptions<A>): Effect.Effect<A, CallError> => {
  const failed = (detail: string, status: number | undefined, processed: "no" | "maybe"): AuthenticationFailed =>
    new AuthenticationFailed({
      operation: request.operation,
      method: request.method,
      url: redactedBaseUrl(context.baseUrl),
      attempts: 1,
      reason: options.reason,
      status,
      processed,
      detail: Redact.excerpt(detail, { isSecretName: Redact.isSecretName(), values: options.secrets })
    })
  const sent = Effect.catchTag(context.send(request), "AuthenticationFailed", (error) =>
    Effect.fail(error.reason === "rejected" ? failed(options.refused ?? error.detail ?? "the server refused", error.status, "no") : error))
  return Effect.uninterruptible(Effect.gen(function*() {
    const response = yield* Effect.interruptible(sent)
    const { headers, status } = response
    if (status >= 300 && status < 400) return yield* failed("the server redirects the login elsewhere, which is never followed", status, "no")
    const text = new TextDecoder().decode(response.body.subarray(0, 65_536))
    const json = parsed(text)
    const read = options.read({ status, headers, text, json, time: (yield* Clock.currentTimeMillis) + context.skew() })
    if (Result.isFailure(read)) return yield* failed(read.failure, status, mayHaveActed(status, json) ? "maybe" : "no")
    return read.success
  }))
}

/** A success that is none, or a gateway that got no answer in time from whoever is behind it; but not where it says that it refuses (RFC 6749 section 5.2). */
const mayHaveActed = (status: number, json: unknown): boolean =>
  (isSuccess(status) || status === 502 || status === 504) && OAuth.refusal(json) === undefined

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
