/**
 * Which credentials a session gets: what is configured, for the schemes that the API declares.
 */
import * as Auth from "credence/Auth"
import * as Configuration from "credence/Configuration"
import type { ConfigurationInvalid } from "credence/errors"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { systemOf } from "../login/systems.ts"
import { secret, type Settings, variable, variableName } from "./settings.ts"

/** A secret, and the variable that holds it. */
export interface KnownSecret {
  readonly variable: string
  readonly value: string
}

/** Who the session is. */
export interface Identity {
  readonly layer: Layer.Layer<Auth.Authentication, ConfigurationInvalid>
  /** its server, and how to talk to it */
  readonly configuration: Layer.Layer<Configuration.Configuration, ConfigurationInvalid>
  readonly secrets: ReadonlyArray<KnownSecret>
  /** user name and password as they are sent together (RFC 7617) */
  readonly basic: { readonly username: string; readonly variable: string } | undefined
  /** what proves the same without a login, which no shell can do */
  readonly instead?: { readonly header: string; readonly variable: string } | undefined
  /** what to set, for who has not set enough */
  readonly hint: string
}

/** The prefix of a session's variables: `petstore` -> `PETSTORE`. */
export const prefixOf = (session: string): string => systemOf(session)?.prefix ?? variableName(session)

/** What a client's `auth.ts` exports: takes credentials by scheme, and tells which schemes there are. */
export interface DeclaredSchemes {
  (given: Readonly<Record<string, unknown>>): Layer.Layer<Auth.Authentication>
  readonly declared: Readonly<Record<string, Auth.SecurityScheme>>
}

const isDeclared = (u: unknown): u is DeclaredSchemes => typeof u === "function" && "declared" in u && typeof u.declared === "object" && !("operation" in u)

/** What the modules of a client export of that kind. */
export const schemesOf = (modules: Iterable<Readonly<Record<string, unknown>>>): DeclaredSchemes | undefined => {
  for (const module of modules) for (const value of Object.values(module)) if (isDeclared(value)) return value
  return undefined
}

interface Found {
  readonly key: string | undefined
  readonly token: string | undefined
  readonly username: string | undefined
  readonly password: string | undefined
}

const read = (settings: Settings, one: typeof secret): Effect.Effect<Found, ConfigurationInvalid> =>
  Effect.all({
    key: one(settings, `${settings.prefix}_KEY`),
    token: one(settings, `${settings.prefix}_TOKEN`),
    username: variable(settings, `${settings.prefix}_USERNAME`),
    password: one(settings, `${settings.prefix}_PASSWORD`)
  })

const secretsOf = (prefix: string, { key, password, token }: Found): ReadonlyArray<KnownSecret> =>
  ([["KEY", key], ["TOKEN", token], ["PASSWORD", password]] as const).flatMap(([suffix, value]) => value === undefined ? [] : [{ variable: `${prefix}_${suffix}`, value }])

/** Which variable serves a scheme. */
const kindOf = (scheme: Auth.SecurityScheme): "key" | "token" | "basic" | "certificate" | "other" => {
  switch (scheme.type) {
    case "apiKey":
      return "key"
    case "oauth2":
    case "openIdConnect":
      return "token"
    case "mutualTLS":
      return "certificate"
    case "http":
      return scheme.scheme.toLowerCase() === "basic" ? "basic" : scheme.scheme.toLowerCase() === "bearer" ? "token" : "other"
  }
}

const hintFor = (prefix: string, schemes: Readonly<Record<string, Auth.SecurityScheme>>): string => {
  const variables = { key: `${prefix}_KEY`, token: `${prefix}_TOKEN`, basic: `${prefix}_USERNAME and ${prefix}_PASSWORD` }
  const ways = (["key", "token", "basic"] as const).flatMap((kind) => {
    const names = Object.entries(schemes).filter(([, scheme]) => kindOf(scheme) === kind).map(([name]) => name)
    return names.length === 0 ? [] : [`${variables[kind]} (${names.join(", ")})`]
  })
  return ways.length === 0 ? "" : `Set ${ways.join(" or ")}, in the environment or a profile`
}

