/**
 * The seam between a session and one way of answering challenges (RFC 9110 section 11): Basic, Digest, NTLM, Negotiate. The
 * same scheme serves origins and proxies.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11
 */
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type { Challenge } from "../wire/challenge.ts"
import type { Connection } from "./Transport.ts"

export type { Challenge } from "../wire/challenge.ts"

/** Who asks: an origin, or a proxy on the way. Nothing that was learnt about one is used with another. */
export interface SchemePeer {
  readonly side: "origin" | "proxy"
  /** without brackets and port */
  readonly host: string
  readonly port: number
  /** spoken to over TLS */
  readonly secure: boolean
}

/** A request that has to prove something. */
export interface SchemeRequest {
  readonly method: string
  /** the request-target as it stands in the request line: path and query, an absolute URL, or `host:port` for CONNECT */
  readonly target: string
  /** the body, where it is in memory; empty where there is none, `undefined` where it is a stream */
  readonly body: Uint8Array | string | undefined
  /** the connection that is reserved for this request; `undefined` where none can be, or none was asked for */
  readonly connection: Connection | undefined
}

/** What the peer says with an answer that is not another challenge. */
export interface SchemeResponse {
  readonly status: number
  /** `Authentication-Info` or `Proxy-Authentication-Info` (RFC 9110 section 11.6.3) */
  readonly info: string | undefined
  /** challenges beside the answer: Negotiate proves the server with one (RFC 4559 section 5) */
  readonly challenges: ReadonlyArray<Challenge>
  /** the answer's body as it was transferred; missing where it is not at hand, e.g. still on its way, or decompressed */
  readonly body?: Uint8Array | undefined
  /** `Persistent-Auth`: does the login hold for the connection? `undefined`: the server does not say */
  readonly persistent: boolean | undefined
}

/** Why a scheme has no answer. Never holds a secret. */
export class SchemeError extends /*#__PURE__*/ Data.TaggedError("SchemeError")<{
  readonly reason:
    /** it does not work on this platform or in this environment: another scheme may. `hint` says what to install or to do */
    | "unavailable"
    /** the server did not prove that it is who it should be */
    | "mutual"
    /** the peer's message makes no sense, or asks for what must not be given */
    | "protocol"
  readonly detail: string
  readonly hint?: string | undefined
}> {}

/** One request's way through a scheme. */
export interface SchemeLogin {
  /**
   * Value of the field to send before the peer asks, from what is known since an earlier request; `undefined`: send none.
   * `preemptive`: the caller wants one even at first, where the scheme can.
   */
  readonly first: (preemptive: boolean) => Effect.Effect<string | undefined, SchemeError>
  /** Value of the field that answers a challenge of this scheme; `undefined`: what there was to say was said, and refused. */
  readonly answer: (challenge: Challenge) => Effect.Effect<string | undefined, SchemeError>
  /** The peer's answer that is no challenge: it proves itself here, and tells what holds from now on. */
  readonly accepted: (response: SchemeResponse) => Effect.Effect<void, SchemeError>
  /** Will this request surely be the last one, as far as can be known before it is sent? Then its body may be one that can be sent only once. */
  readonly settled: () => boolean
}

/** What one session knows of one peer under one scheme. */
export interface SchemeState {
  readonly begin: (request: SchemeRequest) => SchemeLogin
}

/** One way to answer challenges, with its credentials. A recipe: each session opens a state of its own from it. */
export interface Scheme {
  /** the auth-scheme as it stands in challenges; compared without case */
  readonly name: string
  /** the strongest that is offered is taken: Negotiate by Kerberos 40, Digest 30, NTLM 20, Basic 10 */
  readonly strength: number
  /** a login belongs to the connection: its rounds go over one that is reserved */
  readonly bound: boolean
  /** what is sent is the secret itself, readable for whoever sits in between: not over plain http off loopback */
  readonly exposes: boolean
  /** who it is, for status; never a secret */
  readonly identity: string | undefined
  /** a sentence to log once where it is used, e.g. that it is being retired */
  readonly warning?: string | undefined
  /** what is wrong with the credentials that it was given, never the credentials themselves: nothing is built with such a scheme, and it answers nothing */
  readonly problem?: string | undefined
  /** of several challenges of this name that came at once the one it answers, e.g. that with the strongest algorithm. Default: the first */
  readonly choose?: ((challenges: ReadonlyArray<Challenge>) => Challenge | undefined) | undefined
  readonly secrets: () => Iterable<string>
  readonly open: (peer: SchemePeer) => SchemeState
}
