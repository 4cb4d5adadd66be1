/**
 * A login that gives a token, and renews it: what all such logins share.
 *
 * A recipe says how to sign in, renew and sign out, each by requests that `ask.ts` sends and reads (`tokenEndpoint.ts` has
 * those of OAuth 2.0). Around it: `tokenAuthenticator.ts` gives credentials to calls and hears of their 401s; `tokens.ts` has
 * the present token, and one flight for all who wait for the next; `redeeming.ts` is what that flight does, in turn with
 * others who share the place in the store, which is `shelf.ts`.
 */
import * as Clock from "effect/Clock"
import { WebCrypto } from "effect/crypto/WebCrypto"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { AuthenticationFailed, type CallError } from "../../errors/CallError.ts"
import type { StoreFailed } from "../../errors/StoreFailed.ts"
import type { AuthenticationContext, AuthenticationHop, AuthenticationResponse, Authenticator } from "../../services/Authentication.ts"
import { redactedBaseUrl } from "../../wire/url.ts"
import { fingerprint, type KeptToken, type UsableToken } from "./record.ts"
import * as Redeeming from "./redeeming.ts"
import * as Shelf from "./shelf.ts"
import * as TokenAuthenticator from "./tokenAuthenticator.ts"

/** A token as a login or a renewal gives it. */
export interface IssuedToken {
  readonly accessToken: string
  /** milliseconds; `undefined`: not told */
  readonly lifetime?: number | undefined
  readonly refreshToken?: string | undefined
  /** how long the refresh token is good, in milliseconds; `undefined`: not told */
  readonly refreshLifetime?: number | undefined
  readonly identity?: string | undefined
  readonly scopes?: ReadonlyArray<string> | undefined
  /** whatever else belongs to it */
  readonly more?: Readonly<Record<string, string>> | undefined
}

/** What a login is for. */
export interface LoginRequest {
  /** scopes to ask for beyond those of the login itself; empty: none */
  readonly scopes: ReadonlyArray<string>
}

/** What a renewal is for, and what it may tell early. */
export interface RenewalRequest extends LoginRequest {
  /**
   * keeps a refresh token that has come in the place of the one that was spent, although the rest of the answer is of no
   * use. A renewal that succeeds need not tell: what it gives is kept anyway
   */
  readonly rotated: (refreshToken: string) => Effect.Effect<void>
}

/** A token to begin with; without an access token only what renews it. */
export type GivenToken = Omit<IssuedToken, "accessToken"> & { readonly accessToken?: string | undefined }

export interface RenewableOptions {
  readonly method: string
  /** tells this login from others in a store: user, client, scope. The API, its base URL and the method are added, and a fingerprint of `initial` */
  readonly key: ReadonlyArray<string | undefined>
  /** who issues the token, where that is not the API itself: takes the place of the API and its base URL in a store's key */
  readonly issuer?: string | undefined
  /** signs in from nothing; `undefined`: there is nothing to sign in by, but what was given. A function can ask for more scopes */
  readonly login?: Effect.Effect<IssuedToken, CallError> | ((request: LoginRequest) => Effect.Effect<IssuedToken, CallError>) | undefined
  /**
   * reads the scopes that are missing out of a 403, e.g. `Auth.insufficientScope`: then the call signs in for these as well,
   * and is repeated once; where the server does not give them the 403 stands. Default: a 403 stands
   */
  readonly escalates?: ((response: AuthenticationResponse) => ReadonlyArray<string> | undefined) | undefined
  /** the login asks a person: it is never done ahead of time, and is given up when nobody waits for it. Default `false` */
  readonly interactive?: boolean | undefined
  /** renews a token; `undefined`, or where it gives `undefined`: it cannot be renewed, and `login` runs in its place. Only requests made with `ask` can be interrupted */
  readonly refresh?: ((token: IssuedToken, request: RenewalRequest) => Effect.Effect<IssuedToken, CallError> | undefined) | undefined
  /** what `refresh` spends can be spent once: an answer that was lost took it along, and it is never sent again. Default `false` */
  readonly rotates?: boolean | undefined
  /** a token to begin with */
  readonly initial?: GivenToken | undefined
  readonly headers: (token: IssuedToken, hop: AuthenticationHop) => Readonly<Record<string, string>> | Effect.Effect<Readonly<Record<string, string>>>
  /** called for a token that comes from a store, before its first use, which may be signing out: what else of this session belongs to it, e.g. a cookie */
  readonly adopted?: ((token: IssuedToken) => void) | undefined
  /** told each refresh token that came in the place of another one, before the access token beside it is used. Cannot be interrupted */
  readonly onRotate?: ((refreshToken: string) => Effect.Effect<void>) | undefined
  /** ends the login on the server */
  readonly signOut?: ((token: IssuedToken) => Effect.Effect<void, CallError>) | undefined
  /** whether closing the session ends a login that no store keeps. Default `signOut` */
  readonly onClose?: "signOut" | "keep" | undefined
  /** whether it is kept in the session's store. Default `true` */
  readonly stored?: boolean | undefined
  /** where several sessions have the same login without a store: what they share. Default: nothing is shared */
  readonly shelves?: Shelves | undefined
  /** whether `session.token` gives the access token. Default `true` */
  readonly tokenIsPublic?: boolean | undefined
  /** secrets in what else belongs to a token */
  readonly secretsOf?: ((token: IssuedToken) => Iterable<string>) | undefined
  /** secrets besides the tokens, such as the password */
  readonly secrets?: (() => Iterable<string>) | undefined
}

