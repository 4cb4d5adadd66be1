/**
 * The session class of the API that the sandbox emulates, and settings for others that were called by a client of
 * ansys-openapi-common.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { CallError } from "../../errors/CallError.ts"
import type { ConfigurationInvalid } from "../../errors/SessionError.ts"
import { type Full, Service, type SessionClass } from "../../layers/session/Session.ts"
import type { Parts } from "../../services/Session.ts"

/**
 * Settings for a session class of one's own: the official client's defaults, as far as they do no harm. 31 seconds an
 * attempt, and further attempts at the statuses that it tries again, but 400, which refuses the same request again.
 *
 * @example
 * ```ts
 * class Materials extends Session.Service<Materials>()("materials", ansysOptions) {}
 * ```
 */
export const ansysOptions = {
  preset: {
    timeout: "31 seconds",
    retryOn: [429, 500, 502, 503, 504, "ConnectionFailed", "Timeout"]
  }
} as const

/**
 * A session of an API without a URL of its own: each installation has one. An API with other endpoints is a class of its own,
 * for which `AnsysAuth` and {@link connected} do the same.
 *
 * @example
 * ```ts
 * const Live = connected(Ansys).pipe(Layer.provide([
 *   AnsysAuth.credentials({ username: "ada", password }),
 *   Configuration.layer({ baseUrl: "https://mi.example.com/api/v1.svc" }),
 *   NodeTransport.layer()
 * ]))
 * ```
 */
export class Ansys extends /*#__PURE__*/ Service<Ansys>()("ansys", ansysOptions) {}

/**
 * A session that has proved itself when it is there: signed in where that is due, and the API's root answered 2xx, as with
 * `connect()` of the official client. `layer()` of the class sends nothing before the first call.
 *
 * Fails with `AuthenticationFailed` for a 401 that cannot be answered, with `UnexpectedStatus` for any other answer, and with
 * whatever else a call may fail with.
 *
 * @example
 * ```ts
 * program.pipe(Effect.provide(connected(Ansys).pipe(Layer.provide([AnsysAuth.anonymous(), configuration, transport]))))
 * ```
 */
export const connected = <Self, Api extends string>(session: SessionClass<Self, Api>): Layer.Layer<Full<Self>, CallError | ConfigurationInvalid, Parts> =>
  Layer.tap(session.layer(), (context) => Effect.provideContext(session.authenticate(), context))
