/**
 * Digest, with what has to be kept between requests: the nonce, and how often it was used.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7616
 */
import * as Effect from "effect/Effect"
import * as Hex from "effect/encoding/Hex"
import type * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { type Challenge, type Scheme, SchemeError, type SchemeLogin, type SchemePeer, type SchemeRequest } from "../../../services/Scheme.ts"
import * as Digest from "../../../wire/digest.ts"
import type { UserPassword } from "../fixed.ts"
import { randomBytes } from "./nonce.ts"

const clientNonce = (fiber: Fiber.Fiber<unknown, unknown>): string => Hex.encode(randomBytes(fiber, 16))

/** Settings of {@link digest}. */
export interface DigestOptions {
  /**
   * how characters outside ASCII are sent to servers that do not say `charset=UTF-8`. Default `utf-8`, as curl and Python's
   * requests do it; `iso-8859-1` is for servers that were set up so
   */
  readonly charset?: Digest.DigestCharset | undefined
}

/**
 * Digest: proves that one knows the password without sending it (MD5, SHA-256, SHA-512-256, each with `-sess`; `auth` and
 * `auth-int`). Strength 30. Of several challenges that with the strongest algorithm is answered. After the first one requests
 * carry the proof from the start; a nonce that became stale is replaced without asking anybody.
 *
 * What a server proves in return is checked: a wrong proof fails the call. A body that is a stream cannot be signed: where
 * the server insists on that (`auth-int` alone), the call fails.
 *
 * Fails with `SchemeError`: `unavailable` (an algorithm that is not known, a stream that would have to be signed), `mutual` (a
 * wrong proof), `protocol`. A user name with control characters: building a session fails with `ConfigurationInvalid`.
 *
 * @example
 * ```ts
 * Auth.auto({ schemes: [Scheme.digest({ username: "ada", password: Redacted.make("…") })] })
 * ```
 */
export const digest = (user: UserPassword, options: DigestOptions = {}): Scheme => {
  const secret: Digest.DigestUser = { username: user.username, password: Redacted.value(user.password), charset: options.charset }
  const problem = problemOf(secret)
  return {
    name: "Digest",
    strength: 30,
    bound: false,
    exposes: false,
    identity: user.username,
    problem,
    choose: Digest.strongest,
    secrets: () => [secret.password],
    open: (peer) => {
      const nonces = new Nonces()
      return { begin: (request) => new Login(peer, secret, problem, nonces, request) }
    }
  }
}

/** the user name goes into the field, and both must be text */
const problemOf = ({ password, username }: Digest.DigestUser): string | undefined =>
  /\p{Cc}/u.test(username)
    ? "expected a user name without control characters"
    : username.isWellFormed() && password.isWellFormed()
    ? undefined
    : "expected a user name and password without lone surrogates"

/** A nonce of the peer, and what was done under it. */
interface Nonce {
  /** the last challenge with it: `opaque` and `domain` may differ from place to place */
  offer: Digest.DigestOffer
  /** requests that were made under it: each has a number of its own */
  count: number
  /** the first client nonce, which stays for all of them where it is part of the key */
  cnonce: string | undefined
  key: string | undefined
}

/** a server may give one nonce to several who ask at once: they have to share its count */
const maxNonces = 64

/** What one peer has told. */
class Nonces {
  /** to send before the peer asks */
  current: Nonce | undefined
  readonly #recent = new Map<string, Nonce>()

  learn(offer: Digest.DigestOffer, key?: string): Nonce {
    const id = JSON.stringify([offer.nonce, offer.realm, offer.algorithm])
    let nonce = this.#recent.get(id)
    if (nonce === undefined) {
      nonce = { offer, count: 0, cnonce: undefined, key }
      this.#recent.set(id, nonce)
      if (this.#recent.size > maxNonces) {
        for (const oldest of this.#recent.keys()) {
          this.#recent.delete(oldest)
          break
        }
      }
    }
    nonce.offer = offer
    this.current = nonce
    return nonce
  }
}

/** a server whose nonces are stale whenever they come back is not asked for ever */
const maxAnswers = 3

