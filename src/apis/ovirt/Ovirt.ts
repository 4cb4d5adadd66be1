/**
 * The session class of oVirt.
 */
import * as Effect from "effect/Effect"
import * as Endpoint from "../../endpoint/Endpoint.ts"
import type { CallError } from "../../errors/CallError.ts"
import { Service } from "../../layers/session/Session.ts"
import { summarize } from "./fault.ts"
import { Api, type ProductInfo } from "./generated/models.ts"

const options = {
  preset: {
    // what engines from 4.0 on speak; `OvirtConfiguration` names another one
    headers: { version: "4" },
    timeout: "60 seconds",
    retryOn: [502, 503, 504, "ConnectionFailed", "Timeout"]
  },
  summarize,
  redact: ["JSESSIONID"],
  check: "/"
} as const

/**
 * A session with an oVirt engine.
 *
 * @example
 * ```ts
 * const Live = Ovirt.layer().pipe(Layer.provide([
 *   OvirtAuth.password({ username: "admin@internal", password }),
 *   OvirtConfiguration.layer({ url: "https://engine.example.com", ca: { file: "ca.pem" } }),
 *   NodeTransport.layer()
 * ]))
 * ```
 */
export class Ovirt extends /*#__PURE__*/ Service<Ovirt>()("ovirt", options) {
  /**
   * Signs in where that is due, and reads the root of the API: product, summary, the engine's clock. Fails with what is wrong.
   *
   * @example
   * ```ts
   * const { product_info, summary } = yield* Ovirt.connect()
   * ```
   */
  static connect(): Effect.Effect<Api, CallError, Ovirt> {
    return getApi()
  }

  /** What runs there, and in which version; `undefined` where the engine does not say. See {@link Ovirt.connect}. */
  static product(): Effect.Effect<ProductInfo | undefined, CallError, Ovirt> {
    return Effect.map(getApi(), (api) => api.product_info)
  }

  /** Can this session talk to its engine? Never fails: {@link Ovirt.connect} tells why not. */
  static test(): Effect.Effect<boolean, never, Ovirt> {
    return Effect.match(getApi(), { onSuccess: () => true, onFailure: () => false })
  }
}

/** The root of the API: what is running there, what it holds, where things are. Stands here, since {@link Ovirt.connect} is built on it. */
export const getApi = /*#__PURE__*/ Endpoint.get(Ovirt, "/", { name: "getApi", success: Api })
