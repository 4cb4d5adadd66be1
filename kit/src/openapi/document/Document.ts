/**
 * What a generation reads: documents as plain data that know where each part of them stands. Nothing but types.
 */

/** A place in a document: `line` and `column` from 1; columns count UTF-16 code units, as editors do. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** One parsed document. */
export interface Document {
  /** absolute URI without fragment: `file:///…`, `https://…`, or `stdin:`. It may have secrets in its query: to be shown, take `name` */
  readonly uri: string
  /** as people know it: the path as given, or the URL without credentials */
  readonly name: string
  /** the text as it was read, before any patch */
  readonly text: string
  /**
   * Plain JSON data in document order, keys as texts. Equal parts may be one object (YAML aliases): never mutate it.
   * Numbers are doubles: {@link Document.digits} has what a double cannot hold.
   */
  readonly value: unknown
  /**
   * Where a JSON pointer stands (RFC 6901; "" is the whole): the key of a member, the first character of an item.
   * Undefined where it does not exist; in a patched document, what a patch brought has the place of its nearest original ancestor.
   * Computed on demand: the first call costs about as much as parsing did.
   */
  readonly locate: (pointer: string) => Position | undefined
  /**
   * The digits of the whole number at a JSON pointer, as written, where `value` holds a double that is not exactly that number
   * (`"9223372036854775807"`); undefined where the double says it all.
   */
  readonly digits: (pointer: string) => string | undefined
}

/** A reference to another document that was not followed. */
export interface Refused {
  /** absolute URI of what is referred to, as it may be shown: without credentials, secret query values masked */
  readonly uri: string
  /** name of the document that refers to it */
  readonly from: string
  /** JSON pointer of the object that has the reference */
  readonly pointer: string
  /** a sentence that says why, and what to do */
  readonly reason: string
}

/** Something wrong in a document that did not prevent reading it. */
export interface Problem {
  /** name of the document */
  readonly document: string
  readonly position: Position | undefined
  readonly message: string
}

/** What a generation reads. */
export interface DocumentSet {
  /** the OpenAPI documents asked for, in the order of the inputs, each once */
  readonly roots: ReadonlyArray<Document>
  /** roots and everything they refer to, by absolute URI; a fragment is ignored */
  readonly get: (uri: string) => Document | undefined
  /** every loaded document, roots first */
  readonly all: ReadonlyArray<Document>
  /** references to other documents that were not followed */
  readonly refused: ReadonlyArray<Refused>
  /** what is wrong in the documents, without preventing their use: repeated keys, unreadable bytes, patches that matched nothing */
  readonly problems: ReadonlyArray<Problem>
}
