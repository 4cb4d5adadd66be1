/**
 * Which proxy the environment asks for. The conventions were never written down as a standard; the rules here are those
 * of Go's `golang.org/x/net/http/httpproxy`, plus `ALL_PROXY`, and with lower-case names winning as in curl.
 *
 * @see https://pkg.go.dev/golang.org/x/net/http/httpproxy
 * @see https://everything.curl.dev/usingcurl/proxies/env.html
 */

/** Environment variables; a missing one is `undefined`. */
export type Variables = Readonly<Record<string, string | undefined>>

/** An IP address as 4 or 16 bytes; an IPv4 address mapped into IPv6 counts as IPv4 (RFC 4291 section 2.5.5.2). */
type Address = ReadonlyArray<number>

const parseIPv4 = (text: string): Address | undefined => {
  const parts = text.split(".")
  if (parts.length !== 4) return undefined
  const bytes = parts.map((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) ? Number(part) : 256)
  return bytes.every((byte) => byte < 256) ? bytes : undefined
}

const parseGroups = (text: string): Array<number> | undefined => {
  if (text === "") return []
  const bytes: Array<number> = []
  const groups = text.split(":")
  for (const [index, group] of groups.entries()) {
    if (group.includes(".")) {
      const tail = index === groups.length - 1 ? parseIPv4(group) : undefined
      if (tail === undefined) return undefined
      bytes.push(...tail)
    } else {
      if (!/^[0-9a-f]{1,4}$/i.test(group)) return undefined
      const value = parseInt(group, 16)
      bytes.push(value >> 8, value & 255)
    }
  }
  return bytes
}

/** @see https://www.rfc-editor.org/rfc/rfc4291#section-2.2 */
const parseIPv6 = (text: string): Address | undefined => {
  if (text.length > 45) return undefined
  const halves = text.split("::")
  if (halves.length > 2) return undefined
  const head = parseGroups(halves[0]!)
  const tail = halves.length === 2 ? parseGroups(halves[1]!) : []
  if (head === undefined || tail === undefined) return undefined
  const gap = 16 - head.length - tail.length
  if (halves.length === 2 ? gap < 2 : gap !== 0) return undefined
  const bytes = [...head, ...Array.from({ length: gap }, () => 0), ...tail]
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255
  return mapped ? bytes.slice(12) : bytes
}

const parseAddress = (text: string): Address | undefined => {
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text
  return bare.includes(":") ? parseIPv6(bare) : parseIPv4(bare)
}

const isLoopback = (host: string, address: Address | undefined): boolean =>
  address === undefined
    ? host === "localhost" || host.endsWith(".localhost")
    : address.length === 4
    ? address[0] === 127
    : address.every((byte, index) => byte === (index === 15 ? 1 : 0))

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
    const network = parseAddress(entry.slice(0, slash))
    const length = entry.slice(slash + 1)
    if (network === undefined || !/^\d{1,3}$/.test(length)) return undefined
    // A prefix of a mapped IPv4 network counts the 96 bits before it.
    const bits = Number(length) - (entry.includes(":") && network.length === 4 ? 96 : 0)
    if (bits < 0 || bits > network.length * 8) return undefined
    return (_host, _port, address) => address !== undefined && samePrefix(network, address, bits)
  }
  const [name, wanted] = splitPort(entry)
  const network = parseAddress(name)
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

const parseProxy = (text: string | undefined): URL | undefined => {
  const value = text?.trim() ?? ""
  // `proxy:3128` would parse as a URL with the scheme `proxy`.
  const url = value === "" ? null : URL.parse(value.includes("://") ? value : `http://${value}`)
  return url === null || url.host === "" ? undefined : url
}

/**
 * Reads the proxy variables once and gives a function from a request's URL to its proxy, `undefined` meaning a direct
 * connection.
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
 * const proxyFor = proxyEnvironment({ HTTPS_PROXY: "proxy.example:3128", NO_PROXY: "10.0.0.0/8,.internal" })
 * proxyFor(new URL("https://api.example.com/"))?.host   // "proxy.example:3128"
 * proxyFor(new URL("https://10.1.2.3/"))                // undefined
 * ```
 */
export const proxyEnvironment = (variables: Variables): (url: URL) => URL | undefined => {
  const read = (name: string): string | undefined => {
    const lower = variables[name.toLowerCase()]
    return lower !== undefined && lower !== "" ? lower : variables[name]
  }
  const cgi = (variables["REQUEST_METHOD"] ?? "") !== ""
  const all = parseProxy(read("ALL_PROXY"))
  const http = (cgi ? undefined : parseProxy(read("HTTP_PROXY"))) ?? all
  const https = parseProxy(read("HTTPS_PROXY")) ?? all
  if (http === undefined && https === undefined) return () => undefined

  const matchers: Array<Matcher> = []
  for (const member of (read("NO_PROXY") ?? "").split(",")) {
    const entry = member.trim().toLowerCase()
    if (entry === "*") return () => undefined
    const matcher = entry === "" ? undefined : parseEntry(entry)
    if (matcher !== undefined) matchers.push(matcher)
  }

  return (url) => {
    const proxy = url.protocol === "https:" ? https : url.protocol === "http:" ? http : undefined
    if (proxy === undefined) return undefined
    const host = url.hostname.endsWith(".") ? url.hostname.slice(0, -1) : url.hostname
    const address = parseAddress(host)
    if (isLoopback(host, address)) return undefined
    const port = url.port !== "" ? url.port : url.protocol === "https:" ? "443" : "80"
    return matchers.some((matches) => matches(host, port, address)) ? undefined : proxy
  }
}
