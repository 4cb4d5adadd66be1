/**
 * The little of DER that certificates and SPNEGO need: definite lengths, tags of one byte. Reading never throws, whatever the
 * bytes are, and takes time in proportion to them.
 *
 * @see https://www.itu.int/rec/T-REC-X.690 sections 8.1 and 10
 */
import { concat } from "./bytes.ts"

/** The tags that occur. A context tag of number n is `0xa0 + n`. */
export const tags = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  enumerated: 0x0a,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  application: 0x60
} as const

/** One element. */
export interface DerElement {
  readonly tag: number
  /** what is in it, as a view of the bytes it was read from */
  readonly content: Uint8Array
  /** the same with tag and length before it: what signatures are over */
  readonly whole: Uint8Array
  /** where the next one begins */
  readonly end: number
}

/** Reads the element at an offset; `undefined` where there is no whole one. */
export const read = (bytes: Uint8Array, offset = 0): DerElement | undefined => {
  const tag = bytes[offset]
  const first = bytes[offset + 1]
  // numbers above 30 take more bytes; nothing here uses them
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return undefined
  let length = first
  let start = offset + 2
  if (first >= 0x80) {
    const count = first - 0x80
    // 0x80 is an indefinite length, which DER has not; more than four bytes are more than any message here has
    if (count === 0 || count > 4) return undefined
    length = 0
    for (let i = 0; i < count; i++) {
      const byte = bytes[start++]
      if (byte === undefined) return undefined
      length = length * 256 + byte
    }
  }
  const end = start + length
  return end > bytes.length ? undefined : { tag, content: bytes.subarray(start, end), whole: bytes.subarray(offset, end), end }
}

/** Reads the one element that the bytes are, if its tag is this one. */
export const readOnly = (bytes: Uint8Array, tag: number): Uint8Array | undefined => {
  const element = read(bytes)
  return element === undefined || element.tag !== tag || element.end !== bytes.length ? undefined : element.content
}

/** The elements one after another, e.g. those of a sequence; `undefined` where they do not end with the bytes. */
export const readAll = (bytes: Uint8Array): ReadonlyArray<DerElement> | undefined => {
  const out: Array<DerElement> = []
  for (let offset = 0; offset < bytes.length;) {
    const element = read(bytes, offset)
    if (element === undefined) return undefined
    out.push(element)
    offset = element.end
  }
  return out
}

/** One element with these parts in it. */
export const write = (tag: number, ...parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const size: Array<number> = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) size.unshift(rest % 256)
  return concat([Uint8Array.of(tag, ...(length < 0x80 ? [length] : [0x80 + size.length, ...size])), ...parts])
}

/** The bytes of an object identifier as dotted numbers; `undefined` where they are none. */
export const readObjectIdentifier = (content: Uint8Array): string | undefined => {
  // the ones that matter take some ten bytes
  if (content.length === 0 || content.length > 64) return undefined
  const numbers: Array<number> = []
  let value = 0
  for (const [i, byte] of content.entries()) {
    value = value * 128 + (byte & 0x7f)
    if (value > Number.MAX_SAFE_INTEGER / 128) return undefined
    if (byte < 0x80) {
      numbers.push(value)
      value = 0
    } else if (i === content.length - 1) return undefined
  }
  const [head = 0, ...rest] = numbers
  // X.690 section 8.19.4: the first two are packed into one
  const first = Math.min(Math.floor(head / 40), 2)
  return [first, head - first * 40, ...rest].join(".")
}

/** Are these the same bytes? Not for secrets: it stops at the first difference. */
export const same = (one: Uint8Array, other: Uint8Array): boolean => one.length === other.length && one.every((byte, i) => byte === other[i])
