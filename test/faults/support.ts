/** A token endpoint that rotates, processes that share a store, and ways for them to die. */
import { Auth, type Configuration, TokenStore } from "credence"
import { Script } from "credence/testing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { StoreFailed } from "credence/errors"
import * as Memory from "../../src/layers/store/memory.ts"
import { Billing, getThing, ok, partsOver, settle } from "../support/billing.ts"

type Request = Parameters<Parameters<typeof Script.on>[1]>[0]

export const formOf = (request: Request): URLSearchParams => new URLSearchParams((request.body as { readonly bytes: string }).bytes)

/** What a server of tokens knows: each refresh token is good once, and one that comes twice ends the login (RFC 9700 section 4.14.2). */
export interface TokenServer {
  valid: string
  /** access tokens that the API takes */
  readonly good: Set<string>
  readonly spent: Array<string>
  readonly reused: Array<string>
  rotations: number
  logins: number
  inFlight: number
  most: number
}

export interface ServerOptions {
  readonly expiresIn?: number | undefined
  /** replaces what the token endpoint answers, after it has acted */
  readonly answer?: ((count: number, server: TokenServer, body: Readonly<Record<string, unknown>>) => Script.Reply) | undefined
  /** comes before: nothing has happened yet */
  readonly refuse?: ((count: number, form: URLSearchParams) => Script.Reply | undefined) | undefined
  readonly delay?: number | undefined
}

/** A script: `/token` for refresh tokens and passwords (`grant_type`), `/revoke`, and an API that takes good access tokens. */
export const tokenServer = (options: ServerOptions = {}) => {
  const server: TokenServer = { valid: "r-0", good: new Set(), spent: [], reused: [], rotations: 0, logins: 0, inFlight: 0, most: 0 }
  const revoked: Array<string> = []
  const issue = () => {
    const access = `a-${server.rotations + server.logins}`
    server.good.add(access)
    return { access_token: access, refresh_token: server.valid, ...(options.expiresIn === undefined ? {} : { expires_in: options.expiresIn }) }
  }
  const script = Script.make([
    Script.on("token", (request) => request.url.pathname === "/token", (request, count) => {
      const form = formOf(request)
      const refused = options.refuse?.(count, form)
      if (refused !== undefined) return refused
      const given = form.get("refresh_token") ?? ""
      if (form.get("grant_type") === "password") {
        server.logins++
        server.valid = `l-${server.logins}`
      } else {
        if (server.spent.includes(given)) server.reused.push(given)
        if (given !== server.valid) return { status: 400, body: { error: "invalid_grant" }, delay: options.delay }
        server.spent.push(given)
        server.rotations++
        server.valid = `r-${server.rotations}`
      }
      const body = { ...issue(), ...(form.has("scope") ? { scope: form.get("scope") } : {}) }
      return options.answer?.(count, server, body) ?? { body, delay: options.delay }
    }),
    Script.on("revoke", (request) => request.url.pathname === "/revoke", (request) => {
      revoked.push(formOf(request).get("token") ?? "")
      return { status: 200 }
    }),
    Script.on("api", () => true, (request) => server.good.has(request.headers["authorization"]?.slice(7) ?? "") ? ok : { status: 401 })
  ])
  return Effect.map(script, (script) => ({ server, script, revoked }))
}

export const seeded = (options: Partial<Auth.RefreshTokenOptions> = {}) => Auth.refreshToken({ tokenUrl: "/token", refreshToken: Redacted.make("r-0"), ...options })

/** A password login over the same server, that renews itself by what rotates. */
export const password = (options: Partial<Auth.RenewableOptions> & { readonly user?: string } = {}): Layer.Layer<Auth.Authentication> => {
  const { user = "ada", ...rest } = options
  return Layer.succeed(Auth.Authentication, {
    method: "password",
    make: (context) => {
      const request = (reason: "login" | "refresh", form: Record<string, string>, scopes: ReadonlyArray<string>) =>
        Auth.ask(context, {
          operation: reason,
          method: "POST",
          url: "/token",
          body: new URLSearchParams({ ...form, ...(scopes.length === 0 ? {} : { scope: scopes.join(" ") }) }).toString()
        }, {
          reason,
          secrets: () => [],
          read: ({ json }) => {
            const body = json as Readonly<Record<string, unknown>>
            return typeof body["access_token"] !== "string" ? Result.fail(`no token: ${String(body["error"])}`) : Result.succeed<Auth.IssuedToken>({
              accessToken: body["access_token"],
              refreshToken: body["refresh_token"] as string,
              lifetime: typeof body["expires_in"] === "number" ? body["expires_in"] * 1000 : undefined,
              scopes: typeof body["scope"] === "string" ? body["scope"].split(" ") : undefined,
              identity: user
            })
          }
        })
      return Auth.renewable(context, {
        method: "password",
        key: [user],
        login: ({ scopes }) => request("login", { grant_type: "password", username: user }, scopes),
        refresh: (token, { scopes }) => request("refresh", { grant_type: "refresh_token", refresh_token: token.refreshToken ?? "" }, scopes),
        rotates: true,
        secrets: () => ["pass of ada"],
        headers: ({ accessToken }) => ({ authorization: `Bearer ${accessToken}` }),
        signOut: (token) => Effect.asVoid(context.send({ operation: "revoke", method: "POST", url: "/revoke", body: `token=${token.accessToken}` })),
        ...rest
      })
    }
  })
}

