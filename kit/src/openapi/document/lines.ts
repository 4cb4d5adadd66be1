import type { Position } from "./Document.ts"

/** Offsets in a text as lines and columns. The line starts are found at the first call. */
export const positions = (text: string): (offset: number) => Position => {
  let starts: ReadonlyArray<number> | undefined
  return (offset) => {
    starts ??= lineStarts(text)
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: Math.max(0, offset - (starts[low] ?? 0)) + 1 }
  }
}

const lineStarts = (text: string): ReadonlyArray<number> => {
  const starts = [0]
  const ends = /\r\n|\n|\r/g
  while (ends.exec(text) !== null) starts.push(ends.lastIndex)
  return starts
}
