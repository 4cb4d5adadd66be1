/**
 * The manner of version 3: a session that a cookie keeps.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { ConfigurationInvalid } from "../../errors/SessionError.ts"
import { type Answered, ask } from "../../layers/auth/ask.ts"
import { type IssuedToken, renewable } from "../../layers/auth/renewable.ts"
import type { Authentication, AuthenticationContext } from "../../services/Authentication.ts"
import * as Basic from "../../wire/basic.ts"
import { get, getAll } from "../../wire/headers.ts"
import { isSuccess } from "../../wire/status.ts"
import { ticket, type TicketOptions } from "./tickets.ts"

/** Who it is: user name and password, or what the web server in front of the engine takes. */
export type PersistentIdentity =
  | {
    /** with its profile, e.g. `admin@internal` */
    readonly username: string
    readonly password: Redacted.Redacted<string>
    readonly schemes?: undefined
  }
  | TicketOptions & { readonly username?: undefined; readonly password?: undefined }

export type PersistentOptions = PersistentIdentity & {
  /** minutes without a request after which the engine ends the session. Default: the engine's own, 30 in most cases */
  readonly sessionTimeout?: number | undefined
  /** opens another session when one has ended. Default `true`; else calls fail with `AuthenticationFailed` from then on */
  readonly renewSession?: boolean | undefined
  /** whether the session is closed on the engine when it closes here. Default `signOut` */
  readonly onClose?: "signOut" | "keep" | undefined
}

/** The cookie's value, or that the engine opens no sessions: then each request says who it is. */
const none = "(no session)"

const sessionOf = ({ headers }: Answered): string | undefined => {
  for (const field of getAll(headers, "set-cookie")) {
    const found = /^\s*JSESSIONID="?([\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+)"?\s*(?:;|$)/.exec(field)?.[1]
    if (found !== undefined) return found
  }
  return undefined
}

const accept = "application/xml"

export const persistentRecipe = (options: PersistentOptions): Authentication["Service"] => ({
  method: "persistent",
  make: (context) => {
    const wrong = problemOf(options)
    return wrong === undefined ? make(context, options) : Effect.fail(new ConfigurationInvalid({ settings: [wrong] }))
  }
})

const problemOf = (options: PersistentOptions) => {
  const { password, sessionTimeout, username } = options
  if (sessionTimeout !== undefined && !(Number.isInteger(sessionTimeout) && sessionTimeout > 0)) {
    return { name: "sessionTimeout", expected: "expected a whole number of minutes above 0" }
  }
  const problem = username === undefined ? undefined : Basic.problem(username, Redacted.value(password))
  return problem === undefined ? undefined : { name: "username", expected: problem }
}

const make = (context: AuthenticationContext, options: PersistentOptions) =>
  Effect.gen(function*() {
    const { username } = options
    const proof = options.schemes === undefined ? undefined : yield* ticket(context, "persistent", options)
    const password = options.password === undefined ? undefined : Redacted.value(options.password)
    const encoded = username === undefined || password === undefined ? undefined : Basic.encode(username, password)
    const basic: Readonly<Record<string, string>> = encoded === undefined ? {} : { authorization: `Basic ${encoded}` }
    const lasting: Readonly<Record<string, string>> = {
      prefer: "persistent-auth",
      ...(options.sessionTimeout === undefined ? {} : { "session-ttl": String(options.sessionTimeout) })
    }
    const identity = username ?? proof?.identity
    const secrets = () => proof?.by.secrets() ?? [password, encoded].filter((secret) => secret !== undefined)
    const read = (answer: Answered): Result.Result<IssuedToken, string> => {
      if (!isSuccess(answer.status)) return Result.fail("the engine refused to open a session")
      if (/\bhtml\b/i.test(get(answer.headers, "content-type") ?? "")) {
        return Result.fail("a web page answered in place of the API: is its path in the URL right? It is /ovirt-engine/api in most cases")
      }
      const session = sessionOf(answer)
      if (session === undefined && encoded === undefined) {
        return Result.fail("the engine opened no session (no JSESSIONID came), and each request cannot be proved anew")
      }
      return Result.succeed({ accessToken: session ?? none, identity })
    }
    const authenticator = yield* renewable(context, {
      method: "persistent",
      key: proof?.key ?? [username],
      // one that has ended meanwhile would never be followed by another one
      stored: options.renewSession !== false && (proof?.stored ?? true),
      login: ask(context, { operation: "sign in", method: "GET", url: "/", headers: { accept, ...lasting, ...basic }, by: proof?.by }, {
        reason: "login",
        read,
        secrets,
        refused: "user name or password is wrong"
      }),
      headers: ({ accessToken }) => accessToken === none ? { ...basic, ...lasting } : { cookie: `JSESSIONID=${accessToken}`, ...lasting },
      // the last request, without `Prefer`, ends the session
      signOut: ({ accessToken }) =>
        accessToken === none ? Effect.void : ask(context, { operation: "sign out", method: "GET", url: "/", headers: { accept, cookie: `JSESSIONID=${accessToken}` } }, {
          reason: "login",
          read: ({ status }) => isSuccess(status) ? Result.void : Result.fail("the engine did not end the session: it ends by itself when nobody uses it"),
          secrets: () => [...secrets(), accessToken]
          // it has ended by itself before
        }).pipe(Effect.catchTag("AuthenticationFailed", (error) => error.status === 401 ? Effect.void : Effect.fail(error))),
      onClose: options.onClose,
      // a cookie is no token for other programs
      tokenIsPublic: false,
      secrets
    })
    return options.renewSession === false ? { ...authenticator, challenged: () => Effect.undefined } : authenticator
  })
