/**
 * Which proxy the environment asks for. The conventions were never written down as a standard; the rules here are those
 * of Go's `golang.org/x/net/http/httpproxy`, with three differences: `ALL_PROXY` is read too, lower-case names win as in
 * curl, and names below `localhost` are this machine (RFC 6761 section 6.3).
 *
 * @see https://pkg.go.dev/golang.org/x/net/http/httpproxy
 * @see https://everything.curl.dev/usingcurl/proxies/env.html
 */

import { type Address, parseAddress, unmapped } from "./address.ts"

/** Environment variables; a missing one is `undefined`. */
export type Variables = Readonly<Record<string, string | undefined>>

const isLoopback = (host: string, address: Address | undefined): boolean =>
  address === undefined
    ? host === "localhost" || host.endsWith(".localhost")
    : address.length === 4
    ? address[0] === 127
    : address.every((byte, index) => byte === (index === 15 ? 1 : 0))

/** IPv4 addresses that are mapped into IPv6 count as IPv4. */
const addressOf = (text: string): Address | undefined => {
  const address = parseAddress(text)
  return address === undefined ? undefined : unmapped(address)
}

const samePrefix = (a: Address, b: Address, bits: number): boolean => {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length && bits > i * 8; i++) {
    const mask = bits >= (i + 1) * 8 ? 255 : (255 << ((i + 1) * 8 - bits)) & 255
    if ((a[i]! & mask) !== (b[i]! & mask)) return false
  }
  return true
}

type Matcher = (host: string, port: string, address: Address | undefined) => boolean

const splitPort = (entry: string): readonly [host: string, port: string] => {
  const found = /^(\[[^\]]*\]|[^:]*):(\d*)$/.exec(entry)
  return found === null ? [entry, ""] : [found[1]!, found[2]!]
}

const parseEntry = (entry: string): Matcher | undefined => {
  const slash = entry.indexOf("/")
  if (slash !== -1) {
    const network = addressOf(entry.slice(0, slash))
    const length = entry.slice(slash + 1)
    if (network === undefined || !/^\d{1,3}$/.test(length)) return undefined
    // A prefix of a mapped IPv4 network counts the 96 bits before it.
    const bits = Number(length) - (entry.includes(":") && network.length === 4 ? 96 : 0)
    if (bits < 0 || bits > network.length * 8) return undefined
    return (_host, _port, address) => address !== undefined && samePrefix(network, address, bits)
  }
  const [name, wanted] = splitPort(entry)
  const network = addressOf(name)
  if (network !== undefined) {
    return (_host, port, address) =>
      address !== undefined && samePrefix(network, address, network.length * 8) && (wanted === "" || wanted === port)
  }
  const bare = name.startsWith("*.") ? name.slice(1) : name
  if (bare === "" || bare === ".") return undefined
  // `.example.com` means what is below it; `example.com` the name itself as well.
  const exact = bare.startsWith(".") ? undefined : toAscii(bare)
  const suffix = exact === undefined ? `.${toAscii(bare.slice(1))}` : `.${exact}`
  return (host, port, address) =>
    address === undefined && (host === exact || host.endsWith(suffix)) && (wanted === "" || wanted === port)
}

/** Names are compared as URLs hold them: lower case, IDNA to ASCII, without the root's dot. */
const toAscii = (name: string): string => {
  const host = URL.parse(`http://${name}`)?.hostname ?? name.toLowerCase()
  return host.endsWith(".") ? host.slice(0, -1) : host
}

const parseProxy = (text: string): URL | undefined => {
  const value = text.trim()
  // `proxy:3128` would parse as a URL with the scheme `proxy`.
  const url = URL.parse(value.includes("://") ? value : `http://${value}`)
  return url === null || url.host === "" ? undefined : url
}

/** Which proxy a URL gets, and why. The reason holds names of variables and entries of NO_PROXY, never a proxy's URL. */
export interface ProxyDecision {
  /** `undefined`: a direct connection */
  readonly proxy: URL | undefined
  /** e.g. `HTTPS_PROXY`, `NO_PROXY has 10.0.0.0/8`, `neither HTTPS_PROXY nor ALL_PROXY is set` */
  readonly reason: string
}

/** A variable that is set, or why it does not count. */
type Found = { readonly name: string; readonly url: URL } | { readonly problem: string }

