/**
 * `multipart/form-data`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7578
 * @see https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data escaping of names
 */

import { concat } from "./bytes.ts"

/** One part: a field, or a file when it has a file name. */
export interface Part {
  readonly name: string
  readonly fileName?: string | undefined
  readonly mediaType?: string | undefined
  readonly content: Uint8Array | string
}

/** Quotes, CR and LF in a name would end the header line: percent-encoded, as browsers do (RFC 7578 section 2 allows it). */
const quoted = (name: string): string => `"${name.replace(/\r/g, "%0D").replace(/\n/g, "%0A").replace(/"/g, "%22")}"`

/** Serializes parts between boundaries. The boundary must not occur in any part; a random one of 16 bytes does not. */
export const encode = (parts: ReadonlyArray<Part>, boundary: string): Uint8Array => {
  const utf8 = new TextEncoder()
  const chunks: Array<Uint8Array> = []
  for (const part of parts) {
    const disposition = `form-data; name=${quoted(part.name)}${part.fileName === undefined ? "" : `; filename=${quoted(part.fileName)}`}`
    const type = part.mediaType === undefined ? "" : `Content-Type: ${part.mediaType}\r\n`
    chunks.push(utf8.encode(`--${boundary}\r\nContent-Disposition: ${disposition}\r\n${type}\r\n`))
    chunks.push(typeof part.content === "string" ? utf8.encode(part.content) : part.content)
    chunks.push(utf8.encode("\r\n"))
  }
  chunks.push(utf8.encode(`--${boundary}--\r\n`))
  return concat(chunks)
}
