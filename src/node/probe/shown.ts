/** What a diagnosis may show: texts of strangers in one line, and no secret that came with a URL. */
import * as redact from "../../wire/redact.ts"

const secretName = redact.isSecretName()

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Secrets that stand in a URL: its user information, and values under secret names in its query. */
const secretsIn = (text: string): ReadonlyArray<string> => {
  const url = URL.parse(text.includes("://") ? text : `http://${text}`)
  if (url === null) return []
  // without a password the user name is often a token
  const user = url.password === "" ? [url.username] : [url.password]
  const query = Array.from(url.searchParams).flatMap(([name, value]) => secretName(name) ? [value] : [])
  return [...user, ...query].filter((each) => each !== "").flatMap((each) => [each, decoded(each)])
}

/** Masks what is secret in URLs. */
export interface Shown {
  readonly url: (url: URL) => string
  /** any text, e.g. a server's: one line of at most 200 characters */
  readonly text: (text: string) => string
}

/** Masks what is secret in these URLs, and `more`, wherever it stands. */
export const shown = (urls: Iterable<string>, more: Iterable<string> = []): Shown => {
  const values = [...new Set([...Array.from(urls).flatMap(secretsIn), ...more])]
  const redaction: redact.Redaction = { isSecretName: secretName, values: () => values }
  return {
    url: (url) => redact.url(url, redaction),
    text: (text) => redact.excerpt(text.replace(/\p{Cf}/gu, ""), redaction)
  }
}
