/**
 * The name that a server proposes for a download, and what has to be done before it may be used.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6266 Content-Disposition in HTTP
 * @see https://www.rfc-editor.org/rfc/rfc8187 `filename*`: other characters and languages
 */

/** A parsed field: the type in lower case (`attachment`, `inline`, …), and the name from `filename*` or else `filename`. */
export interface ContentDisposition {
  readonly type: string
  /** as the server wrote it: make it safe with {@link safeFileName} before it touches a file system */
  readonly filename: string | undefined
  /** all parameters, names in lower case; `filename*` and its like decoded, without those that do not decode */
  readonly parameters: ReadonlyMap<string, string>
}

// Fields are bounded by the transport; this keeps a long one from costing more than it is worth.
const maxLength = 16 * 1024

const isTokenCode = (code: number): boolean =>
  (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39) ||
  (code < 0x80 && "!#$%&'*+-.^_`|~".includes(String.fromCharCode(code)))

/** One pass over the text, no backtracking: hostile input costs linear time. */
class Reader {
  readonly text: string
  at = 0
  constructor(text: string) {
    this.text = text
  }
  space(): void {
    while (this.text[this.at] === " " || this.text[this.at] === "\t") this.at++
  }
  eat(character: string): boolean {
    if (this.text[this.at] !== character) return false
    this.at++
    return true
  }
  token(): string {
    const start = this.at
    while (this.at < this.text.length && isTokenCode(this.text.charCodeAt(this.at))) this.at++
    return this.text.slice(start, this.at)
  }
  /** The rest of a quoted string (RFC 9110 section 5.6.4); one that never ends reaches to the end of the text. */
  quoted(): string {
    const parts: Array<string> = []
    let start = this.at
    for (; this.at < this.text.length; this.at++) {
      const character = this.text[this.at]
      if (character === "\"") {
        parts.push(this.text.slice(start, this.at++))
        return parts.join("")
      }
      // A backslash escapes only what needs it: browsers' servers send Windows paths unescaped.
      if (character === "\\" && (this.text[this.at + 1] === "\"" || this.text[this.at + 1] === "\\")) {
        parts.push(this.text.slice(start, this.at++))
        start = this.at
      }
    }
    parts.push(this.text.slice(start))
    return parts.join("")
  }
  /** Up to the next `;`: what a sender meant that forgot the quotes (`filename=my report.pdf`). */
  loose(): string {
    const end = this.text.indexOf(";", this.at)
    const value = this.text.slice(this.at, end === -1 ? undefined : end)
    this.at = end === -1 ? this.text.length : end
    return value.trim()
  }
}

/**
 * Decodes an extended value, `UTF-8'en'%e2%82%ac`. `undefined` when the charset is neither UTF-8 nor ISO-8859-1, or the
 * bytes are not what it says.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8187#section-3.2
 */
export const decodeExtended = (value: string): string | undefined => {
  const first = value.indexOf("'")
  const second = first === -1 ? -1 : value.indexOf("'", first + 1)
  if (second === -1) return undefined
  const charset = value.slice(0, first).toLowerCase()
  const encoded = value.slice(second + 1)
  const bytes: Array<number> = []
  for (let i = 0; i < encoded.length; i++) {
    const code = encoded.charCodeAt(i)
    if (code === 0x25) {
      const hex = encoded.slice(i + 1, i + 3)
      if (!/^[0-9a-f]{2}$/i.test(hex)) return undefined
      bytes.push(parseInt(hex, 16))
      i += 2
    } else if (code < 0x80) {
      bytes.push(code)
    } else {
      return undefined
    }
  }
  if (charset === "iso-8859-1") return bytes.map((byte) => String.fromCharCode(byte)).join("")
  if (charset !== "utf-8") return undefined
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(new Uint8Array(bytes))
  } catch {
    return undefined
  }
}

// Field values arrive as ISO-8859-1; servers that ignore RFC 8187 put raw UTF-8 there.
const repairUtf8 = (text: string): string => {
  let plain = true
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0xff) return text
    if (code > 0x7f) plain = false
  }
  if (plain) return text
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(text, (character) => character.charCodeAt(0)))
  } catch {
    return text
  }
}

