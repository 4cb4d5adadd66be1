/**
 * Whose login it is that a challenge is answered for.
 */
import type { Scheme } from "../../../services/Scheme.ts"

/** How a login is told from those of other people. */
export interface Whose {
  /** for people; `undefined`: nobody knows */
  readonly identity: string | undefined
  /** of a store's key */
  readonly key: ReadonlyArray<string | undefined>
  /** a store may keep what it gives. Else who comes next, with the same settings, would go on as whoever came before */
  readonly stored: boolean
}

/** By name, where it is given; else each scheme has to know, since any of them may be the one. */
export const whose = (schemes: ReadonlyArray<Scheme>, user: string | undefined): Whose => {
  const key = user === undefined ? schemes.map(({ identity }) => identity) : [user]
  return { identity: key.find((identity) => identity !== undefined), key, stored: key.every((identity) => identity !== undefined) }
}
