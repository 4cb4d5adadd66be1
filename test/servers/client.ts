/** Asks the servers through the public doors: a session over the Node transport. */
import { assert } from "@effect/vitest"
import { Auth, type CallError, Configuration, Cookies, Hooks, Scheme, Session, type Transport } from "credence"
import { Kerberos, NodeTransport } from "credence/node"
import * as Ntlm from "credence/ntlm"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { copyFileSync, mkdtempSync, rmSync } from "node:fs"
import * as path from "node:path"
import { env, load, type Person } from "./environment.ts"

export class Server extends Session.Service<Server>()("server") {}

// --- credentials ---------------------------------------------------------------------------------------------------------

const user = ({ name, password }: Person) => ({ username: name, password: Redacted.make(password) })
const domain = (person: Person) => ({ ...user(person), username: `${env("TB_NTLM_DOMAIN")}\\${person.name}` })

export const basic = (person: Person): Scheme.Scheme => Scheme.basic(user(person))
export const digest = (person: Person): Scheme.Scheme => Scheme.digest(user(person))
export const ntlm = (person: Person): Scheme.Scheme => Ntlm.scheme(domain(person))
/** NTLM inside SPNEGO inside Negotiate */
export const ntlmNegotiate = (person: Person): Scheme.Scheme => Ntlm.negotiate(domain(person))
/** NTLM inside Negotiate, as it is */
export const ntlmRawNegotiate = (person: Person): Scheme.Scheme => Ntlm.negotiate({ ...domain(person), spnego: false })

// beside the servers: who is killed leaves them behind, and `up.sh` clears them away
const folder = mkdtempSync(path.join(env("TB_HOME"), "tickets-"))
process.once("exit", () => rmSync(folder, { recursive: true, force: true }))
let caches = 0

/** A copy of the ready tickets of alice: whoever uses tickets writes others beside them. */
export const ticketCache = (): string => {
  const file = path.join(folder, `cache-${++caches}`)
  copyFileSync(env("TB_KRB_CCACHE").replace("FILE:", ""), file)
  return `FILE:${file}`
}

/** Kerberos with tickets of one's own: those of alice, unless told otherwise. */
export const kerberos = (options: Kerberos.Options = {}): Scheme.Scheme =>
  Kerberos.scheme({ load, ...options.keytab === undefined && options.credentialCache === undefined ? { credentialCache: ticketCache() } : {}, ...options })

// --- sessions ------------------------------------------------------------------------------------------------------------

export interface Way {
  /** default: nobody */
  readonly auth?: Layer.Layer<Auth.Authentication> | undefined
  readonly tls?: Transport.TlsOptions | undefined
  readonly proxy?: Transport.ProxyOption | undefined
  /** offers HTTP/2. Default: not */
  readonly http2?: boolean | undefined
  /** keeps cookies */
  readonly cookies?: boolean | undefined
  /** sessions that share a transport share its connections */
  readonly transport?: Layer.Layer<Transport.Transport> | undefined
  readonly configuration?: Configuration.ConfigurationOptions | undefined
  /** milliseconds */
  readonly idleTimeout?: number | undefined
}

export interface Asked {
  readonly method?: string | undefined
  /** beside the URL that the session was opened for */
  readonly url?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | undefined
}

/** What `whoami` and nginx say, as far as they say it. */
export interface Answer {
  readonly status: number
  readonly text: string
  readonly json: Readonly<Record<string, unknown>>
}

export interface Client {
  readonly ask: (asked?: Asked) => Effect.Effect<Answer, CallError>
  /** as `ask`, but again for as long as connections break; each try is told its number */
  readonly insist: (asked: (attempt: number) => Asked) => Effect.Effect<Answer, CallError>
  /** every answer that came, those of challenges included */
  readonly hops: ReadonlyArray<Hooks.ResponseEvent>
  readonly statuses: () => ReadonlyArray<number>
  /** the schemes that were offered */
  readonly offered: Effect.Effect<ReadonlyArray<string>>
}

const jsonOf = (text: string): Answer["json"] => {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

/** The authority of the servers, and it alone. */
export const trusted: Transport.TlsOptions = { ca: { file: env("TB_CA") }, caMode: "replace" }

/** A session for a URL. Nothing is retried, so that what happens is what is seen. */
export const open = (url: string, way: Way = {}) =>
  Effect.gen(function*() {
    const hops: Array<Hooks.ResponseEvent> = []
    const { origin, pathname } = new URL(url)
    const session = yield* Server.make(
      way.auth ?? Auth.anonymous(),
      Configuration.layer({ baseUrl: origin, retry: "none", ...way.configuration }),
      way.transport ?? NodeTransport.layer({ environment: {}, tls: way.tls ?? trusted, proxy: way.proxy ?? "none", http2: way.http2, idleTimeout: way.idleTimeout }),
      way.cookies === true ? Cookies.layer() : Layer.empty,
      // what the servers set and prove is looked at, so that nothing is masked
      Hooks.layer({ reveal: true, response: (event) => Effect.sync(() => void hops.push(event)) })
    )
    const ask: Client["ask"] = (asked = {}) =>
      Effect.map(
        session.request({
          method: asked.method ?? "GET",
          url: asked.url ?? pathname,
          headers: asked.headers,
          ...asked.body === undefined ? {} : { body: { _tag: "Bytes", bytes: asked.body } }
        }),
        ({ body, status }) => {
          const text = new TextDecoder().decode(body)
          return { status, text, json: jsonOf(text) }
        }
      )
    const client: Client = {
      ask,
      insist: (asked) => {
        const attempt = (number: number): ReturnType<Client["ask"]> =>
          Effect.catchTag(ask(asked(number)), "ConnectionFailed", (error) => number < 20 ? attempt(number + 1) : Effect.fail(error))
        return attempt(1)
      },
      hops,
      statuses: () => hops.map(({ status }) => status),
      offered: Effect.map(session.status, ({ authentication }) => Object.values(authentication.offers ?? {}).flatMap(({ offered }) => offered))
    }
    return client
  })

/** One request in a session of its own. */
export const ask = (url: string, way?: Way, asked?: Asked) => Effect.flatMap(open(url, way), (client) => client.ask(asked))

// --- expectations --------------------------------------------------------------------------------------------------------

/** Asks, and expects this answer: a status, and members of what `whoami` or nginx say. */
export const answers = (url: string, way: Way, expected: Readonly<Record<string, unknown>> & { readonly status?: number }, asked?: Asked) =>
  Effect.map(ask(url, way, asked), (answer) => {
    const { status = 200, ...members } = expected
    assert.strictEqual(answer.status, status, answer.text)
    for (const [name, value] of Object.entries(members)) assert.deepStrictEqual(answer.json[name], value, `${name} of ${answer.text}`)
    return answer
  })

/** Expects a failure with this tag, and this reason where it has reasons. */
export const refused = <A, E extends { readonly _tag: string; readonly message: string }, R>(self: Effect.Effect<A, E, R>, tag: E["_tag"], reason?: string) =>
  Effect.map(Effect.flip(self), (error) => {
    assert.strictEqual(error._tag, tag, error.message)
    if (reason !== undefined) assert.strictEqual("reason" in error ? error.reason : undefined, reason, error.message)
    return error
  })
