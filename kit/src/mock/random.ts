/**
 * Choices that are always the same for the same seed.
 */

/** A whole number of 32 bits that stands for a text (FNV-1a, and a round of mixing, so that near texts give far numbers). */
export const hash = (text: string): number => {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return mixed(value)
}

/** A seed for one part of what another seed stands for. */
export const derived = (seed: number, part: number): number => mixed(Math.imul(seed, 31) + part + 0x9e3779b9)

/** A whole number from 0 up to a limit, which is not reached. */
export const below = (seed: number, limit: number): number => mixed(seed ^ 0x5bd1e995) % limit

const mixed = (value: number): number => {
  let x = value >>> 0
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d)
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b)
  return (x ^ (x >>> 16)) >>> 0
}
