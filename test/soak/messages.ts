/** What the processes of the soak tell each other. */

/** How a worker begins, as its argument. */
export interface Task {
  readonly name: string
  readonly url: string
  readonly store: { readonly kind: "redis"; readonly url: string; readonly prefix: string } | { readonly kind: "file"; readonly folder: string }
  /** milliseconds */
  readonly lease: number
  /** calls at the same time */
  readonly concurrency: number
}

/** To a worker. */
export type Order =
  /** begin with this refresh token, in the place of the one before */
  | { readonly _tag: "Seed"; readonly number: number; readonly refreshToken: string }
  | { readonly _tag: "Stop" }

/** From a worker. */
export type Report =
  | { readonly _tag: "Progress"; readonly calls: number; readonly slowest: number; readonly troubles: number }
  /** nobody knows what became of the refresh token: a person has to sign in */
  | { readonly _tag: "SignIn"; readonly number: number }
  /** a call failed in a way that it must not */
  | { readonly _tag: "Failed"; readonly message: string }
