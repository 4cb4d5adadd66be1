/**
 * The `Cookie` field and its pairs.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6265#section-4.1.1 names are tokens, values are cookie-octets
 * @see https://www.rfc-editor.org/rfc/rfc6265#section-4.2.1 the field is a list of pairs
 */

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const octets = /^(?:[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*|"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")$/

/** What is wrong with a cookie, or `undefined`. The value itself is never quoted: it may be a secret. */
export const cookieProblem = (name: string, value: string): string | undefined =>
  !token.test(name)
    ? "a cookie's name may hold letters, digits and !#$%&'*+-.^_`|~ only"
    : octets.test(value) ? undefined : "a cookie may not hold spaces, quotes, commas, semicolons, backslashes or what is not ASCII"

/** Two fields in one. What the first names it decides: a name stands in it once. */
export const besides = (first: string | undefined, second: string): string => {
  if (first === undefined) return second
  const pairs = pairsOf(first)
  const names = new Set(pairs.map(nameOf))
  return [...pairs, ...pairsOf(second).filter((pair) => !names.has(nameOf(pair)))].join("; ")
}

const pairsOf = (field: string): ReadonlyArray<string> => field.split(";").map((pair) => pair.trim()).filter((pair) => pair !== "")
const nameOf = (pair: string): string => pair.split("=", 1)[0]?.trim() ?? ""

/** A field with these cookies in the place of those of the same names. */
export const withCookies = (field: string | undefined, cookies: Readonly<Record<string, string>>): string | undefined => {
  const kept = pairsOf(field ?? "").filter((pair) => !Object.hasOwn(cookies, nameOf(pair)))
  const pairs = [...kept, ...Object.entries(cookies).map(([name, value]) => `${name}=${value}`)]
  return pairs.length === 0 ? undefined : pairs.join("; ")
}
