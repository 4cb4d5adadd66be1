/**
 * How a session proves who it is. Authentication is a *recipe*: its Layer needs no other part, and each session makes an
 * authenticator of its own from it. So state never crosses sessions, and layers can stand side by side.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { CallError } from "../errors/CallError.ts"
import type { Failure } from "../errors/Failure.ts"
import type { ConfigurationInvalid } from "../errors/SessionError.ts"
import type { SecurityRequirement } from "../wire/security.ts"
import type { CallOptions } from "./Call.ts"
import type { CookieJar } from "./CookieJar.ts"
import type { CredentialSource, SessionHappening } from "./SessionEvent.ts"
import type { TokenStore } from "./TokenStore.ts"
import type { ClientCertificate, Connection, RequestBody, ResponseHeaders } from "./Transport.ts"

export type { SecurityRequirement } from "../wire/security.ts"

/** A request that credentials are wanted for. It always goes to an origin that they are bound to. */
export interface AuthenticationHop {
  readonly method: string
  /** where it goes, without credentials of its own */
  readonly url: URL
  /** a secret may travel there: over TLS, on the machine itself, or since the session allows it */
  readonly secure: boolean
  /** the body, in memory or a stream; `undefined` where there is none */
  readonly body: RequestBody | undefined
  /** the connection that is reserved for it, where the authenticator `binds` connections and the transport can reserve them */
  readonly connection: Connection | undefined
  /** which credentials the endpoint wants: any one of the alternatives; `undefined`: it does not say. Who has only one credential need not look */
  readonly security?: ReadonlyArray<SecurityRequirement> | undefined
  /** where and when, for errors: the endpoint, and the URL as it may be shown */
  readonly failure: Failure
  /** the same where the server has answered: with its status, what it calls the request, and how long it asks to wait */
  readonly answered: (response: AuthenticationResponse) => Failure
}

/** What proves the identity on one request. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>
  /** parameters of the query, on the wire only: no error, span or hook shows them, and no redirect takes them to another origin */
  readonly query?: Readonly<Record<string, string>> | undefined
  /** cookies, in the place of those of the same name in the jar */
  readonly cookies?: Readonly<Record<string, string>> | undefined
  /** counts the credentials of this session; a 401 rejects one generation, not what came after it */
  readonly generation: number
}

/** A response as authentication sees it. */
export interface AuthenticationResponse {
  readonly status: number
  readonly headers: ResponseHeaders
  readonly body: Uint8Array
}

/** A request that authentication itself makes, e.g. a login. Same session settings, no credentials; retried only when it was surely not processed; a redirect is an answer, never followed. */
export interface AuthenticationRequest {
  readonly operation: string
  readonly method: string
  /** absolute, or a path below the session's base URL */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | undefined
  /** proves the request, where the login itself is behind one, e.g. Negotiate. Only at the session's own origins */
  readonly by?: Authenticator | undefined
  /** how to reach it, where that is another host with ways of its own; laid over the session's. One object for all such requests */
  readonly options?: Pick<CallOptions, "proxy" | "timeout" | "tls"> | undefined
}

/** What an authenticator may use of its session. */
export interface AuthenticationContext {
  /** the API, e.g. `argus`, and the session, e.g. `argus/eu` */
  readonly api: string
  readonly session: string
  readonly baseUrl: URL
  readonly cookies: CookieJar | undefined
  /** the client certificate of the session's own TLS settings; `undefined`: there is none, or the transport has one of its own */
  readonly certificate: ClientCertificate | undefined
  readonly send: (request: AuthenticationRequest) => Effect.Effect<AuthenticationResponse, CallError>
  /** a GET of the API's `check`, or of the base URL, with credentials, whatever it answers: for who logs in only when asked */
  readonly probe: Effect.Effect<void, CallError>
  /** a request as a call would make it: with credentials, retries and redirects, but for one to another origin, which is an answer. Never from within `credentials` or `challenged` */
  readonly request: (request: Pick<AuthenticationRequest, "operation" | "method" | "url">) => Effect.Effect<AuthenticationResponse, CallError>
  /** milliseconds by which the servers of logins are ahead of this machine's clock, by their last answer; 0: not known, or next to nothing */
  readonly skew: () => number
  /** where tokens are kept beyond this session; `undefined`: nowhere */
  readonly store: TokenStore | undefined
  /** tells whoever listens to the session's events */
  readonly tell: (happening: SessionHappening) => Effect.Effect<void>
}

