/**
 * The session class, the ways to sign in, the servers, and the index.
 */
import type { Config, Preset } from "../config.ts"
import type { SecurityScheme, Server } from "../model/Api.ts"
import { expand } from "../model/servers.ts"
import type { Plan } from "../plan/Plan.ts"
import { camel, isIdentifier, isInherited, isReserved, makeScope, pascal } from "../text/words.ts"
import { relative, runtimeModule } from "./imports.ts"
import { comment, indent, key, list, object, prose, quoted } from "./print.ts"

const isAbsolute = (url: string): boolean => /^https?:\/\//i.test(url)

/** More URLs than this are no list that anybody reads. */
const maxUrls = 64

/** All URLs of servers: with the defaults of their variables, and with the values that are listed. */
const urlsOf = (plan: Plan): ReadonlyArray<string> => {
  const servers = [...plan.api.servers, ...plan.api.operations.flatMap((operation) => operation.servers ?? [])]
  const combinations = (server: Server): ReadonlyArray<Readonly<Record<string, string>>> =>
    server.variables.reduce<ReadonlyArray<Readonly<Record<string, string>>>>((all, { default: value, name, values }) =>
      all.flatMap((one) => [...new Set([value, ...values])].map((each) => ({ ...one, [name]: each }))).slice(0, maxUrls), [{}])
  return [...new Set(servers.flatMap((server) => combinations(server).map((values) => expand(server, values))))].slice(0, maxUrls)
}

export const emitSession = (plan: Plan, head: string, extension: string, runtime: Config["runtime"]): string => {
  const { api, key: id, session } = plan
  const urls = urlsOf(plan).filter(isAbsolute)
  const [first] = api.servers
  const base = first === undefined ? undefined : expand(first)
  const options = [
    ...(base !== undefined && isAbsolute(base) ? [`baseUrl: ${quoted(base)}`] : []),
    ...(urls.length > 1 || (urls.length === 1 && urls[0] !== base) ? [`servers: ${list(urls.map(quoted))}`] : [])
  ]
  const about = [
    ...prose(api.title),
    ...(api.version === "" ? [] : [`version ${api.version}`]),
    ...(base !== undefined && isAbsolute(base) ? [] : ["", `The document does not say where it is served${base === undefined || base === "/" ? "" : `, only below which path: \`${base}\``}: set \`baseUrl\` in the configuration.`])
  ]
  return `${head}import * as Session from "${runtimeModule("Session", "session", extension, runtime)}"\n\n${comment(about)}export class ${session} extends /*#__PURE__*/ Session.Service<${session}>()(${quoted(id)}${options.length === 0 ? "" : `, ${object(options)}`}) {}\n`
}

/** A session class that a package has already, with its ways to sign in. */
export const emitKnownSession = ({ module, names }: NonNullable<Preset["sessionFrom"]>, head: string): string =>
  `${head}export { ${names.join(", ")} } from ${quoted(module)}\n`

/** What a person would give for a scheme. */
const givenFor = (scheme: SecurityScheme | undefined): string => {
  const user = "{ username: \"ada\", password: Redacted.make(\"…\") }"
  if (scheme?.type === "mutualTLS") return "true"
  switch (scheme?.scheme) {
    case "basic":
      return user
    case "digest":
      return `Auth.digest(${user})`
    case "negotiate":
      return "Kerberos.layer()"
    default:
      return "Redacted.make(\"…\")"
  }
}

const schemeText = (scheme: SecurityScheme): string => {
  const members = [`type: ${quoted(scheme.type)}`]
  if (scheme.in !== undefined && scheme.name !== undefined) members.push(`in: ${quoted(scheme.in)}`, `name: ${quoted(scheme.name)}`)
  if (scheme.scheme !== undefined) members.push(`scheme: ${quoted(scheme.scheme)}`)
  return `${comment(prose(scheme.description))}${key(scheme.key)}: ${object(members)}`
}

/** `undefined`: the document knows no way to sign in. */
export const emitAuth = (plan: Plan, head: string, extension: string, runtime: Config["runtime"]): string | undefined => {
  const { schemes } = plan.api
  if (schemes.length === 0) return undefined
  const about = ["What the API takes as a proof of identity. Give what you have: each operation uses what it asks for.", "", "@example", "```ts", `${plan.session}Auth({ ${key(schemes[0]?.key ?? "key")}: ${givenFor(schemes[0])} })`, "```"]
  return `${head}import * as Auth from "${runtimeModule("Auth", "auth", extension, runtime)}"\n\n${comment(about)}export const ${plan.session}Auth = /*#__PURE__*/ Auth.schemes({\n  ${schemes.map((scheme) => indent(schemeText(scheme))).join(",\n  ")}\n})\n`
}

