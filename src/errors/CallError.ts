/**
 * The failures that any call can meet, whatever its endpoint declares. Nothing but data.
 */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { errorSchema, type Failure, failureFields, sentence } from "./Failure.ts"

/** Why authentication failed. */
export type AuthenticationReason =
  /** the server answered 401 and no new credential could mend it */
  | "rejected"
  /** the login itself was refused */
  | "login"
  /** a token could not be renewed */
  | "refresh"
  /** a credential would have travelled over plain http to a host that is not loopback */
  | "insecure"
  /** there is no credential for what was asked */
  | "missing"
  /** of the alternatives that the endpoint wants, none can be satisfied by the credentials that were given; nothing was sent */
  | "unsatisfied"
  /** the server did not prove that it is who it should be; the credentials went no further */
  | "mutual"
  /** the server offers only weaker schemes than the one that it took before, as somebody in between would */
  | "downgrade"
  /** the token store is not safe to use, or cannot be used where going on without it would be unsafe */
  | "store"

const hints: Record<AuthenticationReason, string> = {
  rejected: "The server does not accept this credential: check that it is valid, not revoked and meant for this server",
  login: "Check what it signs in with, and that this server knows it",
  refresh: "Sign in again",
  insecure: "Use https; a loopback address may use http",
  missing: "Provide an authentication layer that fits this API",
  unsatisfied: "Give Auth.schemes the credentials of one alternative",
  mutual: "Somebody else may be answering in the server's place: check the URL, the proxy and the network",
  downgrade: "Somebody in between may have changed the answer. If the server means it, open a session with that scheme alone",
  store: "Repair the token store, or open a session without it"
}

/** Any 401 that authentication could not mend, and every failure of a login or a renewal. */
export class AuthenticationFailed extends /*#__PURE__*/ Data.TaggedError("AuthenticationFailed")<
  Failure & {
    readonly reason: AuthenticationReason
    readonly detail?: string | undefined
    readonly body: unknown
    /** `maybe`: the server may have acted on a login or a renewal all the same, and what it gave is lost */
    readonly processed?: "no" | "maybe" | undefined
    readonly message: string
  }
> {
  constructor(
    args: Failure & { readonly reason: AuthenticationReason; readonly detail?: string | undefined; readonly body?: unknown; readonly processed?: "no" | "maybe" | undefined }
  ) {
    const what = `authentication failed (${args.reason}${args.status === undefined ? "" : `, status ${args.status}`})${args.detail === undefined ? "" : `: ${args.detail}`}`
    super({ ...args, body: args.body, message: sentence(args, what, hints[args.reason]) })
  }
  static readonly schema: Schema.Codec<AuthenticationFailed, unknown> = /*#__PURE__*/ Schema.suspend(() =>
    errorSchema("AuthenticationFailed", AuthenticationFailed, Schema.Struct({
      ...failureFields,
      reason: Schema.Literals(["rejected", "login", "refresh", "insecure", "missing", "unsatisfied", "mutual", "downgrade", "store"]),
      detail: Schema.optional(Schema.String),
      body: Schema.optional(Schema.Unknown),
      processed: Schema.optional(Schema.Literals(["no", "maybe"]))
    }))
  )
}

/** The part of a call that ran out of time. */
export type TimeoutPhase = "connect" | "TLS" | "queue" | "response" | "body" | "attempt" | "total"

const timeoutHints: Record<TimeoutPhase, string> = {
  connect: "Is the host reachable? The limit is Transport's `connectTimeout`",
  TLS: "The server accepted the connection but did not finish the TLS handshake",
  queue: "Everything was busy: raise `connections` (or the `capacity` of keyed sessions), or lower the concurrency",
  response: "The server took the request and sent nothing: the limit is Transport's `idleTimeout`",
  body: "The server stopped sending in mid-body: the limit is Transport's `idleTimeout`",
  attempt: "The limit of one attempt is `timeout`",
  total: "The limit of the whole call, retries included, is `deadline`"
}

