/** The way to an origin: straight, or through a proxy; and what makes two ways the same. */
import { createHash } from "node:crypto"
import * as Redacted from "effect/Redacted"
import * as Scheme from "../../layers/auth/challenge/Scheme.ts"
import type { ProxyOption, ProxyServer } from "../../services/Transport.ts"
import { userInformation } from "../../wire/url.ts"
import { ProxyLogin } from "./proxyLogin.ts"
import { TlsStore, type TlsSettings } from "./tls.ts"

/** A proxy, ready to be spoken to. */
export interface ProxyRoute {
  readonly protocol: "http" | "socks5"
  readonly host: string
  readonly port: number
  /** TLS with the proxy itself, as its files are now; `undefined`: it is spoken to in the clear */
  readonly tls: (() => TlsSettings) | undefined
  readonly store: TlsStore
  /** user name and password of a SOCKS proxy */
  readonly user: { readonly username: string; readonly password: string } | undefined
  /** what is known about logging in at an http proxy; one for each identity at a proxy */
  readonly login: ProxyLogin
  /** `host:port`, as it may be shown */
  readonly label: string
  /** equal for two routes over which connections may be shared: same proxy, same identity, same TLS. No secret can be read from it */
  readonly id: string
}

/** Why a proxy cannot be used: its URL is none, or speaks another protocol. */
export type ProxyProblem =
  | { readonly _tag: "Unsupported"; readonly scheme: string }
  | { readonly _tag: "Invalid"; readonly detail: string }

/** A host as sockets want it: IPv6 without brackets. */
export const socketHost = (url: URL): string => url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname

/** The port of an http, https or socks5 URL. */
export const portOf = (url: URL): number =>
  url.port !== "" ? Number(url.port) : url.protocol === "https:" ? 443 : url.protocol.startsWith("socks") ? 1080 : 80

/** Which proxy an option names for a URL, beside `"environment"`; `undefined`: none. */
export const serverFor = (option: Exclude<ProxyOption, "environment">, origin: URL): ProxyServer | undefined => {
  if (option === "none") return undefined
  if ("url" in option) return option
  const server = origin.protocol === "https:" ? option.https : option.http
  return server === "none" ? undefined : server
}

/** Is a proxy believed whoever it is (`tls: { verify: false }`)? */
export const isUnverified = (option: ProxyOption | undefined, origin: URL): boolean =>
  typeof option === "object" && serverFor(option, origin)?.tls?.verify === false

const isSocks = (protocol: string): boolean => protocol === "socks5:" || protocol === "socks5h:"

// Ways remembered by one transport; beyond this the one that was not used for longest is forgotten, and logs in anew.
const maxRoutes = 256

/** All proxies of one transport: which applies, and what is known about each. */
export class Proxies {
  /** nothing of a session's TLS holds for a proxy */
  readonly tls = new TlsStore(undefined)
  private readonly fallback: ProxyOption
  private readonly environment: (url: URL) => URL | undefined
  private readonly routes = new Map<string, ProxyRoute>()
  private readonly ids = new WeakMap<object, Map<string, string>>()
  private readonly schemeIds = new WeakMap<object, number>()
  private schemes = 0

  constructor(fallback: ProxyOption, environment: (url: URL) => URL | undefined) {
    this.fallback = fallback
    this.environment = environment
  }

  /** The way to an origin: by the request's option, or else the transport's. `undefined` is a direct connection. */
  route(option: ProxyOption | undefined, origin: URL): ProxyRoute | ProxyProblem | undefined {
    const chosen = option ?? this.fallback
    if (chosen === "environment") {
      const url = this.environment(origin)
      return url === undefined ? undefined : this.make({ url: url.href })
    }
    const server = serverFor(chosen, origin)
    return server === undefined ? undefined : this.make(server)
  }

  /** What an option means for the URLs of one scheme, in a form that can be compared. */
  id(option: Exclude<ProxyOption, string>, origin: URL): string {
    let byScheme = this.ids.get(option)
    if (byScheme === undefined) this.ids.set(option, byScheme = new Map())
    let id = byScheme.get(origin.protocol)
    if (id === undefined) {
      const route = this.route(option, origin)
      id = route === undefined ? "none" : "_tag" in route ? hash(route) : route.id
      // TLS may be given by files, which change
      if (serverFor(option, origin)?.tls === undefined) byScheme.set(origin.protocol, id)
    }
    return id
  }

  private make(server: ProxyServer): ProxyRoute | ProxyProblem {
    const url = URL.parse(server.url)
    if (url === null || url.host === "") return { _tag: "Invalid", detail: "the proxy's URL is not a URL such as http://proxy.example:3128" }
    const socks = isSocks(url.protocol)
    if (!socks && url.protocol !== "http:" && url.protocol !== "https:") return { _tag: "Unsupported", scheme: url.protocol.slice(0, -1) }
    const own = userInformation(url)
    const username = server.username ?? own?.username ?? ""
    const password = server.password === undefined ? own?.password ?? "" : Redacted.value(server.password)
    const secure = url.protocol === "https:"
    const host = socketHost(url)
    const port = portOf(url)
    const protocol = socks ? "socks5" : "http"
    const schemes = server.schemes?.map((scheme) => this.schemeId(scheme))
    const id = hash([protocol, host.toLowerCase(), port, secure ? this.tls.settings(server.tls).id : null, username, password, schemes ?? null])
    let route = this.routes.get(id)
    if (route === undefined) {
      const label = `${url.hostname}:${port}`
      const named = username !== "" || password !== ""
      const given = server.schemes ?? (named && !socks ? defaultSchemes(username, password) : [])
      // Of the two defaults one may be enough: a user name with a colon is for Digest alone.
      const usable = server.schemes === undefined ? given.filter(({ problem }) => problem === undefined) : given
      const problem = (usable.length === 0 ? given : usable).find((scheme) => scheme.problem !== undefined)?.problem
      if (problem !== undefined) return { _tag: "Invalid", detail: `the login for proxy ${label} cannot be sent: ${problem}` }
      route = {
        protocol,
        host,
        port,
        tls: secure ? () => this.tls.settings(server.tls) : undefined,
        store: this.tls,
        user: named ? { username, password } : undefined,
        login: new ProxyLogin({
          peer: { side: "proxy", host, port, secure },
          label,
          schemes: usable
        }),
        label,
        id
      }
    }
    // the last is the one that was used last
    this.routes.delete(id)
    this.routes.set(id, route)
    if (this.routes.size > maxRoutes) this.routes.delete(this.routes.keys().next().value!)
    return route
  }

  // Two schemes are one identity only if they are one object: what is inside is theirs.
  private schemeId(scheme: object): number {
    let id = this.schemeIds.get(scheme)
    if (id === undefined) this.schemeIds.set(scheme, id = ++this.schemes)
    return id
  }
}

const defaultSchemes = (username: string, password: string) => {
  const user = { username, password: Redacted.make(password) }
  return [Scheme.digest(user), Scheme.basic(user)]
}

/** Keys are kept as long as connections are, so what is secret in them is hashed. */
const hash = (parts: unknown): string => createHash("sha256").update(JSON.stringify(parts)).digest("base64")

