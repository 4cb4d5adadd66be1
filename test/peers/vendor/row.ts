/**
 * What `../vendor.ts` and the calls know of each other.
 */
import type { Hooks } from "credence"
import type { ArgusAccess, Control } from "credence-kit/sandbox"
import type * as Effect from "effect/Effect"

/** What is checked, and how: a failure or a defect says that it does not hold. */
export interface Row {
  readonly name: string
  readonly check: Effect.Effect<void, unknown>
}

/** Who is told what happens on the way. */
export interface Told {
  /** an operation got a success: its name and status */
  readonly answered: (operation: string, status: number) => void
  /** an answer had what the documents do not foresee */
  readonly drift: (operation: string, drift: ReadonlyArray<Hooks.Drift>) => void
}

/** All rows, each with fresh data and a session of its own. */
export type Rows = (argus: ArgusAccess, control: Control, told: Told) => ReadonlyArray<Row>
