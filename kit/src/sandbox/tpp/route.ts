/** What a route is: what it needs, and what it does. */
import type { Answer, HttpRequest } from "../../http/message.ts"
import type { Identity } from "./auth.ts"

/** One request of somebody who is signed in and whose token allows it. */
export interface Call {
  readonly request: HttpRequest
  readonly params: Readonly<Record<string, string>>
  readonly identity: Identity
}

export type Route = {
  readonly method: "GET" | "POST" | "PUT" | "DELETE"
  /** In lower case: paths are matched without regard to it. */
  readonly path: string
} & (
  | {
    /** `any`: any token will do. */
    readonly scope: string
    readonly handle: (call: Call) => Answer
  }
  /** For anybody. */
  | { readonly scope?: undefined; readonly open: (request: HttpRequest) => Answer }
)
