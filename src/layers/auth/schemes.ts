/**
 * Credentials for the security schemes that an API declares, of which each request gets those that its endpoint wants.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html#security-scheme-object
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { AuthenticationFailed, type CallError } from "../../errors/CallError.ts"
import { ConfigurationInvalid } from "../../errors/SessionError.ts"
import {
  Authentication,
  type AuthenticationContext,
  type AuthenticationHop,
  type AuthenticationStatus,
  type Authenticator,
  type Credentials,
  type SecurityRequirement
} from "../../services/Authentication.ts"
import { choose } from "../../wire/security.ts"
import { apiKeyRecipe, basicRecipe, bearerRecipe, fixed, type KeyPlace, type UserPassword } from "./fixed.ts"

/** A way to prove oneself, as an OpenAPI document declares it. */
export type SecurityScheme =
  | KeyPlace & { readonly type: "apiKey" }
  | { readonly type: "http"; /** e.g. `basic`, `bearer`; in any case */ readonly scheme: string }
  | { readonly type: "oauth2" }
  | { readonly type: "openIdConnect" }
  /** a certificate, which the transport presents */
  | { readonly type: "mutualTLS" }

/** Any other authentication: its layer, or its recipe. It may renew itself, or log in. */
export type Recipe = Authentication["Service"] | Layer.Layer<Authentication, unknown, unknown>

type Fixed<S extends SecurityScheme> = S extends { readonly type: "apiKey" | "oauth2" | "openIdConnect" } ? Redacted.Redacted<string>
  : S extends { readonly type: "http"; readonly scheme: infer Name extends string }
    ? Lowercase<Name> extends "basic" ? UserPassword : Lowercase<Name> extends "bearer" ? Redacted.Redacted<string> : never
  : S extends { readonly type: "mutualTLS" } ? true
  : never

/**
 * What may be given for a scheme: a key or token, user name and password, `true` for a certificate that the transport has;
 * or any other authentication.
 */
export type CredentialOf<S extends SecurityScheme> = Fixed<S> | Recipe

/** Credentials by the names of their schemes. */
export type GivenSchemes<D extends Readonly<Record<string, SecurityScheme>>> = { readonly [Name in keyof D]?: CredentialOf<D[Name]> | undefined }

/** `G` is inferred from what is given, so a misspelt scheme would be taken and ignored */
type OnlyDeclared<D, G> = { readonly [Name in Exclude<keyof G, keyof D>]: never }
type LayerOf<G> = Extract<G[keyof G], Layer.Any>

/** What {@link schemes} makes: takes credentials, and tells what they may be for. */
export interface Schemes<D extends Readonly<Record<string, SecurityScheme>>> {
  <G extends GivenSchemes<D>>(given: G & OnlyDeclared<D, G>): Layer.Layer<Authentication, Layer.Error<LayerOf<G>>, Layer.Services<LayerOf<G>>>
  /** the schemes by name: for tests and tools */
  readonly declared: D
}

/**
 * Credentials for some of the schemes that an API declares. Each request gets those of the first alternative of its
 * endpoint that can be served, and no others; where none can, the call fails with `AuthenticationFailed` (`unsatisfied`)
 * before anything is sent. Where credentials are optional and none fit, none are sent. An endpoint that says nothing of
 * security, and a request without an endpoint, get the credential that is given first: many documents forget to say what
 * they want, and the server would say 401.
 *
 * @example
 * ```ts
 * const credentials = Auth.schemes({ ApiKeyAuth: { type: "apiKey", in: "header", name: "X-API-Key" }, OAuth: { type: "oauth2" } })
 * const auth = credentials({ ApiKeyAuth: Redacted.make("…"), OAuth: Auth.refreshToken({ tokenUrl: "/oauth/token", refreshToken: Redacted.make("…") }) })
 * ```
 */
