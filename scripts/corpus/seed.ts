/**
 * Chance that can be repeated: everything the measurements choose comes from a seed.
 */

/** A stream of choices. */
export interface Chance {
  /** at least 0, below 1 */
  readonly next: () => number
  /** a whole number from `low` to `high`, both included */
  readonly int: (low: number, high: number) => number
  readonly pick: <A>(items: ReadonlyArray<A>) => A
  readonly flip: (probability: number) => boolean
}

/** A number for a text, the same on every machine (FNV-1a). */
export const hash = (text: string): number => {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return h >>> 0
}

/** Choices by seed (mulberry32). */
export const chance = (seed: number): Chance => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  return {
    next,
    int: (low, high) => low + Math.floor(next() * (high - low + 1)),
    pick: (items) => items[Math.floor(next() * items.length)]!,
    flip: (probability) => next() < probability
  }
}

/** One of `parts` of the items: the same for the same seed, whatever else is in the list. */
export const part = <A>(items: ReadonlyArray<A>, parts: number, seed: number, key: (item: A) => string): ReadonlyArray<A> =>
  items.filter((item) => hash(`${seed}:${key(item)}`) % parts === 0)
