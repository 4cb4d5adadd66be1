/**
 * Reads whose tickets a credential cache of type FILE holds, and until when. Keys and tickets in it are skipped.
 *
 * @see https://web.mit.edu/kerberos/krb5-latest/doc/formats/ccache_file_format.html
 */

/** What a cache says. */
export interface CacheContents {
  readonly principal: string
  /** end of the ticket-granting ticket in Unix milliseconds; `undefined`: there is no ticket in the cache */
  readonly expires: number | undefined
}

class Malformed extends Error {}

class Reader {
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get done(): boolean {
    return this.#at >= this.#view.byteLength
  }

  /** the place of the next bytes, of which there must be so many */
  skip(length: number): number {
    const at = this.#at
    if (length > this.#view.byteLength - at) throw new Malformed()
    this.#at = at + length
    return at
  }

  u16(): number {
    return this.#view.getUint16(this.skip(2))
  }

  u32(): number {
    return this.#view.getUint32(this.skip(4))
  }

  data(): Uint8Array {
    const length = this.u32()
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + this.skip(length), length)
  }

  text(): string {
    return new TextDecoder().decode(this.data())
  }

  principal(): { readonly realm: string; readonly name: string } {
    this.u32()
    const count = this.u32()
    const realm = this.text()
    const parts: Array<string> = []
    for (let i = 0; i < count; i++) parts.push(this.text())
    return { realm, name: parts.join("/") }
  }

  /** addresses, authorization data */
  list(): void {
    const count = this.u32()
    for (let i = 0; i < count; i++) {
      this.u16()
      this.data()
    }
  }
}

/** Reads a cache of version 4, which every release since 2000 writes. `undefined` where it is none. */
export const readCache = (bytes: Uint8Array): CacheContents | undefined => {
  const reader = new Reader(bytes)
  try {
    if (reader.u16() !== 0x0504) return undefined
    reader.skip(reader.u16())
    const owner = reader.principal()
    let granting: number | undefined
    let any: number | undefined
    while (!reader.done) {
      reader.principal()
      const server = reader.principal()
      reader.u16()
      reader.data()
      reader.skip(8)
      const ends = reader.u32() * 1000
      reader.skip(4 + 1 + 4)
      reader.list()
      reader.list()
      reader.data()
      reader.data()
      // settings are kept in the cache as tickets of this realm
      if (server.realm === "X-CACHECONF:") continue
      any = Math.max(any ?? 0, ends)
      if (server.name === `krbtgt/${owner.realm}`) granting = Math.max(granting ?? 0, ends)
    }
    return { principal: `${owner.name}@${owner.realm}`, expires: granting ?? any }
  } catch (error) {
    if (error instanceof Malformed) return undefined
    throw error
  }
}
