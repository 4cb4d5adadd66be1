/**
 * The `Link` field.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8288#section-3 its syntax
 * @see https://www.rfc-editor.org/rfc/rfc8288#appendix-B.2 how to read what servers write
 */

/** One link. */
export interface Link {
  /** a URI reference, as it was written */
  readonly target: string
  /** relation types, in lower case (RFC 8288 section 2.1: they are compared so) */
  readonly rel: ReadonlyArray<string>
  /** what it is a link from, where that is not the resource itself */
  readonly anchor: string | undefined
  /** all parameters, by lower-case name; of several of one name the first */
  readonly parameters: Readonly<Record<string, string>>
}

/** Reads the values of a field; what cannot be read ends it, and what came before counts. */
export const parse = (value: string): ReadonlyArray<Link> => {
  const links: Array<Link> = []
  let at = 0
  const skip = (characters: RegExp): void => {
    while (at < value.length && characters.test(value[at] ?? "")) at++
  }
  const until = (end: RegExp): string => {
    const start = at
    while (at < value.length && !end.test(value[at] ?? "")) at++
    return value.slice(start, at)
  }
  while (at < value.length) {
    skip(/[\s,]/)
    if (value[at] !== "<") return links
    at++
    const target = until(/>/)
    if (value[at] !== ">") return links
    at++
    const parameters: Record<string, string> = {}
    for (skip(/\s/); value[at] === ";"; skip(/\s/)) {
      at++
      skip(/\s/)
      const name = until(/[\s=;,]/).toLowerCase()
      skip(/\s/)
      let text = ""
      if (value[at] === "=") {
        at++
        skip(/\s/)
        text = value[at] === "\"" ? quoted() : until(/[;,]/).trim()
      }
      if (name !== "" && !Object.hasOwn(parameters, name)) Object.defineProperty(parameters, name, { value: text, enumerable: true, configurable: true, writable: true })
    }
    const rel = (parameters["rel"] ?? "").split(/\s+/).filter((type) => type !== "").map((type) => type.toLowerCase())
    links.push({ target, rel, anchor: parameters["anchor"], parameters })
    // whatever else stands here belongs to no parameter
    until(/,/)
  }
  return links

  function quoted(): string {
    let text = ""
    for (at++; at < value.length && value[at] !== "\""; at++) {
      if (value[at] === "\\") at++
      text += value[at] ?? ""
    }
    at++
    return text
  }
}

/** The query of the link to the next page, without `?`; `undefined` where there is no such link, or it has no query. */
export const nextQuery = (value: string | undefined): string | undefined => {
  const next = value === undefined ? undefined : parse(value).find((link) => link.rel.includes("next") && link.anchor === undefined)
  // only the query is wanted, so any base will do
  const query = next === undefined ? undefined : URL.parse(next.target, "https://base.invalid/")?.search.slice(1)
  return query === "" ? undefined : query
}