export const schemes = <const D extends Readonly<Record<string, SecurityScheme>>>(declared: D): Schemes<D> => {
  const make = <G extends GivenSchemes<D>>(given: G & OnlyDeclared<D, G>): Layer.Layer<Authentication, Layer.Error<LayerOf<G>>, Layer.Services<LayerOf<G>>> => {
    const entries = Object.entries<unknown>(given).filter(([, value]) => value !== undefined)
    const recipes = Effect.forEach(entries, ([name, value]): Effect.Effect<Named<Authentication["Service"]>, unknown, unknown> => {
      const scheme = Object.hasOwn(declared, name) ? declared[name] : undefined
      if (scheme === undefined || !isAuthenticationLayer(value)) return Effect.succeed([name, recipeOf(scheme, value)])
      return Effect.map(Layer.build(value), (context) => [name, Context.get(context, Authentication)])
    })
    // what the layers fail with and need is computed from `G`, which is not known here
    return Layer.effect(Authentication, Effect.map(recipes, recipeOfAll)) as Layer.Layer<Authentication, Layer.Error<LayerOf<G>>, Layer.Services<LayerOf<G>>>
  }
  return Object.assign(make, { declared })
}

/** the layers that `GivenSchemes` allows give this */
const isAuthenticationLayer = (value: unknown): value is Layer.Layer<Authentication, unknown, unknown> => Layer.isLayer(value)

/** The recipe of one scheme. What a type forbids can still come from JavaScript: it fails when a session is built. */
const recipeOf = (scheme: SecurityScheme | undefined, value: unknown): Authentication["Service"] => {
  if (scheme === undefined) return invalid("a scheme that the API declares")
  if (typeof value === "object" && value !== null && "make" in value && "method" in value) return value as Authentication["Service"]
  switch (scheme.type) {
    case "mutualTLS":
      return value === true ? byTransport : invalid("`true`: the transport presents the certificate")
    case "apiKey":
      return isSecret(value) ? apiKeyRecipe(scheme, value) : invalid("a Redacted key")
    case "oauth2":
    case "openIdConnect":
      return isSecret(value) ? bearerRecipe(value) : invalid("a Redacted access token")
    case "http":
      switch (scheme.scheme.toLowerCase()) {
        case "basic":
          return isUserPassword(value) ? basicRecipe(value) : invalid("a user name and a Redacted password")
        case "bearer":
          return isSecret(value) ? bearerRecipe(value) : invalid("a Redacted token")
        default:
          return invalid(`an authentication layer: there is none for ${scheme.scheme}`)
      }
  }
}

const isSecret = (value: unknown): value is Redacted.Redacted<string> => Redacted.isRedacted(value) && typeof Redacted.value(value) === "string"

const isUserPassword = (value: unknown): value is UserPassword =>
  typeof value === "object" && value !== null && "username" in value && typeof value.username === "string" && "password" in value && isSecret(value.password)

/** what the connection proves needs nothing in a request */
const byTransport = /*#__PURE__*/ fixed("client certificate", {}, [])

const invalid = (expected: string): Authentication["Service"] => ({
  method: "invalid",
  make: () => Effect.fail(new ConfigurationInvalid({ settings: [{ name: "credential", expected: `expected ${expected}` }] }))
})

type Named<A> = readonly [name: string, value: A]

const recipeOfAll = (recipes: ReadonlyArray<Named<Authentication["Service"]>>): Authentication["Service"] => ({
  // who gives nothing is nobody
  method: recipes.length === 0 ? "anonymous" : "security schemes",
  cookies: recipes.find(([, recipe]) => recipe.cookies !== undefined)?.[1].cookies,
  make: (context) => {
    // a certificate says nothing in a request: the credential after it may
    const first = recipes.find(([, recipe]) => recipe !== byTransport)?.[0]
    return Effect.map(Effect.forEach(recipes, (recipe) => makeOne(context, recipe)), (all) => makeAll(all, first))
  }
})

/** What is wrong is told with the scheme that it was given for. */
const makeOne = (context: AuthenticationContext, [name, recipe]: Named<Authentication["Service"]>): Effect.Effect<Named<Authenticator>, ConfigurationInvalid, Scope.Scope> =>
  Effect.mapBoth(recipe.make(context), {
    onSuccess: (authenticator) => [name, authenticator] as const,
    onFailure: (error) => new ConfigurationInvalid({ settings: error.settings.map((setting) => ({ ...setting, name: `${name}: ${setting.name}` })) })
  })

const nothing: Credentials = { headers: {}, generation: 0 }

