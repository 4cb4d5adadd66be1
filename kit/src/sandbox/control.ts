/** How tests and operators steer a running sandbox, and see what it received. */
import type * as Effect from "effect/Effect"
import type { Fault } from "./faults.ts"

/** Whose a request was. */
export interface ReceivedIdentity {
  readonly userName: string
  /** What it proved itself by: `APIKEY`, `PASSWORD`, `LDAP` or `OPENID` for Argus. */
  readonly method: string
  /** How many functions and customers the session was left with: Argus only. */
  readonly functions?: number
  readonly customers?: number
}

/** A request that the sandbox received. The control API's own requests are not among them. */
export interface ReceivedRequest {
  /** Counts from 1. */
  readonly number: number
  /** The emulated system, or its other host: `argus`, `tpp`, `ovirt`, `ica`, `ica-storage`, `ansys`. */
  readonly system: string
  /** The same for requests on the same socket. */
  readonly connection: number
  /** Epoch milliseconds. */
  readonly timestamp: number
  readonly method: string
  /** Still percent-encoded. */
  readonly path: string
  readonly query: string
  /** Lower-case names; credentials are replaced by their `fingerprint`. */
  readonly headers: Readonly<Record<string, string>>
  readonly bodyLength: number
  /** `null` when nobody could be identified by it. */
  readonly identity: ReceivedIdentity | null
  /** What was answered, or `null` when nothing was (yet). */
  readonly status: number | null
}

/** Lifetimes of what is issued from now on, in milliseconds. */
export interface Lifetimes {
  /** Of sessions opened by a login or a constraint; 8 hours at first. */
  readonly session?: number
  /** Of OAuth access tokens; 1 hour at first. */
  readonly accessToken?: number
}

/**
 * Steers a sandbox. The same is served as JSON under `/__control/`, to loopback only:
 * `GET received`, `DELETE received`, `POST faults` (a {@link Fault}), `DELETE faults`, `POST expire-sessions` (`{"user"?}`),
 * `POST lifetimes` (a {@link Lifetimes}), `POST refresh-tokens` (`{"user"}`), `POST reset`.
 */
export interface Control {
  /** Makes something go wrong. Faults wait in line until requests fit them. */
  readonly fail: (fault: Fault) => Effect.Effect<void>
  /** Forgets the faults that still wait. */
  readonly clearFaults: Effect.Effect<void>
  /** Ends all sessions and access tokens, or those of one user; succeeds with how many. API keys are for ever. */
  readonly expireSessions: (userName?: string) => Effect.Effect<number>
  readonly setLifetimes: (lifetimes: Lifetimes) => Effect.Effect<void>
  /** A refresh token as if the user had just consented; `undefined` for an unknown user. */
  readonly issueRefreshToken: (userName: string) => Effect.Effect<string | undefined>
  /** What was received since the start, the last reset or the last `clearReceived`. */
  readonly received: Effect.Effect<ReadonlyArray<ReceivedRequest>>
  readonly clearReceived: Effect.Effect<void>
  /** Back to the beginning: fresh data, no sessions, no faults, nothing received, default lifetimes. Connections stay. */
  readonly reset: Effect.Effect<void>
}