/** A limit of time was reached. `processed` tells whether the server may have acted on the request. */
export class Timeout extends /*#__PURE__*/ Data.TaggedError("Timeout")<
  Failure & { readonly phase: TimeoutPhase; readonly limit: Duration.Duration; readonly processed: "no" | "maybe"; readonly message: string }
> {
  constructor(args: Failure & { readonly phase: TimeoutPhase; readonly limit: Duration.Duration; readonly processed: "no" | "maybe" }) {
    super({ ...args, message: sentence(args, `no answer within ${Duration.format(args.limit)} (${args.phase})`, timeoutHints[args.phase]) })
  }
  static readonly schema: Schema.Codec<Timeout, unknown> = /*#__PURE__*/ Schema.suspend(() =>
    errorSchema("Timeout", Timeout, Schema.Struct({
      ...failureFields,
      phase: Schema.Literals(["connect", "TLS", "queue", "response", "body", "attempt", "total"]),
      limit: Schema.DurationFromMillis,
      processed: Schema.Literals(["no", "maybe"])
    }))
  )
}

/** Why no complete response came. */
export type ConnectionReason = "refused" | "dns" | "unreachable" | "reset" | "closed" | "truncated" | "protocol" | "proxy" | "body" | "other"

const connectionHints: Partial<Record<ConnectionReason, string>> = {
  refused: "Nothing listens there: check host and port",
  dns: "The name does not resolve: check the host name and your DNS",
  unreachable: "There is no route to that address",
  truncated: "The body ended early and was thrown away",
  protocol: "What listens there does not speak HTTP as expected",
  proxy: "The proxy refused: check its address and credentials",
  body: "The stream that gives the request body failed"
}

/** No complete response came. `processed` tells whether the server may have acted on the request. */
export class ConnectionFailed extends /*#__PURE__*/ Data.TaggedError("ConnectionFailed")<
  Failure & {
    readonly reason: ConnectionReason
    readonly processed: "no" | "maybe"
    readonly detail?: string | undefined
    readonly code?: string | undefined
    readonly message: string
  }
> {
  constructor(args: Failure & { readonly reason: ConnectionReason; readonly processed: "no" | "maybe"; readonly detail?: string | undefined; readonly code?: string | undefined }) {
    super({ ...args, message: sentence(args, `connection failed (${args.reason})${args.detail === undefined ? "" : `: ${args.detail}`}`, connectionHints[args.reason]) })
  }
  static readonly schema: Schema.Codec<ConnectionFailed, unknown> = /*#__PURE__*/ Schema.suspend(() =>
    errorSchema("ConnectionFailed", ConnectionFailed, Schema.Struct({
      ...failureFields,
      reason: Schema.Literals(["refused", "dns", "unreachable", "reset", "closed", "truncated", "protocol", "proxy", "body", "other"]),
      processed: Schema.Literals(["no", "maybe"]),
      detail: Schema.optional(Schema.String),
      code: Schema.optional(Schema.String)
    }))
  )
}

/** Why there is no TLS connection that may be used. */
export type TlsReason =
  /** no authority that is trusted here has signed it */
  | "untrusted"
  | "expired"
  | "notYetValid"
  /** the certificate is for another host */
  | "wrongHost"
  /** the certificate is on a revocation list (`tls: { crl }`), or the list is too old to tell */
  | "revoked"
  /** none of the pinned public keys is in the chain */
  | "pin"
  /** the server wants a client certificate, and got none */
  | "clientCertificateRequired"
  /** the server does not accept the client certificate that it got */
  | "clientCertificateRefused"
  /** what was given as `tls` cannot be used, e.g. a file that is missing; nobody was spoken to */
  | "configuration"
  /** the two sides do not agree how to speak */
  | "protocol"