/** A process: a session over a store, with a life of its own, and what happens to its login. */
export const start = (script: Script.Script, auth: Layer.Layer<Auth.Authentication>, store: TokenStore.TokenStore | undefined, configuration: Configuration.ConfigurationOptions = {}) =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    const session = yield* Billing.make().pipe(
      Scope.provide(scope),
      Effect.provide(partsOver(script.layer, { auth, more: store === undefined ? Layer.empty : TokenStore.layer(store), configuration: { retry: "none", ...configuration } }))
    )
    const happened: Array<string> = []
    yield* Effect.forkDetach(Stream.runForEach(session.events, (event) => Effect.sync(() => {
      const more = event._tag === "Renewed" ? event.source : event._tag === "StoreFailed" ? event.error.reason : event._tag === "RenewalFailed" ? event.error._tag : undefined
      happened.push(more === undefined ? event._tag : `${event._tag} ${more}`)
    })), { startImmediately: true })
    const call = getThing({ id: "1" }).pipe(Billing.use(session))
    return { session, close: Scope.close(scope, Exit.void), call, happened }
  })

/** A store as one process sees it: when the process dies it does nothing any more, and its lease ends after `lease` milliseconds. */
export const mortal = (shared: TokenStore.TokenStore, lease = 10_000) => {
  let dead = false
  const leases = new Set<Scope.Closeable>()
  const alive = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => Effect.suspend(() => dead ? Effect.never : effect)
  const store: TokenStore.TokenStore = {
    name: shared.name,
    ephemeral: shared.ephemeral,
    load: (key) => alive(shared.load(key)),
    lease: (key) => alive(Effect.gen(function*() {
      const scope = yield* Scope.make()
      leases.add(scope)
      yield* Effect.addFinalizer((exit) => Effect.suspend(() => dead ? Effect.void : Scope.close(scope, exit)))
      const held = yield* Scope.provide(shared.lease(key), scope)
      return { fence: held.fence, save: (value) => alive(held.save(value)), remove: alive(held.remove) }
    }))
  }
  const die = Effect.suspend(() => {
    dead = true
    return Effect.forkDetach(Effect.delay(Effect.forEach(leases, (scope) => Scope.close(scope, Exit.void), { discard: true }), lease))
  })
  return { store, die }
}

/** A store whose leases keep nobody out. */
export const unfenced = (): TokenStore.TokenStore => {
  const values = new Map<string, Redacted.Redacted<string>>()
  return {
    name: "unfenced",
    load: (key) => Effect.sync(() => values.get(key)),
    lease: (key) => Effect.succeed({ fence: 0, save: (value) => Effect.sync(() => void values.set(key, value)), remove: Effect.sync(() => void values.delete(key)) })
  }
}

/** A store that fails. */
export const failing = (on: { readonly load?: () => StoreFailed | undefined; readonly lease?: () => StoreFailed | undefined; readonly save?: () => StoreFailed | undefined }, shared = Memory.make()): TokenStore.TokenStore => {
  const or = <A, R>(problem: (() => StoreFailed | undefined) | undefined, effect: Effect.Effect<A, StoreFailed, R>) => Effect.suspend(() => {
    const error = problem?.()
    return error === undefined ? effect : Effect.fail(error)
  })
  return {
    name: shared.name,
    ephemeral: shared.ephemeral,
    load: (key) => or(on.load, shared.load(key)),
    lease: (key) => or(on.lease, Effect.map(shared.lease(key), (lease) => ({ ...lease, save: (value) => or(on.save, lease.save(value)), remove: or(on.save, lease.remove) })))
  }
}

export { Memory, settle }
