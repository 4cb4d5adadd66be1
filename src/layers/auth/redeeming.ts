/**
 * How a login gets its next token: one that another holder has put into the store, else by renewing what is there, else by
 * signing in; and how it is kept before anybody uses it.
 *
 * What can be spent once is sent by one holder, after a note in the store says so. A note that is still there belongs to
 * somebody who never came back: what became of the token is not known, so it is not sent again.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { AuthenticationFailed, type CallError, ConnectionFailed, DecodeFailed, Timeout } from "../../errors/CallError.ts"
import { StoreFailed } from "../../errors/StoreFailed.ts"
import type { AuthenticationContext } from "../../services/Authentication.ts"
import { redactedBaseUrl } from "../../wire/url.ts"
import { fingerprint, type Kept, type KeptToken, type UsableToken } from "./record.ts"
import type { IssuedToken, RenewableOptions } from "./renewable.ts"
import * as Shelf from "./shelf.ts"
import * as Timing from "./timing.ts"
import type { Asked, Redeem, Redeemed, Token } from "./tokens.ts"

export interface RedeemingOptions {
  readonly context: AuthenticationContext
  readonly options: RenewableOptions
  readonly shelf: Shelf.Shelf
  /** what the login began with, as long as it is good for something */
  readonly given: () => KeptToken | undefined
  /** Unix milliseconds on the server's clock */
  readonly now: () => number
  readonly tell: (error: StoreFailed) => Effect.Effect<void>
  readonly unsafe: (error: StoreFailed) => CallError
}

/** Is a token good for these scopes? What the server told counts; where it told nothing, what it was asked for (RFC 6749 section 5.1). */
export const covers = (token: Pick<KeptToken, "scopes" | "asked">, scopes: ReadonlyArray<string>): boolean =>
  scopes.every((scope) => (token.scopes ?? token.asked)?.includes(scope) === true)

const complete = (token: KeptToken): UsableToken => ({ ...token, accessToken: token.accessToken ?? "" })

/** What is kept, where it is a token that can be used: another one than `previous`, not expired, and good for these scopes. */
export const usable = (token: KeptToken | undefined, previous: UsableToken | undefined, scopes: ReadonlyArray<string>, now: number): Redeemed<UsableToken> | undefined => {
  if (token?.accessToken === undefined || token.accessToken === previous?.accessToken || !covers(token, scopes)) return undefined
  // a clock that is behind makes it as good as new; if it is not, the server says so
  const age = Math.max(0, now - token.issued)
  const { lifetime } = token
  const expired = lifetime !== undefined && lifetime > 0 && age >= lifetime - Timing.margin(lifetime)
  return expired ? undefined : { value: complete(token), lifetime, age, source: "store" }
}

/** The server may have acted on a renewal that ended so, and what it answered is not known. */
const isLost = (exit: Exit.Exit<unknown, CallError>): boolean => {
  if (Exit.isSuccess(exit)) return false
  const error = Option.getOrUndefined(Exit.findErrorOption(exit))
  // without one it was given up when the session closed, or it broke; and an answer that cannot be read is as good as none
  if (error === undefined || error instanceof DecodeFailed) return true
  return (error instanceof ConnectionFailed || error instanceof Timeout || error instanceof AuthenticationFailed) && error.processed === "maybe"
}

/** The server has looked at a renewal and refused it: signing in may do. */
const isRefused = (error: CallError): boolean => error instanceof AuthenticationFailed && (error.reason === "refresh" || error.reason === "rejected")

/** A renewed token, with what its answer does not repeat (RFC 6749 sections 5.1 and 6). */
const inherited = (token: IssuedToken, base: KeptToken, now: number): IssuedToken => ({
  ...token,
  refreshToken: token.refreshToken ?? base.refreshToken,
  refreshLifetime: token.refreshToken !== undefined || base.refreshLifetime === undefined ? token.refreshLifetime : base.refreshLifetime - (now - base.issued),
  identity: token.identity ?? base.identity,
  scopes: token.scopes ?? base.scopes,
  more: token.more ?? base.more
})