const tlsHints: Record<TlsReason, string> = {
  untrusted: "Add the authority that signed this certificate with `tls: { ca }`",
  expired: "The server's operator has to renew it, or this machine's clock is wrong",
  notYetValid: "This machine's clock is wrong, or the server's operator installed it too early",
  wrongHost: "Use a host that the certificate names, or tell which name to expect with `tls: { serverName }`",
  revoked: "The server's operator has to replace the certificate",
  pin: "If the server's key was changed on purpose, add the new one to `tls: { pins }`",
  clientCertificateRequired: "Give one with `tls: { certificate: { certificate, key } }` or `{ pkcs12 }`",
  clientCertificateRefused: "Check that it is from an authority that the server trusts, has not expired, and came with its intermediate certificates",
  configuration: "Correct the `tls` options",
  protocol: "The two sides share no TLS version or cipher, or the port does not speak TLS"
}

/** One certificate of a chain, as it may be shown. */
export interface TlsCertificate {
  /** most specific part first, e.g. `CN=api.example.com, O=Example` */
  readonly subject: string
  readonly issuer: string
  /** ISO 8601 */
  readonly notBefore: string
  /** ISO 8601 */
  readonly notAfter: string
}
const TlsCertificateSchema: Schema.Codec<TlsCertificate> = /*#__PURE__*/ Schema.Struct({
  subject: Schema.String,
  issuer: Schema.String,
  notBefore: Schema.String,
  notAfter: Schema.String
})

/** What {@link TlsFailed} tells besides where and when. */
export interface TlsFailure {
  readonly reason: TlsReason
  /** which certificate failed, and why */
  readonly detail?: string | undefined
  /** what Node or OpenSSL calls it */
  readonly code?: string | undefined
  /** whose TLS: the server's, or that of a proxy on the way */
  readonly peer?: "origin" | "proxy" | undefined
  /** what the peer showed, its own certificate first; at most 10 */
  readonly chain?: ReadonlyArray<TlsCertificate> | undefined
  /** SHA-256 of the peer's own certificate, in hexadecimal with colons */
  readonly fingerprint?: string | undefined
  /** what to do about it; ends `message` */
  readonly fix?: string | undefined
}

/** No TLS connection that may be used came about. The server has not acted on the request. */
export class TlsFailed extends /*#__PURE__*/ Data.TaggedError("TlsFailed")<Failure & TlsFailure & { readonly message: string }> {
  constructor(args: Failure & TlsFailure) {
    super({
      ...args,
      message: sentence(args, `TLS failed (${args.reason})${args.detail === undefined ? "" : `: ${args.detail}`}`, args.fix ?? tlsHints[args.reason])
    })
  }
  static readonly schema: Schema.Codec<TlsFailed, unknown> = /*#__PURE__*/ Schema.suspend(() =>
    errorSchema("TlsFailed", TlsFailed, Schema.Struct({
      ...failureFields,
      reason: Schema.Literals([
        "untrusted",
        "expired",
        "notYetValid",
        "wrongHost",
        "revoked",
        "pin",
        "clientCertificateRequired",
        "clientCertificateRefused",
        "configuration",
        "protocol"
      ]),
      detail: Schema.optional(Schema.String),
      code: Schema.optional(Schema.String),
      peer: Schema.optional(Schema.Literals(["origin", "proxy"])),
      chain: Schema.optional(Schema.Array(TlsCertificateSchema)),
      fingerprint: Schema.optional(Schema.String),
      fix: Schema.optional(Schema.String)
    }))
  )
}

/** One thing that is wrong with a value: where (`data.items[3].id`), and what was expected. Never the value itself. */
export interface Issue {
  readonly path: string
  readonly message: string
}
const IssueSchema: Schema.Codec<Issue> = /*#__PURE__*/ Schema.Struct({ path: Schema.String, message: Schema.String })

const listed = (issues: ReadonlyArray<Issue>): string =>
  issues.slice(0, 3).map((issue) => issue.path === "" ? issue.message : `${issue.path}: ${issue.message}`).join("; ")
  + (issues.length > 3 ? `; and ${issues.length - 3} more` : "")

/** Why a response could not be read. */
export type DecodeReason = "schema" | "syntax" | "mediaType" | "encoding" | "limit"

