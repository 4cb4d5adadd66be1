/** The way to an origin: straight, or through an http proxy. */
import * as Redacted from "effect/Redacted"
import type { ProxyOption } from "../../services/Transport.ts"

/** An http proxy, ready to be spoken to. */
export interface ProxyRoute {
  readonly host: string
  readonly port: number
  /** is the proxy itself spoken to over TLS? */
  readonly secure: boolean
  /** value of Proxy-Authorization (RFC 9110 section 11.7.2) */
  readonly authorization: string | undefined
  /** `host:port`, as it may be shown */
  readonly label: string
}

/** Why a proxy cannot be used: its URL is none, or speaks another protocol. */
export type ProxyProblem = { readonly _tag: "Unsupported"; readonly scheme: string } | { readonly _tag: "Invalid" }

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A host as sockets want it: IPv6 without brackets. */
export const socketHost = (url: URL): string => url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname

/** The port of an http or https URL. */
export const portOf = (url: URL): number => url.port !== "" ? Number(url.port) : url.protocol === "https:" ? 443 : 80

/** @see https://www.rfc-editor.org/rfc/rfc7617#section-2 Basic, in UTF-8 */
const basic = (username: string, password: string): string => `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`

/** Reads a proxy's URL; user and password may stand in it. */
export const proxyRoute = (url: URL, username?: string, password?: string): ProxyRoute | ProxyProblem => {
  if (url.protocol !== "http:" && url.protocol !== "https:") return { _tag: "Unsupported", scheme: url.protocol.slice(0, -1) }
  const user = username ?? decoded(url.username)
  const secret = password ?? decoded(url.password)
  const port = portOf(url)
  return {
    host: socketHost(url),
    port,
    secure: url.protocol === "https:",
    authorization: user === "" && secret === "" ? undefined : basic(user, secret),
    label: `${url.hostname}:${port}`
  }
}

/** Chooses the proxy for an origin; `undefined` is a direct connection. */
export const chooseProxy = (
  option: ProxyOption,
  origin: URL,
  environment: (url: URL) => URL | undefined
): ProxyRoute | ProxyProblem | undefined => {
  if (option === "none") return undefined
  if (option === "environment") {
    const url = environment(origin)
    return url === undefined ? undefined : proxyRoute(url)
  }
  const url = URL.parse(option.url)
  if (url === null || url.host === "") return { _tag: "Invalid" }
  return proxyRoute(url, option.username, option.password === undefined ? undefined : Redacted.value(option.password))
}
