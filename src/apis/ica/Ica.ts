/**
 * The session class of ICA.
 */
import { Service } from "../../layers/session/Session.ts"
import { summarize } from "./problem.ts"

const options = {
  baseUrl: "https://ica.illumina.com/ica/rest",
  preset: {
    timeout: "1 minute",
    retryOn: [429, 500, 502, 503, 504, "ConnectionFailed", "Timeout"]
  },
  summarize,
  // of temporary credentials, in both of their forms; and presigned URLs, which are as good as a password while they last
  redact: ["accessKey", "secretKey", "access_key_id", "secret_access_key", "url", "uploadUrl"],
  check: "/api/regions"
} as const

/**
 * A session of ICA (Illumina Connected Analytics).
 *
 * @example
 * ```ts
 * const Live = Ica.layer().pipe(Layer.provide([IcaAuth.fromConfig(), Configuration.fromConfig("ICA"), NodeTransport.layer()]))
 * program.pipe(Effect.provide(Live))
 * ```
 */
export class Ica extends /*#__PURE__*/ Service<Ica>()("ica", options) {}