const byScheme = Effect.fnUntraced(function*(schemes: DeclaredSchemes, settings: Settings, found: Found): Effect.fn.Return<Identity, ConfigurationInvalid> {
  const { prefix } = settings
  const given: Record<string, unknown> = {}
  const secrets: Array<KnownSecret> = [...secretsOf(prefix, found)]
  for (const [name, scheme] of Object.entries(schemes.declared)) {
    const kind = kindOf(scheme)
    if (kind === "basic") {
      if (found.username !== undefined && found.password !== undefined) given[name] = { username: found.username, password: Redacted.make(found.password) }
      continue
    }
    if (kind !== "key" && kind !== "token") continue
    // a variable of its own, where several schemes want different keys
    const own = `${prefix}_${variableName(name)}`
    const value = yield* secret(settings, own)
    if (value !== undefined) secrets.push({ variable: own, value })
    const credential = value ?? (kind === "key" ? found.key : found.token)
    if (credential !== undefined) given[name] = Redacted.make(credential)
  }
  const basic = Object.values(schemes.declared).some((scheme) => kindOf(scheme) === "basic")
  return {
    layer: schemes(given),
    configuration: Configuration.fromConfig(prefix),
    secrets,
    basic: basic && found.username !== undefined && found.password !== undefined ? { username: found.username, variable: `${prefix}_PASSWORD` } : undefined,
    hint: hintFor(prefix, schemes.declared)
  }
})

/** A document that declares nothing: what is there is sent in the usual place. */
const byWhatIsThere = ({ prefix }: Settings, found: Found): Identity => {
  const configuration = Configuration.fromConfig(prefix)
  const secrets = secretsOf(prefix, found)
  const hint = `Set ${prefix}_TOKEN, ${prefix}_USERNAME and ${prefix}_PASSWORD, or ${prefix}_KEY (sent as X-API-Key), in the environment or a profile`
  const { key, password, token, username } = found
  if (token !== undefined) return { layer: Auth.bearer(Redacted.make(token)), configuration, secrets, basic: undefined, hint }
  if (username !== undefined && password !== undefined) {
    return { layer: Auth.basic({ username, password: Redacted.make(password) }), configuration, secrets, basic: { username, variable: `${prefix}_PASSWORD` }, hint }
  }
  return { layer: key === undefined ? Auth.anonymous() : Auth.apiKey({ header: "X-API-Key", key: Redacted.make(key) }), configuration, secrets, basic: undefined, hint }
}

/** Who a session is, by what is configured. */
export const identityOf = Effect.fnUntraced(function*(session: string, schemes: DeclaredSchemes | undefined, settings: Settings): Effect.fn.Return<Identity, ConfigurationInvalid> {
  const system = systemOf(session)
  if (system === undefined) {
    const found = yield* read(settings, secret)
    return schemes === undefined ? byWhatIsThere(settings, found) : yield* byScheme(schemes, settings, found)
  }
  const { prefix } = settings
  const { authentication, configuration } = yield* system.load(prefix)
  const { key, name } = system
  return {
    layer: authentication,
    configuration,
    // the login itself reads what is given by reference, and tells what of it is in a request
    secrets: secretsOf(prefix, yield* read(settings, variable)),
    basic: undefined,
    ...(key === undefined ? {} : { instead: { header: key.header, variable: `${prefix}_${key.suffix}` } }),
    hint: name === "argus"
      ? `Set ${prefix}_KEY, ${prefix}_USERNAME and ${prefix}_PASSWORD, or ${prefix}_TOKEN, in the environment or a profile`
      : `\`credence status ${name}\` tells what is set, and what is missing`
  }
})