/** a lifetime that is none says nothing */
const told = (lifetime: number | undefined): number | undefined => lifetime !== undefined && lifetime > 0 && lifetime < Infinity ? lifetime : undefined

export const make = ({ context, given, now, options, shelf, tell, unsafe }: RedeemingOptions): Redeem<UsableToken, CallError> => {
  const { interactive = false, login, onRotate, refresh, rotates = false } = options
  const failed = (detail: string): AuthenticationFailed =>
    new AuthenticationFailed({ operation: options.method, method: "-", url: redactedBaseUrl(context.baseUrl), attempts: 0, reason: login === undefined ? "refresh" : "login", detail })
  const takesScopes = login !== undefined && !Effect.isEffect(login)

  /** another one has put it there, or it was given and nothing better is there */
  const found = (kept: Kept | undefined, previous: Token<UsableToken> | undefined, { scopes }: Asked): Redeemed<UsableToken> | undefined => {
    const there = usable(kept?.token, previous?.value, scopes, now())
    if (there !== undefined) options.adopted?.(there.value)
    if (there !== undefined || previous !== undefined || kept?.token !== undefined) return there
    const first = usable(given(), undefined, scopes, now())
    return first === undefined ? undefined : { ...first, source: "given" }
  }

  /** keeps a token before anybody uses it */
  const keep = (turn: Shelf.Turn, token: IssuedToken, source: "login" | "refresh", { scopes }: Asked): Effect.Effect<Redeemed<UsableToken>> => {
    const kept: KeptToken = { ...token, lifetime: told(token.lifetime), refreshLifetime: told(token.refreshLifetime), issued: now(), ...(scopes.length === 0 ? {} : { asked: scopes }) }
    return Effect.as(turn.write({ token: kept }), { value: complete(kept), lifetime: kept.lifetime, source })
  }

  const signIn = (turn: Shelf.Turn, commit: Effect.Effect<void>, asked: Asked): Effect.Effect<Redeemed<UsableToken>, CallError> =>
    Effect.uninterruptible(Effect.gen(function*() {
      // a person who is asked may be left alone again; a token that was issued is not
      if (!interactive) yield* commit
      const token = yield* Effect.interruptible(login === undefined ? failed("there is nothing to sign in by") : Effect.isEffect(login) ? login : login({ scopes: asked.scopes }))
      yield* commit
      return yield* keep(turn, token, "login", asked)
    }))

  /**
   * What is renewed. What is good once must be known to be unspent: what the store had and has no more was signed out, or
   * spent by others meanwhile; and what it has and cannot be read says most likely that what was given is spent.
   */
  const baseOf = ({ kept, trouble }: Shelf.Turn, previous: Token<UsableToken> | undefined): KeptToken | undefined => {
    if (kept?.token !== undefined) return kept.token
    if (!rotates) return previous?.value ?? given()
    return trouble?.reason !== "corrupt" && (previous === undefined || previous.source === "given") ? given() : undefined
  }

  const next = (turn: Shelf.Turn, previous: Token<UsableToken> | undefined, commit: Effect.Effect<void>, asked: Asked): Effect.Effect<Redeemed<UsableToken>, CallError> => {
    const base = baseOf(turn, previous)
    const spends = fingerprint(base?.refreshToken ?? base?.accessToken ?? "")
    const lost = turn.kept?.intent?.spends === spends
    const mayLogIn = (): boolean => login !== undefined && (!interactive || asked.waited())
    const wider = asked.scopes.length > 0 && (base === undefined || !covers(base, asked.scopes))
    const checked = (result: Effect.Effect<Redeemed<UsableToken>, CallError>) => wider ? Effect.flatMap(result, (redeemed) => granted(redeemed, asked)) : result
    let rewritten = false
    const rotated = (refreshToken: string): Effect.Effect<void> => Effect.suspend(() => {
      if (refreshToken === base?.refreshToken) return Effect.void
      rewritten = true
      return Effect.andThen(turn.write({ token: { issued: now(), refreshToken, identity: base?.identity, more: base?.more } }), onRotate?.(refreshToken) ?? Effect.void)
    })
    const ended = base === undefined || lost || (base.refreshLifetime !== undefined && now() - base.issued >= base.refreshLifetime)
    // RFC 6749 section 6: a renewal gives no more than there was
    const renewal = ended || (wider && takesScopes) ? undefined : refresh?.(complete(base), { scopes: wider ? asked.scopes : [], rotated })
    if (renewal === undefined) {
      // what others asked for meanwhile, and got, is not given up again
      const more = wider ? (base?.asked ?? []).filter((scope) => covers(base ?? {}, [scope]) && !asked.scopes.includes(scope)) : []
      if (mayLogIn()) return checked(signIn(turn, commit, { ...asked, scopes: [...asked.scopes, ...more] }))
      // what cannot be read is what is wrong
      if (base === undefined && turn.trouble !== undefined) return Effect.fail(unsafe(turn.trouble))
      return Effect.fail(failed(lost
        ? "the answer to the last renewal was lost, and the refresh token may have been replaced"
        : login === undefined ? "the token has ended, and there is nothing to sign in by" : "somebody has to sign in"))
    }
    return checked(Effect.uninterruptible(Effect.gen(function*() {
      // nobody can tell whether another holder sends it, too
      if (rotates && turn.trouble?.reason === "unavailable") return yield* Effect.fail(unsafe(turn.trouble))
      yield* commit
      const trouble = rotates ? yield* turn.write({ ...turn.kept, intent: { spends, at: now(), fence: turn.fence } }) : undefined
      if (trouble?.reason === "unavailable" || trouble?.reason === "lost") {
        yield* turn.takeBack
        return yield* Effect.fail(unsafe(trouble))
      }
      const exit = yield* Effect.exit(renewal)
      if (Exit.isSuccess(exit)) {
        const token = inherited(exit.value, base ?? { issued: now() }, now())
        if (onRotate !== undefined && token.refreshToken !== undefined) yield* rotated(token.refreshToken)
        return yield* keep(turn, token, "refresh", asked)
      }
      if (isLost(exit)) return yield* Effect.failCause(exit.cause)
      // it was not spent after all. Written and not removed: a store that is gone gets it when it is back
      if (rotates && !rewritten) yield* turn.write({ ...turn.kept, intent: undefined })
      const error = Option.getOrUndefined(Exit.findErrorOption(exit))
      return yield* error !== undefined && isRefused(error) && mayLogIn() ? signIn(turn, commit, asked) : Effect.failCause(exit.cause)
    })))
  }

  /** what the server tells counts more than what it was asked for */
  const granted = (redeemed: Redeemed<UsableToken>, { scopes }: Asked): Effect.Effect<Redeemed<UsableToken>, CallError> => {
    const given = redeemed.value.scopes
    const missing = given === undefined ? [] : scopes.filter((scope) => !given.includes(scope))
    return missing.length === 0 ? Effect.succeed(redeemed) : Effect.fail(failed(`the server does not give ${missing.join(", ")}`))
  }

  return (previous, commit, asked) => {
    const inTurn = (turn: Shelf.Turn): Effect.Effect<Redeemed<UsableToken>, CallError> => Effect.suspend(() => {
      const there = found(turn.kept, previous, asked)
      return there === undefined ? next(turn, previous, commit, asked) : Effect.succeed(there)
    })
    return Effect.flatMap(Effect.result(Shelf.look(shelf)), (seen) => {
      if (Result.isFailure(seen)) return Shelf.inTurn(shelf, tell, inTurn, seen.failure.reason === "unavailable")
      const there = found(seen.success, previous, asked)
      return there === undefined ? Shelf.inTurn(shelf, tell, inTurn) : Effect.succeed(there)
    }).pipe(Effect.catchIf((error) => error instanceof StoreFailed, (error) => Effect.fail(unsafe(error))))
  }
}
