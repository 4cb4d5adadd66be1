/** Of the generator: part of the head of each file it writes. */
export const version = "0.1.0"