/** Credentials of several schemes at once. */
class Together implements Credentials {
  readonly parts: ReadonlyArray<Named<Credentials>>
  readonly headers: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>> | undefined
  readonly cookies: Readonly<Record<string, string>> | undefined
  readonly generation: number
  constructor(parts: ReadonlyArray<Named<Credentials>>) {
    this.parts = parts
    this.headers = Object.assign({}, ...parts.map(([, { headers }]) => headers))
    this.query = merged(parts.map(([, { query }]) => query))
    this.cookies = merged(parts.map(([, { cookies }]) => cookies))
    this.generation = parts.reduce((sum, [, { generation }]) => sum + generation, 0)
  }
}

const merged = (all: ReadonlyArray<Readonly<Record<string, string>> | undefined>): Readonly<Record<string, string>> | undefined =>
  all.every((one) => one === undefined) ? undefined : Object.assign({}, ...all)

/** Two schemes that want the same place of a request for different things, such as Basic and Bearer: it holds one of them. */
const clash = (parts: ReadonlyArray<Named<Credentials>>): string | undefined => {
  const taken = new Map<string, { readonly scheme: string; readonly value: string }>()
  for (const [scheme, { cookies, headers, query }] of parts) {
    for (const [kind, pairs] of [["field", headers], ["query parameter", query ?? {}], ["cookie", cookies ?? {}]] as const) {
      for (const [name, value] of Object.entries(pairs)) {
        const place = `${kind} ${name}`
        const other = taken.get(place)
        // two flows of one provider give one token
        if (other !== undefined && other.value !== value) return `${other.scheme} and ${scheme} both want the ${place}, which holds only one of them`
        taken.set(place, { scheme, value })
      }
    }
  }
  return undefined
}

const unsatisfied = (hop: AuthenticationHop, detail: string): Effect.Effect<never, AuthenticationFailed> =>
  Effect.fail(new AuthenticationFailed({ ...hop.failure, attempts: 0, reason: "unsatisfied", detail }))

/** What an effect gives that is already done. */
const valueOf = (effect: Effect.Effect<Credentials, CallError>): Credentials | undefined =>
  // an exit is an effect of the same type, which `isExit` forgets
  Exit.isExit(effect) && Exit.isSuccess(effect) ? (effect as Exit.Success<Credentials>).value : undefined

/** The credentials of all these schemes, for one request. */
const together = (hop: AuthenticationHop, all: ReadonlyArray<Named<Effect.Effect<Credentials, CallError>>>): Effect.Effect<Credentials, CallError> => {
  const combined = (parts: ReadonlyArray<Named<Credentials>>): Effect.Effect<Credentials, AuthenticationFailed> => {
    const problem = clash(parts)
    return problem === undefined ? Effect.succeed(new Together(parts)) : unsatisfied(hop, problem)
  }
  // fixed ones are there at once: no fibers for them
  const present = all.flatMap(([name, effect]): ReadonlyArray<Named<Credentials>> => {
    const value = valueOf(effect)
    return value === undefined ? [] : [[name, value]]
  })
  if (present.length === all.length) return combined(present)
  const got = Effect.forEach(all, ([name, effect]) => Effect.map(effect, (credentials): Named<Credentials> => [name, credentials]), { concurrency: "unbounded" })
  return Effect.flatMap(got, combined)
}

/** What serves an endpoint, or why nothing does. */
interface Chosen {
  readonly authenticators: ReadonlyArray<Named<Authenticator>>
  readonly unsatisfied?: string | undefined
}

