/**
 * Waits for a certificate that is being made.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { retrieveCertificate } from "./generated/certificates.ts"
import type { CertificateData, CertificateRetrieval } from "./generated/models.ts"
import { shown } from "./refusal.ts"

/** The certificate was not there when nobody wanted to wait any more. */
export class CertificateNotIssued extends /*#__PURE__*/ Data.TaggedError("CertificateNotIssued")<{
  readonly certificate: string
  /** where it was in TPP's own process, e.g. 500 */
  readonly stage: number
  readonly status: string | undefined
  readonly message: string
}> {
  constructor(args: { readonly certificate: string; readonly stage: number; readonly status: string | undefined }) {
    const at = `stage ${args.stage}${args.status === undefined ? "" : ` (${shown(args.status)})`}`
    super({ ...args, message: `${args.certificate} is not issued: ${at}. Wait longer, or see in TPP what holds it up` })
  }
}

/**
 * Retrieves a certificate as soon as there is one: asks each 5 seconds for 5 minutes, unless the Schedule says otherwise.
 * Fails with {@link CertificateNotIssued} when the Schedule ends, and as `retrieveCertificate` does.
 *
 * @example
 * ```ts
 * const { CertificateDN } = yield* requestCertificate({ body: { PolicyDN: "\\VED\\Policy", Subject: "www.example.com" } })
 * const pem = yield* issuedCertificate({ CertificateDN, Format: "Base64", IncludeChain: true })
 * ```
 */
export const issuedCertificate = (
  body: CertificateRetrieval,
  options: { readonly schedule?: Schedule.Schedule<unknown> | undefined } = {}
) => {
  const once = Effect.flatMap(retrieveCertificate({ body }), (answer): Effect.Effect<CertificateData, CertificateNotIssued> =>
    "CertificateData" in answer
      ? Effect.succeed(answer)
      : Effect.fail(new CertificateNotIssued({ certificate: body.CertificateDN, stage: answer.Stage, status: answer.Status })))
  const schedule = options.schedule ?? Schedule.upTo(Schedule.spaced("5 seconds"), { duration: "5 minutes" })
  // only what is not ready is asked for again here: other failures have had their retries
  return Effect.retry(once, { schedule, while: (error) => error._tag === "CertificateNotIssued" })
}
