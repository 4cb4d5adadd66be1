/**
 * The session class of Argus.
 */
import * as Effect from "effect/Effect"
import * as Endpoint from "../../endpoint/Endpoint.ts"
import type { CallError } from "../../errors/CallError.ts"
import type { PreconditionFailed } from "../../errors/ResponseError.ts"
import type { ConfigurationInvalid } from "../../errors/SessionError.ts"
import { narrow, Service } from "../../layers/session/Session.ts"
import { CurrentCall, noOptions } from "../../services/Call.ts"
import type { Can, Permission } from "../../services/Permission.ts"
import { constrainedRecipe } from "./constrained.ts"
import { summarize } from "./envelope.ts"
import { ArgusMessages, AuthenticationResult, ConstrainRequest } from "./generated/models.ts"

const options = {
  baseUrl: "https://api.mnemonic.no",
  preset: {
    timeout: "30 seconds",
    retryOn: [429, 500, 503, 504, "ConnectionFailed", "Timeout"]
  },
  summarize,
  redact: ["Argus-API-Key", "Argus-Csrf-Token", "argus_session", "encryptedZipPassword"],
  check: "/authentication/v1/session"
} as const

/** The permissions of `R` that a constraint to `P` leaves open. */
type Outside<R, P extends string> = Exclude<Extract<R, Permission<Argus, string>>, Can<Argus, P>>

/** Which part of the present rights to keep. What is left out stays whole. */
export interface Constraint<P extends string> {
  /** ids or short names */
  readonly customers?: ReadonlyArray<string | number> | undefined
  /** names of functions: the permissions that endpoints declare */
  readonly functions?: ReadonlyArray<P> | undefined
  readonly readOnly?: boolean | undefined
}

/**
 * A session of Argus.
 *
 * @example
 * ```ts
 * const Live = Argus.layer().pipe(Layer.provide([ArgusAuth.fromConfig(), Configuration.fromConfig("ARGUS_API"), NodeTransport.layer()]))
 * program.pipe(Effect.provide(Live))
 * ```
 */
export class Argus extends /*#__PURE__*/ Service<Argus>()("argus", options) {
  /**
   * Runs calls in a session narrowed by the server to some customers and functions, and by the compiler to the latter: a
   * call that needs another function does not compile. The narrower session is logged out when the part ends.
   *
   * @example
   * ```ts
   * getCaseMetadataByID({ id: 1 }).pipe(Argus.constrained({ customers: ["customer1"], functions: ["viewCases"] }))
   * ```
   */
  static constrained<const P extends string = string>(constraint: Constraint<P>) {
    return <A, E, R>(
      self: Effect.Effect<A, E, R> & ([Outside<R, P>] extends [never] ? unknown : { readonly "needs a permission outside the constraint": Outside<R, P> })
    ): Effect.Effect<
      A,
      E | CallError | ConfigurationInvalid | PreconditionFailed<ArgusMessages>,
      Exclude<R, Argus | Permission<Argus, string>> | Argus | (string extends P ? Extract<R, Permission<Argus, string>> : Can<Argus, P>)
    > => {
      const narrowed = Effect.gen(function*() {
        const outer = yield* Argus
        if (outer.fixed === true) return yield* self
        const request = {
          body: {
            ...(constraint.customers === undefined ? {} : { customer: constraint.customers.map(String) }),
            ...(constraint.functions === undefined ? {} : { function: constraint.functions }),
            ...(constraint.readOnly === undefined ? {} : { readOnly: constraint.readOnly })
          }
        }
        const ask = Effect.map(outer.execute(constrainSession.operation, request), (answer) => answer.data.credentials.requestCredentialsData).pipe(
          // options around the part, such as strictness or more members of a body, are for the part's own calls
          Effect.provideService(CurrentCall, noOptions)
        )
        const session = yield* narrow(outer, constrainedRecipe(yield* ask, ask), options)
        return yield* Effect.provideService(self, Argus, session)
      })
      // The phantom permissions that `self` names are granted by the constraint, as the check above has made sure.
      return Effect.scoped(narrowed) as never
    }
  }
}

/**
 * Asks for a session with a part of the present rights. Stands here and not beside its siblings, since
 * {@link Argus.constrained} is built on it.
 */
export const constrainSession = /*#__PURE__*/ Endpoint.post(Argus, "/authentication/v1/session/constrain", {
  name: "constrainSession",
  body: ConstrainRequest,
  success: AuthenticationResult,
  errors: { 412: ArgusMessages },
  // the answer sets the cookie of the narrower session, which must not replace this one's
  ignoreSetCookie: true
})
