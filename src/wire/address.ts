/**
 * IP addresses as bytes.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4291#section-2.2 the text forms of IPv6 addresses
 */

/** An IP address as 4 or 16 bytes. */
export type Address = ReadonlyArray<number>

/** Four decimal numbers; nothing else, though some resolvers take octal, hexadecimal and fewer parts. */
const parseIPv4 = (text: string): Address | undefined => {
  const parts = text.split(".")
  if (parts.length !== 4) return undefined
  const bytes = parts.map((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) ? Number(part) : 256)
  return bytes.every((byte) => byte < 256) ? bytes : undefined
}

const parseGroups = (text: string): Array<number> | undefined => {
  if (text === "") return []
  const bytes: Array<number> = []
  const groups = text.split(":")
  for (const [index, group] of groups.entries()) {
    if (group.includes(".")) {
      const tail = index === groups.length - 1 ? parseIPv4(group) : undefined
      if (tail === undefined) return undefined
      bytes.push(...tail)
    } else {
      if (!/^[0-9a-f]{1,4}$/i.test(group)) return undefined
      const value = parseInt(group, 16)
      bytes.push(value >> 8, value & 255)
    }
  }
  return bytes
}

/** Without brackets and zone. */
const parseIPv6 = (text: string): Address | undefined => {
  if (text.length > 45) return undefined
  const halves = text.split("::")
  if (halves.length > 2) return undefined
  const head = parseGroups(halves[0]!)
  const tail = halves.length === 2 ? parseGroups(halves[1]!) : []
  if (head === undefined || tail === undefined) return undefined
  const gap = 16 - head.length - tail.length
  if (halves.length === 2 ? gap < 2 : gap !== 0) return undefined
  return [...head, ...Array.from({ length: gap }, () => 0), ...tail]
}

/** An IPv4 address that is mapped into IPv6 as what it is (RFC 4291 section 2.5.5.2). */
export const unmapped = (address: Address): Address =>
  address.length === 16 && address.slice(0, 10).every((byte) => byte === 0) && address[10] === 255 && address[11] === 255 ? address.slice(12) : address

/** Either family; IPv6 with or without brackets. */
export const parseAddress = (text: string): Address | undefined => {
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text
  return bare.includes(":") ? parseIPv6(bare) : parseIPv4(bare)
}
