/**
 * MD4, which NTLM hashes passwords with and nothing else should use. Our own, since platforms have dropped it, and the package
 * for it breaks bundles: `require("crypto")` at its load.
 *
 * @see https://www.rfc-editor.org/rfc/rfc1320
 */

/** RFC 1320 section 3.4: the order of the words, and how far each step turns, by round */
const rounds: ReadonlyArray<{
  readonly words: ReadonlyArray<number>
  readonly turns: ReadonlyArray<number>
  readonly constant: number
  readonly mix: (x: number, y: number, z: number) => number
}> = [
  { words: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], turns: [3, 7, 11, 19], constant: 0, mix: (x, y, z) => (x & y) | (~x & z) },
  { words: [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15], turns: [3, 5, 9, 13], constant: 0x5a827999, mix: (x, y, z) => (x & y) | (x & z) | (y & z) },
  { words: [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15], turns: [3, 9, 11, 15], constant: 0x6ed9eba1, mix: (x, y, z) => x ^ y ^ z }
]

/** The 16 bytes of MD4. */
export const md4 = (message: Uint8Array): Uint8Array => {
  // RFC 1320 sections 3.1 and 3.2: a one bit, zeros, and the length in bits fill the last block
  const padded = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64)
  padded.set(message)
  padded[message.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setBigUint64(padded.length - 8, BigInt(message.length) * 8n, true)
  let [a, b, c, d] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]
  for (let block = 0; block < padded.length; block += 64) {
    const before = [a, b, c, d] as const
    for (const { constant, mix, turns, words } of rounds) {
      for (const [step, word] of words.entries()) {
        const sum = (a + mix(b, c, d) + view.getUint32(block + 4 * word, true) + constant) | 0
        const turn = turns[step % 4] ?? 0
        // the registers change places from step to step
        const next = (sum << turn) | (sum >>> (32 - turn))
        a = d
        d = c
        c = b
        b = next
      }
    }
    a = (a + before[0]) | 0
    b = (b + before[1]) | 0
    c = (c + before[2]) | 0
    d = (d + before[3]) | 0
  }
  const out = new Uint8Array(16)
  const digest = new DataView(out.buffer)
  for (const [i, word] of [a, b, c, d].entries()) digest.setUint32(4 * i, word, true)
  return out
}