/** `first`: what an endpoint gets that says nothing of security */
const makeAll = (all: ReadonlyArray<Named<Authenticator>>, first: string | undefined): Authenticator => {
  const names = all.map(([name]) => name)
  const forAny: Chosen = { authenticators: all.filter(([name]) => name === first) }
  // endpoints declare what they want once
  const known = new WeakMap<ReadonlyArray<SecurityRequirement>, Chosen>()
  const chosenFor = (security: AuthenticationHop["security"]): Chosen => {
    if (security === undefined) return forAny
    let chosen = known.get(security)
    if (chosen === undefined) {
      const choice = choose(security, names)
      chosen = choice._tag === "Unsatisfied"
        ? { authenticators: [], unsatisfied: choice.detail }
        : { authenticators: all.filter(([name]) => choice.schemes.includes(name)) }
      known.set(security, chosen)
    }
    return chosen
  }
  return {
    method: all.length === 0 ? "anonymous" : "security schemes",
    credentials: (hop) => {
      const { authenticators, unsatisfied: detail } = chosenFor(hop.security)
      if (detail !== undefined) return unsatisfied(hop, detail)
      const [only, another] = authenticators
      if (only === undefined) return Effect.succeed(nothing)
      if (another === undefined) return only[1].credentials(hop)
      return together(hop, authenticators.map(([name, authenticator]) => [name, authenticator.credentials(hop)]))
    },
    challenged: (hop, used, response, round) => {
      const { authenticators } = chosenFor(hop.security)
      if (!(used instanceof Together)) return authenticators[0]?.[1].challenged(hop, used, response, round) ?? Effect.undefined
      // the server does not say which one it minds: each that can be renewed is
      const renewed = Effect.forEach(used.parts, ([name, part]) =>
        Effect.map(all.find(([candidate]) => candidate === name)?.[1].challenged(hop, part, response, round) ?? Effect.undefined, (next) => ({ name, part, next })))
      return Effect.flatMap(renewed, (parts) =>
        parts.every(({ next }) => next === undefined)
          ? Effect.undefined
          : together(hop, parts.map(({ name, next, part }) => [name, Effect.succeed(next ?? part)])))
    },
    forbidden: all.every(([, { forbidden }]) => forbidden === undefined) ? undefined : (hop, used, response) => {
      const { authenticators: [only, another] } = chosenFor(hop.security)
      // of several nobody can tell which one is not enough
      return another === undefined ? only?.[1].forbidden?.(hop, used, response) ?? Effect.undefined : Effect.undefined
    },
    accepted: all.every(([, { accepted }]) => accepted === undefined) ? undefined : (hop, used, response) => {
      if (!(used instanceof Together)) return chosenFor(hop.security).authenticators[0]?.[1].accepted?.(hop, used, response) ?? Effect.void
      const proved = (name: string, part: Credentials) => all.find(([candidate]) => candidate === name)?.[1].accepted?.(hop, part, response) ?? Effect.void
      return Effect.forEach(used.parts, ([name, part]) => proved(name, part), { discard: true })
    },
    // a connection serves all that a request wants together, and nobody else: it would be let in as whoever logged in there
    binds: all.every(([, { binds }]) => binds === undefined) ? undefined : (hop) => {
      const bound = chosenFor(hop.security).authenticators.flatMap(([, { binds }]) => binds?.(hop) ?? [])
      return bound.length === 0 ? undefined : JSON.stringify(bound)
    },
    guarded: all.length > 0 && all.every(([, { guarded }]) => guarded === true),
    replays: all.reduce<number | undefined>((most, [, { replays }]) => replays === undefined ? most : Math.max(most ?? 0, replays), undefined),
    settled: (hop) => chosenFor(hop.security).authenticators.every(([, { replays, settled }]) => replays === undefined || settled?.(hop) === true),
    authenticate: Effect.forEach(all, ([, authenticator]) => authenticator.authenticate, { discard: true }),
    // each is told, also after one that could not
    signOut: all.every(([, { signOut }]) => signOut === undefined) ? undefined : Effect.flatMap(
      Effect.forEach(all, ([, { signOut }]) => Effect.exit(signOut ?? Effect.void)),
      (exits) => exits.find(Exit.isFailure) ?? Effect.void
    ),
    token: all.find(([, { token }]) => token !== undefined)?.[1].token,
    stepUp: all.find(([, { stepUp }]) => stepUp !== undefined)?.[1].stepUp,
    status: Effect.map(Effect.forEach(all, ([name, authenticator]) => Effect.map(authenticator.status, (status) => [name, status] as const)), statusOf),
    secrets: function*() {
      for (const [, authenticator] of all) yield* authenticator.secrets()
    }
  }
}

/** The worst of them, and each by itself. */
const statusOf = (all: ReadonlyArray<Named<AuthenticationStatus>>): AuthenticationStatus => {
  const states = all.map(([, { state }]) => state)
  const expires = all.flatMap(([, status]) => status.expires === undefined ? [] : [status.expires])
  return {
    method: all.length === 0 ? "anonymous" : "security schemes",
    state: states.includes("expired") ? "expired" : states.includes("active") ? "active" : "none",
    generation: all.reduce((sum, [, { generation }]) => sum + generation, 0),
    expires: expires.length === 0 ? undefined : Math.min(...expires),
    identity: all.find(([, { identity }]) => identity !== undefined)?.[1].identity,
    schemes: Object.fromEntries(all)
  }
}
