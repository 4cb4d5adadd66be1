/**
 * What a server tells of itself, and what a client adds to it before it signs it.
 *
 * @see https://learn.microsoft.com/openspecs/windows_protocols/ms-nlmp/83f5e789-660d-4781-8491-5f8c6641f75e MS-NLMP section 2.2.2.1
 */
import { concat } from "../bytes.ts"
import { viewOf } from "./fields.ts"

/** Names of the pairs. */
export const avId = {
  end: 0,
  netbiosComputer: 1,
  netbiosDomain: 2,
  dnsComputer: 3,
  dnsDomain: 4,
  dnsTree: 5,
  flags: 6,
  timestamp: 7,
  singleHost: 8,
  targetName: 9,
  channelBindings: 10
} as const

/** One attribute and its value. */
export interface AvPair {
  readonly id: number
  readonly value: Uint8Array
}

/** Reads the pairs up to the end mark; `undefined` where one is cut off. A missing end mark is forgiven at the very end. */
export const readPairs = (bytes: Uint8Array): ReadonlyArray<AvPair> | undefined => {
  const view = viewOf(bytes)
  const out: Array<AvPair> = []
  for (let at = 0; at < bytes.length;) {
    if (at + 4 > bytes.length) return undefined
    const id = view.getUint16(at, true)
    const length = view.getUint16(at + 2, true)
    if (id === avId.end) return out
    const end = at + 4 + length
    if (end > bytes.length) return undefined
    out.push({ id, value: bytes.subarray(at + 4, end) })
    at = end
  }
  return out
}

/** The pairs with the end mark behind them. */
export const writePairs = (pairs: ReadonlyArray<AvPair>): Uint8Array =>
  concat([...pairs, { id: avId.end, value: new Uint8Array(0) }].flatMap(({ id, value }) => [
    Uint8Array.of(id & 0xff, id >> 8, value.length & 0xff, value.length >> 8),
    value
  ]))

/** A pair's value; of a repeated one the first. */
export const valueOf = (pairs: ReadonlyArray<AvPair>, id: number): Uint8Array | undefined => pairs.find((pair) => pair.id === id)?.value

/** The server's clock: 8 bytes, as they came; `undefined` where it does not tell. */
export const timestampOf = (pairs: ReadonlyArray<AvPair>): Uint8Array | undefined => {
  const value = valueOf(pairs, avId.timestamp)
  return value?.length === 8 ? value : undefined
}

/** in MsvAvFlags: the message has a MIC */
const hasMic = 0x2

/**
 * The server's pairs with the client's own: that there is a MIC, which channel it goes over and whom it is for. What a server
 * says of these itself is dropped, since it is the client's to say (MS-NLMP section 3.1.5.1.2).
 */
export const answerPairs = (
  pairs: ReadonlyArray<AvPair>,
  own: { readonly channelBindings: Uint8Array; readonly targetName: Uint8Array }
): ReadonlyArray<AvPair> => {
  const given = valueOf(pairs, avId.flags)
  const flags = new Uint8Array(4)
  const view = viewOf(flags)
  view.setUint32(0, ((given?.length === 4 ? viewOf(given).getUint32(0, true) : 0) | hasMic) >>> 0, true)
  const kept = pairs.filter((pair) => pair.id !== avId.channelBindings && pair.id !== avId.targetName && pair.id !== avId.flags)
  return [...kept, { id: avId.flags, value: flags }, { id: avId.channelBindings, value: own.channelBindings }, { id: avId.targetName, value: own.targetName }]
}