/** Logins that sessions of one recipe share: in one process a token is spent by one of them, whatever the store. */
export interface Shelves {
  readonly of: (store: AuthenticationContext["store"], key: string) => Shelf.Shelf
}

export const makeShelves = (): Shelves => {
  const none = {}
  const known = new WeakMap<object, Map<string, Shelf.Shelf>>()
  return {
    of: (store, key) => {
      const shelves = known.get(store ?? none) ?? new Map<string, Shelf.Shelf>()
      known.set(store ?? none, shelves)
      const shelf = shelves.get(key) ?? Shelf.make(store, key)
      shelves.set(key, shelf)
      return shelf
    }
  }
}

/**
 * An authenticator over tokens that are issued by a login and renewed by a refresh: one flight for all who wait, ahead of the
 * end while it is in use, in the background; kept in the session's store, where one holder of all renews it.
 *
 * @example
 * ```ts
 * const recipe = { method: "password", make: (context) => renewable(context, { method: "password", key: [user], login, headers }) }
 * ```
 */
export const renewable = (context: AuthenticationContext, options: RenewableOptions): Effect.Effect<Authenticator, never, Scope.Scope> =>
  Effect.gen(function*() {
    const clock = yield* Clock.Clock
    /** on the clock of the server */
    const now = (): number => clock.currentTimeMillisUnsafe() + context.skew()
    const { initial, login, signOut } = options
    const store = options.stored === false ? undefined : context.store
    const seed: KeptToken | undefined = initial === undefined ? undefined : { ...initial, issued: now() }
    const spent = initial?.refreshToken ?? initial?.accessToken
    const issuer = options.issuer === undefined ? [context.api, redactedBaseUrl(context.baseUrl)] : [options.issuer]
    const begun = spent === undefined ? [] : [fingerprint(spent)]
    const key = JSON.stringify([...issuer, options.method, ...options.key.map((part) => part ?? null), ...begun, ...shown(context), ...(yield* proof(store, options))])
    const shelf = (options.shelves ?? makeShelves()).of(store, key)
    const tell = (error: StoreFailed): Effect.Effect<void> => context.tell({ _tag: "StoreFailed", error })
    const unsafe = (error: StoreFailed): CallError =>
      new AuthenticationFailed({ operation: "authenticate", method: "-", url: redactedBaseUrl(context.baseUrl), attempts: 0, reason: "store", detail: error.message })
    const given = (): KeptToken | undefined => shelf.ended ? undefined : seed
    const redeem = Redeeming.make({ context, options, shelf, given, now, tell, unsafe })
    const begin = store === undefined ? Redeeming.usable(shelf.last?.token ?? given(), undefined, [], now()) : undefined

    const authenticator = yield* TokenAuthenticator.make<UsableToken>(context, {
      method: options.method,
      redeem,
      initial: begin === undefined ? undefined : { ...begin, source: "given" },
      // who has to be asked is not asked ahead of time, but what can be renewed without them is
      ahead: options.refresh !== undefined || (login !== undefined && options.interactive !== true),
      covers: Redeeming.covers,
      stepsUp: login !== undefined && !Effect.isEffect(login),
      escalates: options.escalates,
      headers: (token, hop) => {
        const headers = options.headers(token, hop)
        return Effect.isEffect(headers) ? headers : Effect.succeed(headers)
      },
      secrets: (token) => [...secretsOf(token), ...options.secretsOf?.(token) ?? []],
      moreSecrets: function*() {
        if (options.secrets !== undefined) yield* options.secrets()
        if (seed !== undefined) yield* secretsOf(seed)
        if (shelf.last?.token !== undefined) yield* secretsOf(shelf.last.token)
      },
      identity: (token) => token.identity,
      scopes: (token) => token.scopes,
      token: options.tokenIsPublic === false ? undefined : (token) => token.accessToken,
      store: store === undefined ? undefined : () => ({ name: store.name, problem: shelf.problem }),
      close: signOut === undefined || options.onClose === "keep" ? undefined : ({ source, value }) => {
        // what was given, or came of it, is somebody else's; what a store has is for whoever comes next
        if ((seed !== undefined && source !== "login") || (store !== undefined && !shelf.unsaved)) return Effect.void
        return Effect.matchEffect(signOut(value), {
          onSuccess: () => context.tell({ _tag: "SignedOut" }),
          onFailure: (error) => context.tell({ _tag: "SignOutFailed", error })
        })
      }
    })
    const { tokens } = authenticator

    const out = (turn: Shelf.Turn): Effect.Effect<void, CallError> => {
      const kept = turn.kept?.token ?? given()
      const token = kept?.accessToken === undefined && kept?.refreshToken === undefined ? tokens.current()?.value : { ...kept, accessToken: kept.accessToken ?? "" }
      // a store that has it still would give it to whoever comes next
      const removed = Effect.flatMap(turn.remove, (trouble) => trouble === undefined ? Effect.void : Effect.fail(unsafe(trouble)))
      if (token === undefined) return removed
      return Effect.uninterruptible(Effect.gen(function*() {
        // what a store has may be newer than what this session has, or the first that it sees of it
        if (kept === turn.kept?.token && token.accessToken !== tokens.current()?.value.accessToken) options.adopted?.(token)
        const exit = yield* Effect.exit(Effect.interruptible(signOut?.(token) ?? Effect.void))
        const error = Option.getOrUndefined(Exit.findErrorOption(exit))
        // what the server does not know any more has ended
        const ended = Exit.isSuccess(exit) || (error !== undefined && isEnded(error))
        tokens.forget()
        shelf.ended = true
        const gone = yield* Effect.exit(removed)
        if (ended) yield* context.tell({ _tag: "SignedOut" })
        else if (error !== undefined) yield* context.tell({ _tag: "SignOutFailed", error })
        if (!ended) return yield* exit
        return yield* gone
      }))
    }
    return {
      ...authenticator,
      signOut: Effect.catchTag(Shelf.inTurn(shelf, tell, out), "StoreFailed", (error) => Effect.fail(unsafe(error)))
    }
  })

