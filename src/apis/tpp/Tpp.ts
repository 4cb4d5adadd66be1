/**
 * The session class of Venafi TPP.
 */
import type * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type { ConfigurationInvalid } from "../../errors/SessionError.ts"
import { type Parts, Service } from "../../layers/session/Session.ts"
import type { Can } from "../../services/Permission.ts"
import { isRolledBack, summarize } from "./refusal.ts"
import type { Scope } from "./Scope.ts"

const options = {
  preset: {
    timeout: "30 seconds",
    // as often and as far apart as the official client; which failures may be repeated is decided more carefully
    retry: /*#__PURE__*/ Schedule.max([/*#__PURE__*/ Schedule.spaced("500 millis"), /*#__PURE__*/ Schedule.recurs(3)])
  },
  summarize,
  undone: isRolledBack,
  redact: ["X-Venafi-API-Key", "APIKey", "KeystorePassword", "PrivateKeyData", "device_code", "access_token", "refresh_token"],
  check: "/vedsdk/identity/self"
} as const

/**
 * A session of Venafi TPP. Its base URL is the server's root, e.g. `https://tpp.example.com`, without `/vedsdk`.
 *
 * @example
 * ```ts
 * const scope = Scope.make({ certificate: ["manage"] })
 * const Live = Tpp.layer().pipe(Layer.provide([
 *   TppAuth.password({ clientId: "my-application", username: "ada", password: Redacted.make("…"), scope }),
 *   Configuration.fromConfig("TPP"),
 *   NodeTransport.layer()
 * ]))
 * ```
 */
export class Tpp extends /*#__PURE__*/ Service<Tpp>()("tpp", options) {
  /**
   * A session as {@link Tpp.layer} gives it, with the permissions of a scope and no others: a program that calls an endpoint
   * outside of the scope does not compile.
   *
   * @example
   * ```ts
   * const scope = Scope.make({ certificate: ["read"] })
   * const Live = Tpp.layerFor(scope).pipe(Layer.provide([TppAuth.deviceCode({ clientId: "my-application", scope }), …]))
   * ```
   */
  static layerFor<const P extends string>(_scope: Scope<P>): Layer.Layer<Tpp | Can<Tpp, P>, ConfigurationInvalid, Parts> {
    // permissions are phantom: which of them a session provides is a matter of types alone
    return Tpp.layer() as Layer.Layer<never, ConfigurationInvalid, Parts> as Layer.Layer<Tpp | Can<Tpp, P>, ConfigurationInvalid, Parts>
  }
}
