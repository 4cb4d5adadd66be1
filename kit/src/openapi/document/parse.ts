/**
 * Bytes to a document: text, syntax, data. By content, never by the name's ending alone.
 */
import * as Result from "effect/Result"
import type { Document, Problem } from "./Document.ts"
import { DocumentError } from "./DocumentError.ts"
import { parseJson } from "./json.ts"
import { positions } from "./lines.ts"
import { child, partsOf } from "./pointer.ts"
import type { Limits, Parse } from "./syntax.ts"
import { parseYaml } from "./yaml.ts"

/** What is known of a text before it is parsed. */
export interface Source {
  /** absolute URI without fragment */
  readonly uri: string
  readonly name: string
  readonly text: string
  /** what was wrong with the bytes, if anything */
  readonly flaw?: string | undefined
}

/** A parsed document, and what is wrong in it. */
export interface ParsedDocument {
  readonly document: Document
  readonly problems: ReadonlyArray<Problem>
}

/** Text of the bytes: UTF-8, or UTF-16 by its mark or by its zeros. The byte order mark is left out. */
export const decodeText = (bytes: Uint8Array): Result.Result<{ readonly text: string; readonly flaw?: string | undefined }, string> => {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return Result.fail("it is compressed (gzip): unpack it first")
  if (bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4) return Result.fail("it is a zip archive: unpack it first")
  const encoding = encodingOf(bytes)
  try {
    return binary(new TextDecoder(encoding, { fatal: true }).decode(bytes))
  } catch {
    return Result.map(binary(new TextDecoder(encoding).decode(bytes)), (known) => ({
      ...known, flaw: `the file is not ${encoding.toUpperCase()} throughout: unreadable bytes are replaced by \uFFFD. Save it as UTF-8`
    }))
  }
}

const encodingOf = (bytes: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" => {
  const [first = 0, second = 0] = bytes
  // a document begins with an ASCII character, which has a zero beside it in UTF-16
  const ascii = (byte: number): boolean => byte >= 0x09 && byte <= 0x7e
  if ((first === 0xff && second === 0xfe) || (ascii(first) && second === 0 && bytes.length > 1)) return "utf-16le"
  return (first === 0xfe && second === 0xff) || (first === 0 && ascii(second)) ? "utf-16be" : "utf-8"
}

const binary = (text: string): Result.Result<{ readonly text: string }, string> =>
  text.includes("\0") ? Result.fail("it is no text: give an OpenAPI document in JSON or YAML") : Result.succeed({ text })

/** Parses a text as JSON or YAML. Fails with the first thing that is wrong, with its place. */
export const parseDocument = (source: Source, limits: Limits): Result.Result<ParsedDocument, DocumentError> => {
  const { name, text, uri } = source
  const position = positions(text)
  const fail = (reason: string, at?: number) =>
    Result.fail(new DocumentError({ document: name, position: at === undefined ? undefined : position(at), reason }))
  if (text.trim() === "") return fail("it is empty: give an OpenAPI document in JSON or YAML")
  const markup = /^\s*<(?:(!doctype html|html)|[?!a-z])/i.exec(text)
  if (markup !== null) {
    return fail(markup[1] === undefined
      ? "it is XML, no OpenAPI document: give the document itself, in JSON or YAML"
      : "it is an HTML page, no OpenAPI document: give the address of the document itself (its raw text)")
  }
  return Result.mapBoth(syntaxOf(source)(text, limits), {
    onFailure: ({ message, offset }) => new DocumentError({ document: name, position: position(offset), reason: message }),
    onSuccess: ({ offsetOf, problems, sourceOf, value }) => {
      const flaws: ReadonlyArray<Problem> = source.flaw === undefined ? [] : [{ document: name, position: undefined, message: source.flaw }]
      const at = (pointer: string) => {
        const parts = partsOf(pointer)
        return parts === undefined ? undefined : offsetOf(parts)
      }
      const document: Document = {
        uri, name, text, value,
        locate: (pointer) => {
          const offset = at(pointer)
          return offset === undefined ? undefined : position(offset)
        },
        digits: (pointer) => {
          const parts = partsOf(pointer)
          const number = parts?.reduce<unknown>(child, value)
          if (parts === undefined || typeof number !== "number" || !Number.isInteger(number) || Number.isSafeInteger(number)) return undefined
          const written = sourceOf(parts)?.replace(/^\+/, "")
          return written !== undefined && /^-?\d+$/.test(written) && BigInt(written) !== BigInt(number) ? written : undefined
        }
      }
      return { document, problems: [...flaws, ...problems.map(({ message, offset }) => ({ document: name, position: position(offset), message }))] }
    }
  })
}

/** JSON begins with a brace and then a quote; YAML's own braces need none. */
const syntaxOf = ({ name, text }: Source): Parse => {
  if (!/^\s*(?:\{\s*["}]|\[)/.test(text)) return parseYaml
  if (!/\.ya?ml$/i.test(name)) return parseJson
  // YAML in JSON's clothes may have comments and trailing commas
  return (given, limits) => {
    const json = parseJson(given, limits)
    return Result.isSuccess(json) ? json : parseYaml(given, limits)
  }
}

