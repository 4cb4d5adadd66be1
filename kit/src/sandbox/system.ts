/** What an emulated system is to the sandbox that serves it. */
import type { Answer, HttpRequest } from "../http/message.ts"
import type { Lifetimes, ReceivedIdentity } from "./control.ts"

/** What a system may know of the sandbox around it. */
export interface Environment {
  /** picks the made-up details of the data */
  readonly seed: number
  /** epoch milliseconds */
  readonly now: () => number
  /** where a host of this sandbox is, without a trailing slash; known when requests come, not before */
  readonly originOf: (host: string) => string
}

/** An emulated system with its data and its sessions. */
export interface System {
  readonly handle: (request: HttpRequest) => Answer | Promise<Answer>
  /** Who a request comes from, for the log of what was received. */
  readonly identify: (request: HttpRequest) => ReceivedIdentity | null
  /** How this system says no, for a fault that brings no body of its own. */
  readonly refusal: (status: number) => unknown
  /** Ends all sessions and access tokens, or those of one user; answers how many. */
  readonly expireSessions: (userName?: string) => number
  readonly setLifetimes: (lifetimes: Lifetimes) => void
}
