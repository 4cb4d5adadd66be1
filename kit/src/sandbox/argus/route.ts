/** What a route is: an operation of the document, the functions it needs, and what it does. */
import type { Answer, HttpRequest } from "../../http/message.ts"
import { allows, type Authenticator, type Identity } from "./auth.ts"
import { accessDenied } from "./envelope.ts"
import type { FunctionName } from "./functions.ts"
import type { World } from "./model.ts"

/** What every handler may use. */
export interface Service {
  readonly world: World
  readonly auth: Authenticator
  /** Epoch milliseconds. */
  readonly now: () => number
}

/** One request of somebody who is signed in and has the route's functions. */
export interface Call {
  readonly request: HttpRequest
  readonly params: Readonly<Record<string, string>>
  readonly identity: Identity
}

interface RouteBase {
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  readonly path: string
  readonly operation: string
}

/** A route for anybody. */
export interface OpenRoute extends RouteBase {
  readonly _tag: "Open"
  readonly handle: (request: HttpRequest) => Answer
}

/** A route for those who are signed in; `writes` keeps read-only sessions out. */
export interface SignedInRoute extends RouteBase {
  readonly _tag: "SignedIn"
  readonly functions: ReadonlyArray<FunctionName>
  readonly writes: boolean
  readonly handle: (call: Call) => Answer
}

export type Route = OpenRoute | SignedInRoute

export const open = (method: Route["method"], path: string, operation: string, handle: OpenRoute["handle"]): Route => ({
  _tag: "Open",
  method,
  path,
  operation,
  handle
})

export const reads = (
  method: Route["method"],
  path: string,
  operation: string,
  functions: ReadonlyArray<FunctionName>,
  handle: SignedInRoute["handle"]
): Route => ({ _tag: "SignedIn", method, path, operation, functions, writes: false, handle })

export const writes = (
  method: Route["method"],
  path: string,
  operation: string,
  functions: ReadonlyArray<FunctionName>,
  handle: SignedInRoute["handle"]
): Route => ({ _tag: "SignedIn", method, path, operation, functions, writes: true, handle })

/** Refuses with 403 unless the session has all of the route's functions, and may write if the route does. */
export const requireRights = (route: SignedInRoute, identity: Identity): void => {
  const lacking = route.functions.find((name) => !allows(identity.rights, name))
  if (lacking !== undefined) accessDenied(`Access denied. Required permission: ${lacking}`)
  if (route.writes && identity.rights.readOnly) accessDenied("Access denied. The session is read only")
}