class Login implements SchemeLogin {
  readonly #peer: SchemePeer
  readonly #user: Digest.DigestUser
  readonly #problem: string | undefined
  readonly #nonces: Nonces
  readonly #request: SchemeRequest
  /** what the last request of this login proved itself by */
  #used: { readonly nonce: Nonce; readonly use: Digest.DigestUse } | undefined
  /** challenges answered */
  #answers = 0

  constructor(peer: SchemePeer, user: Digest.DigestUser, problem: string | undefined, nonces: Nonces, request: SchemeRequest) {
    this.#peer = peer
    this.#user = user
    this.#problem = problem
    this.#nonces = nonces
    this.#request = request
  }

  /** without a nonce there is nothing to say */
  first(): Effect.Effect<string | undefined, SchemeError> {
    return Effect.suspend(() => {
      const { current } = this.#nonces
      return current === undefined || !this.#covers(current.offer) ? Effect.undefined : this.#say(current)
    })
  }

  answer(challenge: Challenge): Effect.Effect<string | undefined, SchemeError> {
    return Effect.suspend(() => {
      const read = Digest.readOffer(challenge)
      if (Result.isFailure(read)) return failed(read.failure)
      const offer = read.success
      // a nonce that the server gave for this very request was refused: so was the password
      if ((this.#answers > 0 && !offer.stale) || this.#answers >= maxAnswers) {
        if (this.#nonces.current === this.#used?.nonce) this.#nonces.current = undefined
        return offer.stale ? failed({ reason: "protocol", detail: "its nonces are stale whenever they come back" }) : Effect.undefined
      }
      this.#answers++
      return this.#say(this.#nonces.learn(offer))
    })
  }

  accepted(response: Parameters<SchemeLogin["accepted"]>[0]): Effect.Effect<void, SchemeError> {
    return Effect.suspend(() => {
      if (this.#used === undefined || response.info === undefined) return Effect.void
      const { nonce, use } = this.#used
      const { nextNonce, proven } = Digest.readInfo(use, response.info, response.body)
      if (proven === false) {
        if (this.#nonces.current === nonce) this.#nonces.current = undefined
        return Effect.fail(new SchemeError({ reason: "mutual", detail: "the server's proof that it knows the password (rspauth) is wrong" }))
      }
      // -sess has the nonce in its key
      if (nextNonce !== undefined) this.#nonces.learn({ ...nonce.offer, nonce: nextNonce, stale: false }, nonce.offer.session ? undefined : nonce.key)
      return Effect.void
    })
  }

  /** a nonce may be stale by now, which nobody can know */
  settled(): boolean {
    return this.#answers > 0
  }

  /** a proxy has one space, whatever it says */
  #covers({ domain }: Digest.DigestOffer): boolean {
    const { host, port, secure, side } = this.#peer
    const origin = `${secure ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`
    return side === "proxy" || Digest.isWithin(domain, origin, this.#request.target)
  }

  #say(nonce: Nonce): Effect.Effect<string, SchemeError> {
    if (this.#problem !== undefined) return Effect.fail(new SchemeError({ reason: "unavailable", detail: this.#problem }))
    const qop = Digest.qopFor(nonce.offer, this.#request.body !== undefined)
    if (Result.isFailure(qop)) return failed(qop.failure)
    return Effect.withFiber((fiber) => {
      const { offer } = nonce
      const cnonce = offer.session ? nonce.cnonce ??= clientNonce(fiber) : clientNonce(fiber)
      const key = nonce.key ??= Digest.keyOf(offer, this.#user, cnonce)
      const { body = "", method, target } = this.#request
      // counted in one go with the answer: no other request can get this number
      const use: Digest.DigestUse = { offer, key, qop: qop.success, count: ++nonce.count, cnonce, method, target, body }
      this.#used = { nonce, use }
      return Effect.succeed(Digest.format(use, this.#user))
    })
  }
}

const failed = ({ detail, reason }: Digest.DigestProblem): Effect.Effect<never, SchemeError> =>
  Effect.fail(new SchemeError({
    reason,
    detail,
    hint: detail.includes("stream") ? "Give the body as bytes" : reason === "unavailable" ? "Enable another scheme that the server offers" : undefined
  }))
