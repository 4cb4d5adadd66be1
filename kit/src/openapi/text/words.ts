/**
 * Names of a document as identifiers of TypeScript.
 */

/** Words that may not name a binding in a module (ECMA-262 section 12.7.2, and what strict mode adds). */
const reserved = new Set((
  "await break case catch class const continue debugger default delete do else enum export extends false finally for function if implements import in instanceof interface let new null package private "
  + "protected public return static super switch this throw true try typeof var void while with yield arguments eval undefined NaN Infinity async of"
).split(" "))

export const isReserved = (name: string): boolean => reserved.has(name)

/** May stand unquoted before a colon, and after a dot. */
export const isIdentifier = (name: string): boolean => /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u.test(name) && !unsettled.test(name)

/** letters beyond the first plane, and those that came lately: tools do not agree on them */
const unsettled = /[\u{10000}-\u{10ffff}]|[\u088f\u0c5c\u0cdc\u1c89-\u1c8a\ua7cb-\ua7f1]|[\u1acf-\u1aff]|\u0897/u

/** Is it a member of every object? */
export const isInherited = (name: string): boolean => name in {}

/** `HTTPServer_list-2` → http, server, list, 2. Letters of all scripts count. */
export const words = (text: string): ReadonlyArray<string> =>
  text
    .normalize("NFKC")
    .replace(/['’]s\b/g, "")
    .replace(/['’]/g, "")
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, "$1 $2")
    .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, "$1 $2")
    .split(/[^\p{L}\p{N}\p{M}]+/u)
    .filter((word) => word !== "")

const capital = (word: string): string => {
  const [first = "", ...rest] = Array.from(word)
  return first.toUpperCase() + rest.join("")
}

const legal = (name: string, prefix: string): string => isIdentifier(name) ? name : isIdentifier(`${prefix}${name}`) ? `${prefix}${name}` : `${prefix}${Array.from(name, (c) => /[\p{ID_Continue}]/u.test(c) && !unsettled.test(c) ? c : `u${(c.codePointAt(0) ?? 0).toString(16)}`).join("")}`

/** `get-thing` → `getThing`. A name that is one already stays. */
export const camel = (text: string): string => {
  if (/^[a-z][A-Za-z0-9]*$/.test(text)) return text
  const [first = "", ...rest] = words(text)
  return legal(first.toLowerCase() + rest.map((word) => capital(word === word.toUpperCase() && word.length > 1 ? word.toLowerCase() : word)).join(""), "n")
}

/** `pet-list` → `PetList`. A name that is one already stays. */
export const pascal = (text: string): string =>
  /^[A-Z][A-Za-z0-9]*$/.test(text) ? text : legal(words(text).map(capital).join(""), "N")

/** `PetList` → `pet-list`; safe as a file's name. */
export const kebab = (text: string): string => {
  const letters = Array.from(words(text).map((word) => word.toLowerCase()).join("-")).slice(0, 80)
  // file systems count bytes
  while (new TextEncoder().encode(letters.join("")).length > 200) letters.pop()
  const name = letters.join("")
  // devices of Windows, whatever the extension
  return name === "" ? "other" : /^(con|nul|prn|aux|com\d|lpt\d)$/.test(name) ? `${name}-api` : name
}

/** Names of one scope: no two are equal but for case. */
export interface Scope {
  /** the first of the candidates that is free, or the last one with a number */
  readonly take: (...candidates: readonly [string, ...Array<string>]) => string
  readonly has: (name: string) => boolean
}

export const makeScope = (taken: Iterable<string> = []): Scope => {
  const used = new Set([...taken].map((name) => name.toLowerCase()))
  const free = (name: string): boolean => !used.has(name.toLowerCase())
  return {
    has: (name) => !free(name),
    take: (...candidates) => {
      const last = candidates.at(-1) ?? candidates[0]
      let name = candidates.find(free)
      for (let n = 2; name === undefined; n++) if (free(`${last}${n}`)) name = `${last}${n}`
      used.add(name.toLowerCase())
      return name
    }
  }
}
