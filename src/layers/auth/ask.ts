/**
 * A request of a login, and what its answer says: the part that all token endpoints share.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { AuthenticationFailed, type CallError } from "../../errors/CallError.ts"
import type { AuthenticationContext, AuthenticationRequest, AuthenticationResponse } from "../../services/Authentication.ts"
import * as Redact from "../../wire/redact.ts"
import { redactedBaseUrl } from "../../wire/url.ts"

/** An answer whose body was read as text: at most its first 64 KiB, since no login has more to say. */
export interface Answered extends Pick<AuthenticationResponse, "status" | "headers"> {
  readonly text: string
  /** the text as JSON; `undefined`: it is none */
  readonly json: unknown
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
 * status; a redirect is never followed, and HTML of a portal is told as such.
 *
 * @example
 * ```ts
 * ask(context, { operation: "login", method: "POST", url: "/token", body }, { reason: "login", read, secrets: () => [password] })
 * ```
 */
export const ask = <A>(context: AuthenticationContext, request: AuthenticationRequest, options: AskOptions<A>): Effect.Effect<A, CallError> => {
  const failed = (detail: string, status: number | undefined): AuthenticationFailed =>
    new AuthenticationFailed({
      operation: request.operation,
      method: request.method,
      url: redactedBaseUrl(context.baseUrl),
      attempts: 1,
      reason: options.reason,
      status,
      detail: Redact.excerpt(detail, { isSecretName: Redact.isSecretName(), values: options.secrets })
    })
  return Effect.flatMap(
    Effect.catchTag(context.send(request), "AuthenticationFailed", (error) =>
      Effect.fail(error.reason === "rejected" ? failed(options.refused ?? error.detail ?? "the server refused", error.status) : error)),
    (response) => {
      if (response.status >= 300 && response.status < 400) return Effect.fail(failed("the server redirects the login elsewhere, which is never followed", response.status))
      const text = new TextDecoder().decode(response.body.subarray(0, 65_536))
      const read = options.read({ status: response.status, headers: response.headers, text, json: parsed(text) })
      return Result.isSuccess(read) ? Effect.succeed(read.success) : Effect.fail(failed(read.failure, response.status))
    }
  )
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
