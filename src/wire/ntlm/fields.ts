/**
 * What the three messages of NTLM have in common: signature, flags, fields with an offset.
 *
 * @see https://learn.microsoft.com/openspecs/windows_protocols/ms-nlmp/99d90ff4-957f-4c8a-80e4-5bfe5a9a9832 MS-NLMP section 2.2.2.5: flags
 */

/** The flags that are used here. Those for signing, sealing and key exchange are not: TLS does that. */
export const flags = {
  unicode: 0x0000_0001,
  requestTarget: 0x0000_0004,
  ntlm: 0x0000_0200,
  alwaysSign: 0x0000_8000,
  extendedSessionSecurity: 0x0008_0000,
  targetInfo: 0x0080_0000,
  version: 0x0200_0000,
  bits128: 0x2000_0000,
  bits56: 0x8000_0000
} as const

/** All of them together: what the client wants. */
export const wanted = 0xa288_8205

/** Bits that both have, unsigned. */
export const both = (one: number, other: number): number => (one & other) >>> 0

/** `NTLMSSP` and a zero, which every message begins with */
export const signature: Uint8Array = /*#__PURE__*/ Uint8Array.of(0x4e, 0x54, 0x4c, 0x4d, 0x53, 0x53, 0x50, 0)

/** Windows 10, revision 15 of NTLM (MS-NLMP section 2.2.2.10): for debugging only, but servers look for it. */
export const version: Uint8Array = /*#__PURE__*/ Uint8Array.of(10, 0, 0, 0, 0, 0, 0, 15)

/** A little-endian view. */
export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** A message without its payload: signature and type are written. */
export const startMessage = (type: number, length: number): { readonly bytes: Uint8Array; readonly view: DataView } => {
  const bytes = new Uint8Array(length)
  bytes.set(signature)
  const view = viewOf(bytes)
  view.setUint32(8, type, true)
  return { bytes, view }
}

/** Writes a field's length (twice) and offset. */
export const writeField = (view: DataView, at: number, length: number, offset: number): void => {
  view.setUint16(at, length, true)
  view.setUint16(at + 2, length, true)
  view.setUint32(at + 4, offset, true)
}

/** The bytes of a field, as a view; `undefined` where it points outside the message. */
export const readField = (bytes: Uint8Array, at: number): Uint8Array | undefined => {
  const view = viewOf(bytes)
  const length = view.getUint16(at, true)
  const offset = view.getUint32(at + 4, true)
  // an empty field's offset means nothing (MS-NLMP section 2.2.1.2)
  if (length === 0) return bytes.subarray(0, 0)
  return offset + length > bytes.length ? undefined : bytes.subarray(offset, offset + length)
}