const decodeHints: Record<DecodeReason, string> = {
  schema: "The server's answer does not fit the endpoint's schema",
  syntax: "The body is not what its media type says: a proxy or a login page may have answered",
  mediaType: "The server answered in a media type this endpoint does not declare",
  encoding: "The body's content encoding is unknown or damaged",
  limit: "The answer is larger than the transport allows: raise `maxResponseSize` or read it as a stream"
}

/** A response came, but not one that this endpoint can read. `excerpt` holds at most 200 redacted characters. */
export class DecodeFailed extends /*#__PURE__*/ Data.TaggedError("DecodeFailed")<
  Failure & { readonly reason: DecodeReason; readonly issues: ReadonlyArray<Issue>; readonly excerpt?: string | undefined; readonly message: string }
> {
  constructor(args: Failure & { readonly reason: DecodeReason; readonly issues: ReadonlyArray<Issue>; readonly excerpt?: string | undefined }) {
    super({ ...args, message: sentence(args, `the answer could not be read (${args.reason}): ${listed(args.issues)}`, decodeHints[args.reason]) })
  }
  static readonly schema: Schema.Codec<DecodeFailed, unknown> = /*#__PURE__*/ Schema.suspend(() =>
    errorSchema("DecodeFailed", DecodeFailed, Schema.Struct({
      ...failureFields,
      reason: Schema.Literals(["schema", "syntax", "mediaType", "encoding", "limit"]),
      issues: Schema.Array(IssueSchema),
      excerpt: Schema.optional(Schema.String)
    }))
  )
}

/** The input does not fit the endpoint. Nothing was sent. */
export class InvalidInput extends /*#__PURE__*/ Data.TaggedError("InvalidInput")<Failure & { readonly issues: ReadonlyArray<Issue>; readonly message: string }> {
  constructor(args: Failure & { readonly issues: ReadonlyArray<Issue> }) {
    super({ ...args, message: sentence(args, `invalid input: ${listed(args.issues)}`, "Nothing was sent") })
  }
  static readonly schema: Schema.Codec<InvalidInput, unknown> = /*#__PURE__*/ Schema.suspend(() =>
    errorSchema("InvalidInput", InvalidInput, Schema.Struct({ ...failureFields, issues: Schema.Array(IssueSchema) }))
  )
}

/** The session was closed before or while this call ran. */
export class SessionClosed extends /*#__PURE__*/ Data.TaggedError("SessionClosed")<Failure & { readonly session: string; readonly message: string }> {
  constructor(args: Failure & { readonly session: string }) {
    super({ ...args, message: sentence(args, `session "${args.session}" is closed`, "Use it inside the scope that opened it") })
  }
  static readonly schema: Schema.Codec<SessionClosed, unknown> = /*#__PURE__*/ Schema.suspend(() =>
    errorSchema("SessionClosed", SessionClosed, Schema.Struct({ ...failureFields, session: Schema.String }))
  )
}

/** What was asked is not possible with this transport, platform or configuration. */
export class CapabilityUnavailable extends /*#__PURE__*/ Data.TaggedError("CapabilityUnavailable")<
  Failure & { readonly capability: string; readonly hint: string; readonly message: string }
> {
  constructor(args: Failure & { readonly capability: string; readonly hint: string }) {
    super({ ...args, message: sentence(args, `${args.capability} is not available here`, args.hint) })
  }
  static readonly schema: Schema.Codec<CapabilityUnavailable, unknown> = /*#__PURE__*/ Schema.suspend(() =>
    errorSchema("CapabilityUnavailable", CapabilityUnavailable, Schema.Struct({ ...failureFields, capability: Schema.String, hint: Schema.String }))
  )
}

/** Why a redirect was not followed. */
export type RedirectReason = "downgrade" | "scheme" | "loop" | "limit" | "body" | "location"

