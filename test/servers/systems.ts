/**
 * A small application behind Apache: a system of the sandbox, which believes what Apache says of who came. Apache does
 * Kerberos, NTLM and client certificates on the way.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { header, type HttpRequest } from "../../kit/src/http/message.ts"
import { serve } from "../../kit/src/http/server.ts"
import type { Environment, System } from "../../kit/src/sandbox/system.ts"
import { env } from "./environment.ts"

/** One request as it arrived behind Apache. */
export interface Arrived {
  readonly method: string
  readonly path: string
  /** whom Apache let in, as Apache calls them */
  readonly remoteUser: string | undefined
  /** who the client certificate is of */
  readonly subject: string | undefined
  /** the scheme of `Authorization`, as far as Apache passed it on */
  readonly scheme: string | undefined
  readonly status: number
}

/** `alice@TESTBED.TEST` and `TESTDOM\alice` are alice */
const bareName = (user: string): string => user.replace(/^.*\\/, "").replace(/@.*$/, "").toLowerCase()

/** alice is `demo` of the sandbox, bob is `viewer`; nobody else is anybody. */
const people: Readonly<Record<string, string>> = { alice: "demo", bob: "viewer" }

/** who of the sandbox's people Apache let in */
const remoteUser = (request: HttpRequest): string | undefined => {
  const user = header(request, "x-remote-user")
  return user === undefined ? undefined : people[bareName(user)]
}

/** what a system believes, once {@link behind} has translated it */
export const trusting = (request: HttpRequest): string | undefined => header(request, "x-remote-user")

/** the subject of the client certificate that Apache saw and verified */
const clientSubject = (request: HttpRequest): string | undefined => {
  const subject = header(request, "x-client-subject")
  return subject === "(null)" ? undefined : subject
}

/** the request as the system would have it where it speaks TLS itself, and asks its own web server who came */
const translated = (request: HttpRequest): HttpRequest => {
  const name = /(?:^|,)CN=([^,]+)/.exec(clientSubject(request) ?? "")?.[1]
  const user = remoteUser(request)
  return {
    ...request,
    headers: { ...request.headers, "x-remote-user": user },
    clientCertificate: name === undefined ? undefined : { commonName: people[bareName(name)] ?? name }
  }
}

/** Serves a system where Apache passes requests on to; gives what arrived. One at a time: Apache knows one place. */
export const behind = (make: (environment: Environment) => System): Effect.Effect<ReadonlyArray<Arrived>, Error, Scope.Scope> =>
  Effect.gen(function*() {
    const arrived: Array<Arrived> = []
    const system = make({ seed: 1, now: Date.now, originOf: () => env("TB_SYSTEMS") })
    const respond = async (request: HttpRequest) => {
      const answer = await system.handle(translated(request))
      arrived.push({
        method: request.method,
        path: request.path,
        remoteUser: header(request, "x-remote-user"),
        subject: clientSubject(request),
        scheme: request.headers.authorization?.split(" ")[0],
        status: answer.status
      })
      return { _tag: "Answer", answer } as const
    }
    yield* serve({ name: "application behind Apache", port: Number(env("TB_SYSTEMS_PORT")), https: undefined, respond })
    return arrived
  })
