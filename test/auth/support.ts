/** Servers that ask for logins, as scripts; and schemes that a test can look into. */
import { Auth, Scheme } from "credence"
import { Script } from "credence/testing"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import { createHash } from "node:crypto"
import { parseChallenges } from "../../src/wire/challenge.ts"
import { ok } from "../support/billing.ts"

export const user = { username: "ada", password: Redacted.make("s3cret-pass") }
export const wrong = { username: "ada", password: Redacted.make("wr0ng-pass") }

type Request = Parameters<Parameters<typeof Script.on>[1]>[0]
export const authorization = (request: Request): string => request.headers["authorization"] ?? ""
export const scheme = (request: Request): string => authorization(request).split(" ")[0] ?? ""
export const fields = (request: Request): ReadonlyMap<string, string> => parseChallenges([authorization(request)])[0]?.parameters ?? new Map()

export const asks = (...challenges: ReadonlyArray<string>): Script.Reply => ({ status: 401, headers: { "www-authenticate": challenges }, body: { title: "who is it?" } })

const hash = (...parts: ReadonlyArray<string>) => createHash("sha256").update(parts.join(":")).digest("hex")
const key = hash("ada", "things", "s3cret-pass")

/** What a server of Digest (SHA-256) says. `nonces`: the next one to give, and whether it still takes one. */
export interface DigestServer {
  readonly reply: (request: Request) => Script.Reply
  /** the nonce that is given and taken from now on */
  nonce: string
  /** numbers under which each nonce was used */
  readonly counts: Map<string, Array<string>>
}
export const digestServer = (options: {
  readonly qop?: string
  readonly more?: string
  /** `Authentication-Info`, from the right proof */
  readonly info?: (proof: string, server: DigestServer, signed: (body: string) => string) => string
  /** fields of the answer */
  readonly headers?: Readonly<Record<string, string>>
} = {}): DigestServer => {
  const { qop = "auth", more = "" } = options
  const challenge = (nonce: string, stale: boolean) => `Digest realm="things", nonce="${nonce}", algorithm=SHA-256, qop="${qop}", opaque="o"${more}${stale ? ", stale=true" : ""}`
  const server: DigestServer = {
    nonce: "n1",
    counts: new Map(),
    reply: (request) => {
      const got = fields(request)
      const of = (name: string) => got.get(name) ?? ""
      if (scheme(request) !== "Digest") return asks(challenge(server.nonce, false))
      const target = request.url.pathname + request.url.search
      const body = request.body?._tag === "Bytes" ? String(request.body.bytes) : ""
      const signed = of("qop") === "auth-int" ? [hash(body)] : []
      const expected = hash(key, of("nonce"), of("nc"), of("cnonce"), of("qop"), hash(request.method, target, ...signed))
      if (of("uri") !== target || of("opaque") !== "o" || of("response") !== expected) return asks(challenge(server.nonce, false))
      if (of("nonce") !== server.nonce) return asks(challenge(server.nonce, true))
      const counts = server.counts.get(of("nonce")) ?? []
      server.counts.set(of("nonce"), [...counts, of("nc")])
      const proof = (signature: string, ...a2: ReadonlyArray<string>) => hash(key, of("nonce"), of("nc"), of("cnonce"), signature, hash("", target, ...a2))
      const info = options.info?.(proof("auth"), server, (text) => proof("auth-int", hash(text)))
      return { ...ok, headers: { ...options.headers, ...(info === undefined ? {} : { "authentication-info": info }) } }
    }
  }
  return server
}

/** What is logged while it runs, as texts. */
export const logged = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<readonly [A, ReadonlyArray<string>], E, R> =>
  Effect.suspend(() => {
    const lines: Array<string> = []
    const logger = Logger.make<unknown, void>(({ logLevel, message }) => void lines.push(`${logLevel} ${String(message)}`))
    return Effect.map(Effect.provide(self, Logger.layer([logger])), (value) => [value, lines] as const)
  })

/** A scheme that says its own name, as often as asked. */
export const saying = (name: string, strength: number, options: Partial<Scheme.Scheme> & {
  readonly answer?: Scheme.SchemeLogin["answer"]
  readonly first?: Scheme.SchemeLogin["first"]
  readonly accepted?: Scheme.SchemeLogin["accepted"]
  readonly begun?: (peer: Scheme.SchemePeer, request: Scheme.SchemeRequest) => void
} = {}): Scheme.Scheme => {
  let known = false
  return {
    name,
    strength,
    bound: false,
    exposes: false,
    identity: `user of ${name}`,
    secrets: () => [],
    open: (peer) => ({
      begin: (request) => {
        options.begun?.(peer, request)
        let said = false
        return {
          first: options.first ?? (() => Effect.sync(() => known ? `${name} again` : undefined)),
          answer: options.answer ?? (() => Effect.sync(() => {
            if (said) return undefined
            said = true
            return `${name} hello`
          })),
          accepted: options.accepted ?? (() => Effect.sync(() => {
            known = true
          })),
          settled: () => said
        }
      }
    }),
    ...options
  }
}

export const unavailable = (detail: string, hint?: string) => () => Effect.fail(new Scheme.SchemeError({ reason: "unavailable", detail, hint }))

export const statusOf = (session: { readonly status: Effect.Effect<{ readonly authentication: Auth.AuthenticationStatus }> }) => Effect.map(session.status, ({ authentication }) => authentication)