const redirectHints: Record<RedirectReason, string> = {
  downgrade: "It leads from https to http",
  scheme: "It leads to something that is neither http nor https",
  loop: "It leads back to where it came from",
  limit: "There were too many in a row: the limit is `redirects`",
  body: "It would have carried the request's body to another origin, or the body cannot be sent twice",
  location: "Its Location is missing or not a URL"
}

/** A redirect that would be unsafe or endless was refused (RFC 9110 section 15.4). */
export class RedirectRefused extends /*#__PURE__*/ Data.TaggedError("RedirectRefused")<
  Failure & { readonly reason: RedirectReason; readonly location: string; readonly message: string }
> {
  constructor(args: Failure & { readonly reason: RedirectReason; readonly location: string }) {
    super({ ...args, message: sentence(args, `redirect to ${args.location || "nowhere"} refused (${args.reason})`, redirectHints[args.reason]) })
  }
  static readonly schema: Schema.Codec<RedirectRefused, unknown> = /*#__PURE__*/ Schema.suspend(() =>
    errorSchema("RedirectRefused", RedirectRefused, Schema.Struct({
      ...failureFields,
      reason: Schema.Literals(["downgrade", "scheme", "loop", "limit", "body", "location"]),
      location: Schema.String
    }))
  )
}

/** A status that the endpoint does not declare. `body` is what came, parsed where it is JSON, redacted. */
export class UnexpectedStatus extends /*#__PURE__*/ Data.TaggedError("UnexpectedStatus")<
  Failure & { readonly status: number; readonly body: unknown; readonly declared?: boolean | undefined; readonly message: string }
> {
  /** `hint`: what to do, where that is not what an endpoint's author can do */
  constructor({ hint = "Declare it in the endpoint's `errors` to handle it by tag", ...args }: Failure & { readonly status: number; readonly body?: unknown; readonly declared?: boolean | undefined; readonly hint?: string | undefined }) {
    const what = args.declared === true ? `status ${args.status}, with a body that is not what the endpoint declares for it` : `unexpected status ${args.status}`
    super({ ...args, body: args.body, message: sentence(args, what, args.declared === true ? undefined : hint) })
  }
  static readonly schema: Schema.Codec<UnexpectedStatus, unknown> = /*#__PURE__*/ Schema.suspend(() =>
    errorSchema("UnexpectedStatus", UnexpectedStatus, Schema.Struct({ ...failureFields, status: Schema.Number, body: Schema.optional(Schema.Unknown), declared: Schema.optional(Schema.Boolean) }))
  )
}

/**
 * Every failure that any call can meet. An endpoint adds the statuses it declares.
 *
 * @example
 * ```ts
 * getCurrentUser().pipe(Effect.catchTag("Timeout", (e) => Effect.fail(new Error(`no answer while ${e.phase}`))))
 * ```
 */
export type CallError =
  | AuthenticationFailed
  | Timeout
  | ConnectionFailed
  | TlsFailed
  | DecodeFailed
  | InvalidInput
  | SessionClosed
  | CapabilityUnavailable
  | RedirectRefused
  | UnexpectedStatus

/** Schema of {@link CallError}, so that failures can cross a process border and keep their class. */
export const CallError: Schema.Codec<CallError, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Union([
    AuthenticationFailed.schema,
    Timeout.schema,
    ConnectionFailed.schema,
    TlsFailed.schema,
    DecodeFailed.schema,
    InvalidInput.schema,
    SessionClosed.schema,
    CapabilityUnavailable.schema,
    RedirectRefused.schema,
    UnexpectedStatus.schema
  ])
)

/** Is this a failure that any call can meet, and not one that an endpoint declares? */
export const isCallError = (error: unknown): error is CallError =>
  error instanceof AuthenticationFailed || error instanceof Timeout || error instanceof ConnectionFailed || error instanceof TlsFailed
  || error instanceof DecodeFailed || error instanceof InvalidInput || error instanceof SessionClosed || error instanceof CapabilityUnavailable
  || error instanceof RedirectRefused || error instanceof UnexpectedStatus