/**
 * Parses `Content-Disposition`. `filename*` wins over `filename` (RFC 6266 section 4.3); of a parameter given twice the
 * first counts. Forgiving with what servers send: blanks without quotes, raw UTF-8, a missing end. `undefined` when there
 * is no disposition type at all.
 *
 * @example
 * ```ts
 * parseContentDisposition("attachment; filename*=UTF-8''%e2%82%ac%20rates")?.filename   // "€ rates"
 * ```
 */
export const parseContentDisposition = (field: string): ContentDisposition | undefined => {
  if (field.length > maxLength) return undefined
  const reader = new Reader(field)
  reader.space()
  const type = reader.token().toLowerCase()
  reader.space()
  if (type === "" || (reader.at < field.length && field[reader.at] !== ";")) return undefined
  const parameters = new Map<string, string>()
  while (reader.at < field.length) {
    if (!reader.eat(";")) {
      // Rubbish behind a value: on to the next parameter.
      reader.loose()
      continue
    }
    reader.space()
    const name = reader.token().toLowerCase()
    reader.space()
    if (name === "" || !reader.eat("=")) {
      reader.loose()
      continue
    }
    reader.space()
    const value = reader.eat("\"") ? reader.quoted() : reader.loose()
    reader.space()
    const decoded = name.endsWith("*") ? decodeExtended(value) : repairUtf8(value)
    if (decoded !== undefined && !parameters.has(name)) parameters.set(name, decoded)
  }
  return { type, filename: parameters.get("filename*") ?? parameters.get("filename"), parameters }
}

// Names that Windows gives to devices, whatever the extension.
const reserved = /^(?:con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3]|conin\$|conout\$) *(?:\.|$)/i

// Controls, what Windows forbids, and characters that reverse or hide a part of a name.
const forbidden = /[\u0000-\u001f\u007f-\u009f"*:<>?|\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

const trimmed = (name: string): string => {
  let start = 0
  let end = name.length
  while (start < end && (name[start] === "." || name[start] === " ")) start++
  while (end > start && (name[end - 1] === "." || name[end - 1] === " ")) end--
  return name.slice(start, end)
}

const utf8Length = (code: number): number => code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4

/** The longest beginning that fits, never half a character. */
const cut = (text: string, bytes: number): string => {
  let used = 0
  let end = 0
  for (const character of text) {
    used += utf8Length(character.codePointAt(0)!)
    if (used > bytes) break
    end += character.length
  }
  return text.slice(0, end)
}

const utf8Size = (text: string): number => {
  let size = 0
  for (const character of text) size += utf8Length(character.codePointAt(0)!)
  return size
}

const clean = (name: string): string => {
  const base = name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1)
  // A lone surrogate has no UTF-8 form.
  const plain = trimmed(base.toWellFormed().replace(forbidden, ""))
  if (plain === "") return ""
  const legal = reserved.test(plain) ? `_${plain}` : plain
  if (utf8Size(legal) <= 255) return legal
  const dot = legal.lastIndexOf(".")
  // The extension says what the file is, so it outlives the rest; an absurd one does not.
  const extension = dot > 0 && utf8Size(legal.slice(dot)) <= 32 ? legal.slice(dot) : ""
  return trimmed(cut(legal.slice(0, legal.length - extension.length), 255 - utf8Size(extension)) + extension)
}

/**
 * A file name that is safe to create in a directory on any system: no directories (either slash), control or
 * bidirectional characters, none that Windows forbids; no dots or blanks at either end; not the name of a device; at most
 * 255 bytes of UTF-8. Where nothing is left it is `fallback`, treated the same, and at last `download`.
 *
 * @example
 * ```ts
 * safeFileName("../../etc/passwd", "case.pdf")   // "passwd"
 * safeFileName("..", "case.pdf")                 // "case.pdf"
 * safeFileName("NUL.txt", "case.pdf")            // "_NUL.txt"
 * ```
 *
 * @see https://www.rfc-editor.org/rfc/rfc6266#section-4.3
 */
export const safeFileName = (name: string | undefined, fallback: string): string =>
  clean(name ?? "") || clean(fallback) || "download"