/**
 * Reads the proxy variables once and gives a function from a request's URL to its proxy and the reason for it.
 *
 * - `HTTP_PROXY` is for http, `HTTPS_PROXY` for https, `ALL_PROXY` for both where the other is missing. A value
 *   without a scheme is an http proxy. The lower-case name wins over the upper-case one.
 * - `HTTP_PROXY` is not trusted where `REQUEST_METHOD` is set: in a CGI program a client's `Proxy:` field arrives there.
 * - `NO_PROXY` is a list of host names (with everything below them), `.example.com` or `*.example.com` (only below),
 *   IP addresses, CIDR ranges, each host optionally with a port, or `*` for everything.
 * - The machine itself is never reached through a proxy of the environment.
 *
 * @example
 * ```ts
 * const decide = proxyDecisions({ https_proxy: "proxy.example:3128", NO_PROXY: "10.0.0.0/8,.internal" })
 * decide(new URL("https://api.example.com/"))   // { proxy: http://proxy.example:3128/, reason: "https_proxy" }
 * decide(new URL("https://10.1.2.3/")).reason   // "NO_PROXY has 10.0.0.0/8"
 * ```
 */
export const proxyDecisions = (variables: Variables): (url: URL) => ProxyDecision => {
  const read = (name: string): { readonly name: string; readonly text: string } | undefined =>
    [name.toLowerCase(), name].map((each) => ({ name: each, text: variables[each]?.trim() ?? "" })).find(({ text }) => text !== "")
  const cgi = (variables["REQUEST_METHOD"] ?? "") !== ""
  const find = (name: string): Found | undefined => {
    const variable = read(name)
    if (variable === undefined) return undefined
    if (cgi && name === "HTTP_PROXY") return { problem: `${variable.name} is not trusted where REQUEST_METHOD is set` }
    const url = parseProxy(variable.text)
    return url === undefined ? { problem: `${variable.name} is not a URL` } : { name: variable.name, url }
  }
  const all = find("ALL_PROXY")
  const choose = (name: string): Found => {
    const own = find(name)
    if (own !== undefined && "url" in own) return own
    return (all !== undefined && "url" in all ? all : own ?? all) ?? { problem: `neither ${name} nor ALL_PROXY is set` }
  }
  const byScheme: Readonly<Record<string, Found>> = { "http:": choose("HTTP_PROXY"), "https:": choose("HTTPS_PROXY") }

  const exceptions = read("NO_PROXY")
  const matchers: Array<readonly [entry: string, matches: Matcher]> = []
  for (const member of (exceptions?.text ?? "").split(",")) {
    const entry = member.trim().toLowerCase()
    const matcher: Matcher | undefined = entry === "*" ? () => true : entry === "" ? undefined : parseEntry(entry)
    if (matcher !== undefined) matchers.push([entry, matcher])
  }

  return (url) => {
    const found = byScheme[url.protocol] ?? { problem: "only http and https have proxies" }
    if ("problem" in found) return { proxy: undefined, reason: found.problem }
    const host = url.hostname.endsWith(".") ? url.hostname.slice(0, -1) : url.hostname
    const address = addressOf(host)
    if (isLoopback(host, address)) return { proxy: undefined, reason: "this machine is never reached through a proxy of the environment" }
    const port = url.port !== "" ? url.port : url.protocol === "https:" ? "443" : "80"
    const exception = matchers.find(([, matches]) => matches(host, port, address))
    if (exception === undefined) return { proxy: found.url, reason: found.name }
    return { proxy: undefined, reason: `${exceptions?.name ?? "NO_PROXY"} has ${exception[0].slice(0, 100)}` }
  }
}

/**
 * {@link proxyDecisions} without the reasons.
 *
 * @example
 * ```ts
 * const proxyFor = proxyEnvironment({ HTTPS_PROXY: "proxy.example:3128", NO_PROXY: "10.0.0.0/8,.internal" })
 * proxyFor(new URL("https://api.example.com/"))?.host   // "proxy.example:3128"
 * proxyFor(new URL("https://10.1.2.3/"))                // undefined
 * ```
 */
export const proxyEnvironment = (variables: Variables): (url: URL) => URL | undefined => {
  const decide = proxyDecisions(variables)
  return (url) => decide(url).proxy
}