/** every object has a `constructor`: what is not given must not be found */
const memberOf = (name: string): string => isInherited(name) ? `${name}Value` : name

const serverText = (server: Server, name: string): string => {
  const about = prose(server.description)
  if (server.variables.length === 0) return `${comment(about)}${name}: ${quoted(server.url)}`
  const types = server.variables.map((variable) => {
    const note = prose([variable.description, `default: ${variable.default}`].filter((text) => text !== undefined).join("; "))
    return `${comment(note)}readonly ${key(memberOf(variable.name))}?: ${variable.values.length > 0 ? variable.values.map(quoted).join(" | ") : "string"} | undefined`
  })
  const parts = server.url.split(/(\{[^{}]+\})/).map((part) => {
    const known = server.variables.find((variable) => part === `{${variable.name}}`)
    if (known === undefined) return part.replace(/[`\\$]/g, (c) => `\\${c}`)
    const member = memberOf(known.name)
    return `\${variables${isIdentifier(member) ? `.${member}` : `[${quoted(member)}]`} ?? ${quoted(known.default)}}`
  })
  const text = `\`${parts.join("")}\``
  return `${comment(about)}${name}: (variables: {\n  ${types.map((type) => indent(type)).join("\n  ")}\n} = {}): string => ${text}`
}

const isLocal = (url: string): boolean => /^https?:\/\/(localhost|127\.|\[::1\])/.test(url)

/** Names of servers: what their description begins with, or where they are. */
const namesOf = (servers: ReadonlyArray<Server>): ReadonlyArray<string> => {
  const scope = makeScope()
  return servers.map((server) => {
    const said = server.name ?? server.description
    const short = said !== undefined && said.length <= 40 ? camel(said) : ""
    const host = isLocal(server.url) ? "local" : camel(server.url.replace(/^[a-z]+:\/\//i, "").replace(/[{}]/g, " "))
    const name = short !== "" && short !== "n" ? short : host === "" || host === "n" ? "server" : host
    return scope.take(isReserved(name) ? `${name}Server` : name)
  })
}

/** `undefined`: there is nothing to choose. */
export const emitServers = (plan: Plan, head: string): string | undefined => {
  const { servers } = plan.api
  if (servers.length === 0 || (servers.length === 1 && servers[0]?.variables.length === 0)) return undefined
  const names = namesOf(servers)
  const about = ["Where the API is served; the first one is the default.", "", "@example", "```ts", `Configuration.layer({ baseUrl: servers.${names[0] ?? "server"}${(servers[0]?.variables.length ?? 0) > 0 ? "()" : ""} })`, "```"]
  return `${head}${comment(about)}export const servers = {\n  ${servers.map((server, index) => indent(serverText(server, names[index] ?? "server"))).join(",\n  ")}\n} as const\n`
}

/** Everything by name; each module is a namespace, so that equal names of two modules do not meet. */
export const emitIndex = (plan: Plan, extension: string, head: string, has: { readonly session: string; readonly names: ReadonlyArray<string>; readonly auth: boolean; readonly servers: boolean }): string => {
  const scope = makeScope([...has.names, `${plan.session}Auth`, "servers", ...plan.modelModules.map(({ path }) => pascal(path))])
  const spaces = plan.modules.map((module) => {
    const name = pascal(module.path)
    return `export * as ${scope.take(isReserved(name) ? `${name}Api` : name)} from "${relative("index", module.path, extension)}"`
  })
  return [
    head.trimEnd(),
    `export { ${has.names.join(", ")} } from "${relative("index", has.session, extension)}"`,
    ...(has.auth ? [`export { ${plan.session}Auth } from "${relative("index", "auth", extension)}"`] : []),
    ...(has.servers ? [`export { servers } from "${relative("index", "servers", extension)}"`] : []),
    ...plan.modelModules.map(({ path }) => `export * as ${pascal(path)} from "${relative("index", path, extension)}"`),
    ...spaces,
    ""
  ].join("\n")
}