/** What a server asked for, and what came of it. */
export interface AuthenticationOffer {
  /** names of the schemes in its challenges, in their order; `…` stands for those that are too many, or cannot be shown */
  readonly offered: ReadonlyArray<string>
  /** the scheme that was taken */
  readonly chosen: string | undefined
  /** why each of the other schemes, offered or enabled, was not */
  readonly passedOver: Readonly<Record<string, string>>
}

/** How a credential stands. Never holds the credential. */
export interface AuthenticationStatus {
  readonly method: string
  /** `none`: nothing was needed or done so far */
  readonly state: "none" | "active" | "expired"
  readonly generation: number
  /** Unix time in milliseconds, where the server told one */
  readonly expires?: number | undefined
  readonly identity?: string | undefined
  /** what the credential may be used for, where the server told */
  readonly scopes?: ReadonlyArray<string> | undefined
  /** where the present credential came from */
  readonly source?: CredentialSource | undefined
  /** Unix time in milliseconds at which the present credential was issued, and of when the next one is due; it is fetched by the first call after that */
  readonly lastRefresh?: number | undefined
  readonly nextRefresh?: number | undefined
  /** where tokens are kept, and what is wrong with it */
  readonly store?: { readonly name: string; readonly problem?: string | undefined } | undefined
  /** by origin: what a server offered, what was taken of it, and why not the others */
  readonly offers?: Readonly<Record<string, AuthenticationOffer>> | undefined
  /** where there are credentials for several security schemes: how each of them stands */
  readonly schemes?: Readonly<Record<string, AuthenticationStatus>> | undefined
}

/** Proves one session's identity. Lives as long as the session. */
export interface Authenticator {
  readonly method: string
  /** credentials for a request; logs in first where that is due */
  readonly credentials: (hop: AuthenticationHop) => Effect.Effect<Credentials, CallError>
  /** a 401 came for `used`: other credentials to try once more, or `undefined` when nothing can mend it. `round` counts from 0 */
  readonly challenged: (hop: AuthenticationHop, used: Credentials, response: AuthenticationResponse, round: number) => Effect.Effect<Credentials | undefined, CallError>
  /** a 403 came for `used`, the first answer to this request: other credentials to try once more, or `undefined`: it stands */
  readonly forbidden?: ((hop: AuthenticationHop, used: Credentials, response: AuthenticationResponse) => Effect.Effect<Credentials | undefined, CallError>) | undefined
  /** an answer that is not 401 came for `used`: the server proves itself here, and tells what holds from now on */
  readonly accepted?: ((hop: AuthenticationHop, used: Credentials, response: AuthenticationResponse) => Effect.Effect<void, CallError>) | undefined
  /**
   * logins may belong to connections: each request goes over one that is reserved for it, of this partition, which no other
   * identity shares; `undefined`: any connection will do for this one
   */
  readonly binds?: ((hop: AuthenticationHop) => string | undefined) | undefined
  /** secrets do not travel readably, or only where `hop.secure` says so: it may be asked over plain http, too */
  readonly guarded?: boolean | undefined
  /**
   * a request may have to be sent more than once until the server is satisfied. Bodies that are streams which can be sent
   * only once are read into memory first, up to this number of bytes; longer ones fail before anything is sent
   */
  readonly replays?: number | undefined
  /** no further round will come for this request, as far as can be known: then its body is sent as it is */
  readonly settled?: ((hop: AuthenticationHop) => boolean) | undefined
  /** logs in now; a credential that needs no login succeeds at once */
  readonly authenticate: Effect.Effect<void, CallError>
  /** a credential that is also good for these scopes, from now on. `undefined`: it cannot be asked for more than it is good for */
  readonly stepUp?: ((scopes: ReadonlyArray<string>) => Effect.Effect<void, CallError>) | undefined
  /** ends the login on the server and forgets it, also in the store. The next call signs in anew. `undefined`: there is nothing to end */
  readonly signOut?: Effect.Effect<void, CallError> | undefined
  /** the present access token, for another program; logs in first where that is due. `undefined`: what this sends is no token */
  readonly token?: Effect.Effect<Redacted.Redacted<string>, CallError> | undefined
  readonly status: Effect.Effect<AuthenticationStatus>
  /** the secrets in use, so that they can be masked wherever they appear */
  readonly secrets: () => Iterable<string>
}

export class Authentication extends Context.Service<Authentication, {
  /** e.g. `api key`, `password` */
  readonly method: string
  /** why this method and no other, where configuration chose it */
  readonly why?: string | undefined
  /** a jar for logins that are kept by cookies */
  readonly cookies?: (() => CookieJar) | undefined
  readonly make: (context: AuthenticationContext) => Effect.Effect<Authenticator, ConfigurationInvalid, Scope.Scope>
}>()("credence/Authentication") {}
