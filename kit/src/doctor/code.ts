/**
 * The Layers for a server as TypeScript. Credentials are read by `Config` when the session is built: none is ever written
 * down here.
 */
import type { Method } from "./model.ts"

/** A proxy in the code. */
export interface ProxyCode {
  /** without user information */
  readonly url: string
  readonly method: Method
  /** file with an authority to trust for TLS with the proxy itself */
  readonly ca: string | undefined
}

/** What the code is to do. */
export interface CodeOptions {
  /** without user information and query */
  readonly baseUrl: string
  /** of the variables: `API` reads `API_USERNAME` */
  readonly prefix: string
  readonly method: Method
  /** has an answer told that it is `method`? */
  readonly known: boolean
  /** file with an authority to trust beside the platform's own, and whose it is where that is still to be found */
  readonly ca: { readonly file: string; readonly of: string | undefined } | undefined
  /** files of the client certificate, where the server asks for one */
  readonly certificate: { readonly certificate: string; readonly key: string } | undefined
  /** `undefined`: what the environment says, which is the default */
  readonly proxy: "none" | ProxyCode | undefined
  readonly profile: string | undefined
}

const text = (value: string): string => JSON.stringify(value)

/** Properties of a record, one a line; none: nothing. */
const record = (properties: ReadonlyArray<string>): ReadonlyArray<string> =>
  properties.length === 0 ? [] : ["{", ...properties.map((each, index) => `  ${each}${index === properties.length - 1 ? "" : ","}`), "}"]

const indent = (lines: ReadonlyArray<string>, by: string): ReadonlyArray<string> => lines.map((line) => `${by}${line}`)

/** `username: …, password: …` from variables */
const user = (prefix: string): string =>
  `username: yield* Config.String(${text(`${prefix}_USERNAME`)}), password: yield* Config.Redacted(${text(`${prefix}_PASSWORD`)})`

interface Part {
  /** an expression, within a generator where `reads` */
  readonly expression: string
  readonly reads: boolean
}

const authOf = ({ method, prefix }: CodeOptions): Part => {
  switch (method) {
    case "anonymous":
      return { expression: "Auth.anonymous()", reads: false }
    case "kerberos":
      return { expression: "Kerberos.layer()", reads: false }
    case "digest":
      return { expression: `Auth.digest({ ${user(prefix)} })`, reads: true }
    case "basic":
      return { expression: `Auth.basic({ ${user(prefix)} })`, reads: true }
    case "ntlm":
      return { expression: `Ntlm.layer({ ${user(prefix)} })`, reads: true }
    case "bearer":
      return { expression: `Auth.bearer(yield* Config.Redacted(${text(`${prefix}_TOKEN`)}))`, reads: true }
  }
}

const proxyOf = ({ prefix, proxy }: CodeOptions): Part | undefined => {
  if (proxy === undefined) return undefined
  if (proxy === "none") return { expression: "proxy: \"none\"", reads: false }
  const url = `url: ${text(proxy.url)}${proxy.ca === undefined ? "" : `, tls: { ca: { file: ${text(proxy.ca)} } }`}`
  switch (proxy.method) {
    case "kerberos":
      return { expression: `proxy: { ${url}, schemes: [Kerberos.scheme()] }`, reads: false }
    case "ntlm":
      return { expression: `proxy: { ${url}, schemes: [Ntlm.scheme({ ${user(`${prefix}_PROXY`)} })] }`, reads: true }
    case "digest":
    case "basic":
      return { expression: `proxy: { ${url}, ${user(`${prefix}_PROXY`)} }`, reads: true }
    default:
      return { expression: `proxy: { ${url} }`, reads: false }
  }
}

const tlsOf = ({ ca, certificate }: CodeOptions): ReadonlyArray<string> => [
  ...(ca === undefined ? [] : [`ca: { file: ${text(ca.file)} }`]),
  ...(certificate === undefined ? [] : [`certificate: { certificate: { file: ${text(certificate.certificate)} }, key: { file: ${text(certificate.key)} } }`])
]

/** A layer that reads variables is made when the session is. */
const constant = (name: string, { reads }: { readonly reads: boolean }, lines: ReadonlyArray<string>): ReadonlyArray<string> => {
  const [first = "", ...rest] = lines
  return reads
    ? [`const ${name} = Layer.unwrap(Effect.gen(function*() {`, `  return ${first}`, ...indent(rest, "  "), "}))"]
    : [`const ${name} = ${first}`, ...rest]
}

/**
 * TypeScript of a session class and its Layers.
 *
 * @example
 * ```ts
 * const nothing = { ca: undefined, certificate: undefined, proxy: undefined, profile: undefined }
 * codeFor({ ...nothing, baseUrl: "https://api.example.com/", prefix: "API", method: "digest", known: true })
 * ```
 */
export const codeFor = (options: CodeOptions): string => {
  const { baseUrl, prefix, profile } = options
  const auth = authOf(options)
  const proxy = proxyOf(options)
  const tls = tlsOf(options)
  const transport = [...(tls.length === 0 ? [] : [`tls: { ${tls.join(", ")} }`]), ...(proxy === undefined ? [] : [proxy.expression])]
  const made = record(transport)
  const transportLines = made.length === 0 ? ["NodeTransport.layer()"] : [`NodeTransport.layer(${made[0]}`, ...made.slice(1, -1), `${made.at(-1)})`]
  const body = [
    "class Api extends Session.Service<Api>()(\"api\") {}",
    "",
    ...(options.known ? [] : ["// how to log in is not known yet: no answer has told"]),
    ...(options.method === "ntlm" ? ["// NTLM is being retired: where the server offers Negotiate, Kerberos.layer() of credence/node is stronger"] : []),
    ...constant("ApiAuth", auth, [auth.expression]),
    "",
    // whoever named the authority may have written anything
    ...(options.ca?.of === undefined ? [] : [`// ${options.ca.file} holds the certificate of ${options.ca.of.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ")}`]),
    ...constant("ApiTransport", { reads: proxy?.reads === true }, transportLines),
    "",
    "export const ApiLive = Api.layer().pipe(Layer.provide([",
    "  ApiAuth,",
    `  Configuration.fromConfig(${text(prefix)}, { baseUrl: ${text(baseUrl)} }),`,
    "  ApiTransport",
    profile === undefined ? "]))" : `]), Layer.provide(Profile.layer({ profile: ${text(profile)} })))`
  ].join("\n")
  const uses = (name: string): boolean => new RegExp(`^(?!\\s*//).*\\b${name}\\.`, "m").test(body)
  const node = ["Kerberos", "NodeTransport", "Profile"].filter(uses)
  const imports = [
    ...(uses("Auth") ? ["import * as Auth from \"credence/Auth\""] : []),
    "import * as Configuration from \"credence/Configuration\"",
    `import { ${node.join(", ")} } from "credence/node"`,
    ...(uses("Ntlm") ? ["import * as Ntlm from \"credence/ntlm\""] : []),
    "import * as Session from \"credence/Session\"",
    ...(uses("Config") ? ["import * as Config from \"effect/Config\""] : []),
    ...(uses("Effect") ? ["import * as Effect from \"effect/Effect\""] : []),
    "import * as Layer from \"effect/Layer\""
  ]
  return `${imports.join("\n")}\n\n${body}\n`
}
