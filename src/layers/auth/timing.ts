/**
 * When a token is renewed, and how long a renewal that failed is left alone. Milliseconds throughout.
 */

/** A token counts as expired this much before its end, since a request takes a while; never more than a tenth of a short life. */
export const margin = (lifetime: number): number => Math.min(10_000, lifetime / 10)

/**
 * How long before it counts as expired a token is renewed in the background, while it is in use: up to 5 minutes, and no more
 * than a fifth of its life, so that one that lives shorter than that is not renewed with every request. `random` (0 to 1)
 * spreads those who hold the same token over half of that time: the first one renews it, the others find a newer one.
 */
export const ahead = (lifetime: number, random: number): number => Math.min(300_000, lifetime / 5) * (0.5 + random / 2)

/**
 * How long to wait after a number of failures in a row: 1 second at first, twice as long each time, never more than 30
 * seconds. `random` (0 to 1) takes up to half of it away, so that those who failed together do not come back together.
 */
export const backOff = (failures: number, random: number): number => Math.min(30_000, 1000 * 2 ** Math.min(failures - 1, 10)) * (1 - random / 2)
