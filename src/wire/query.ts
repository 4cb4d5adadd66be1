/**
 * Credentials in the query of a URL. Its other parameters stay as they are written, byte for byte.
 *
 * @see https://url.spec.whatwg.org/#urlencoded-parsing how a query is read: pairs by `&`, `+` is a space
 * @see https://www.rfc-editor.org/rfc/rfc3986#section-3.4 what a query may hold
 */
import * as Result from "effect/Result"
import { encode } from "./parameters.ts"

/** As it stands in a URL. A lone surrogate cannot: it is replaced, as in every URL. */
export const encoded = (text: string): string => Result.getOrElse(encode(text.toWellFormed()), () => "")

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll("+", " "))
  } catch {
    return text
  }
}

const nameOf = (pair: string): string => decoded(pair.split("=", 1)[0] ?? "")
const valueOf = (pair: string): string => pair.slice(pair.indexOf("=") + 1)

const pairsOf = (url: URL): ReadonlyArray<string> => url.search.length > 1 ? url.search.slice(1).split("&") : []

const withPairs = (url: URL, pairs: ReadonlyArray<string>): URL => {
  const out = new URL(url.href)
  out.search = pairs.join("&")
  return out
}

/** A URL with these parameters in the place of those of the same names. */
export const withQuery = (url: URL, parameters: Readonly<Record<string, string>>): URL =>
  withPairs(url, [
    ...pairsOf(url).filter((pair) => !Object.hasOwn(parameters, nameOf(pair))),
    ...Object.entries(parameters).map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
  ])

/** Does a parameter hold a secret, in whatever wrapping: `next=https%3A%2F%2Fapi.example.com%2F%3Fkey%3D…`? */
const holds = (value: string, secret: string): boolean => {
  let text = value
  for (let round = 0; round < 4; round++) {
    if (secret.length < 4 ? text === secret : text.includes(secret)) return true
    const next = decoded(text)
    if (next === text) return false
    text = next
  }
  return false
}

/**
 * A redirect's target without the credentials that the redirected request had in its query: servers often send elsewhere
 * with the query as they got it. At the same origin they are added anew; at another one nothing may hold them.
 */
export const withoutCredentials = (target: URL, credentials: Readonly<Record<string, string>>, sameOrigin: boolean): URL => {
  const pairs = pairsOf(target)
  const secrets = Object.values(credentials)
  const kept = pairs.filter((pair) => sameOrigin ? !Object.hasOwn(credentials, nameOf(pair)) : !secrets.some((secret) => holds(valueOf(pair), secret)))
  return kept.length === pairs.length ? target : withPairs(target, kept)
}