/** A certificate may be what proves the login, so another one is another login. */
const shown = ({ certificate }: AuthenticationContext): ReadonlyArray<string> => {
  if (certificate === undefined) return []
  const source = "pkcs12" in certificate ? certificate.pkcs12 : certificate.certificate
  const which = typeof source === "string" ? fingerprint(source) : "file" in source ? source.file : fingerprint(Redacted.value(source).join())
  return [`certificate ${which}`]
}

/** of this process alone, so that nobody can try out passwords with it */
let pepper: string | undefined

/** A password need not leave the process to tell that somebody else's is another one. */
const proof = (store: AuthenticationContext["store"], { secrets }: RenewableOptions): Effect.Effect<ReadonlyArray<string>> =>
  Effect.map(WebCrypto, (crypto) => {
    if (store?.ephemeral !== true || secrets === undefined) return []
    pepper ??= crypto.getRandomValues(new Uint8Array(32)).join(",")
    return [`secrets ${fingerprint(JSON.stringify([pepper, ...secrets()]))}`]
  })

const secretsOf = ({ accessToken, refreshToken }: KeptToken): ReadonlyArray<string> =>
  [accessToken, refreshToken].filter((secret): secret is string => secret !== undefined && secret !== "")

/** The server says that the token is good for nothing any more, which is what was wanted. */
const isEnded = (error: CallError): boolean => error._tag === "AuthenticationFailed" && (error.reason === "rejected" || error.status === 401)
