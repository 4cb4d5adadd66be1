/** A place in a document, for remarks. */
export interface Place {
  readonly uri: string
  readonly pointer: string
}
