/**
 * URIs of documents.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3986#section-5 relative references
 */

/** What standard input is called where a URI is needed. It is no base for relative references. */
export const stdinUri = "stdin:"

export const isHttp = (uri: string): boolean => /^https?:/i.test(uri)

export const isFile = (uri: string): boolean => /^file:/i.test(uri)

/** A URI in the one form that documents are kept by: no fragment, no user information, a file's path escaped in one way. Undefined for what is no URI. */
export const normalize = (uri: string): string | undefined => {
  if (uri === stdinUri) return uri
  if (!URL.canParse(uri)) return undefined
  const url = new URL(uri)
  url.hash = ""
  url.username = ""
  url.password = ""
  if (url.protocol === "file:") {
    url.search = ""
    url.pathname = url.pathname.split("/").map(escapeSegment).join("/")
  }
  return url.href.replace(/#$/, "")
}

const escapeSegment = (segment: string): string => {
  const plain = decoded(segment)
  return plain.isWellFormed() ? encodeURIComponent(plain) : segment
}

/** Percent-decoded, or as it is where its escapes are broken. */
export const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The absolute URI, without fragment, that a reference means in a document; undefined where it means none. */
export const resolveUri = (reference: string, base: string): string | undefined => {
  const [path = ""] = reference.split("#", 1)
  if (path === "") return normalize(base)
  if (URL.canParse(path)) return normalize(path)
  return base !== stdinUri && URL.canParse(path, base) ? normalize(new URL(path, base).href) : undefined
}

/** A URI as it may be shown: without credentials, the values of secret query parameters masked. */
export const display = (uri: string): string => {
  if (uri === stdinUri) return "standard input"
  if (!URL.canParse(uri)) return uri.replace(/:\/\/[^\s/?#@]{1,256}@/g, "://")
  const url = new URL(uri)
  url.username = ""
  url.password = ""
  const query = url.search.slice(1).split("&").map((pair) => {
    const name = pair.split("=", 1)[0] ?? ""
    return name !== pair && secretName.test(decoded(name)) ? `${name}=<redacted>` : pair
  }).join("&")
  url.search = ""
  url.hash = ""
  return `${url.href.replace(/[#?]$/, "")}${query === "" ? "" : `?${query}`}`
}

/** Names of query parameters that carry a secret. */
const secretName = /token|secret|passw|pwd|signature|credential|^sig$|^auth|api[-_]?key|^key$|jwt|session/i

/** May a document refer to this URI at all? Only local files may refer to local files. */
export const mayRefer = (from: string, target: string): boolean => !isFile(target) || isFile(from)
