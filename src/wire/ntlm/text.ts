/**
 * Text as NTLM has it: UTF-16, little-endian, without an end mark.
 *
 * @see https://learn.microsoft.com/openspecs/windows_protocols/ms-nlmp/b38c36ed-2804-4868-a9ff-8dd3182128e4 MS-NLMP section 2.2
 */

/** UTF-16LE. */
export const encodeText = (text: string): Uint8Array => {
  const out = new Uint8Array(text.length * 2)
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    out[2 * i] = unit & 0xff
    out[2 * i + 1] = unit >> 8
  }
  return out
}

/** From UTF-16LE; a byte too many is dropped. */
export const decodeText = (bytes: Uint8Array): string => {
  let out = ""
  for (let i = 0; i + 1 < bytes.length; i += 2) out += String.fromCharCode((bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8))
  return out
}

/**
 * Upper case as Windows makes it: letter by letter, and only where the way back leads to the same letter. So `ß` stays (it is
 * not `SS`), and so do `ı` and `ſ`.
 */
export const upperCase = (text: string): string => {
  let out = ""
  for (let i = 0; i < text.length; i++) {
    const unit = text.charAt(i)
    const upper = unit.toUpperCase()
    // Windows has one capital for both forms of sigma
    out += upper.length === 1 && (upper.toLowerCase() === unit || unit === "ς") ? upper : unit
  }
  return out
}
