/** The control API over HTTP. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Control } from "./control.ts"
import { FaultSchema } from "./faults.ts"
import type { Answer, HttpRequest } from "../http/message.ts"
import { makeRouter } from "./router.ts"

/** Where it lives; no path of an emulated service begins so. */
export const CONTROL_PREFIX = "/__control/"

const Natural = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const OfUser = Schema.Struct({ user: Schema.optionalKey(Schema.String) })
const ForUser = Schema.Struct({ user: Schema.String })
const LifetimesSchema = Schema.Struct({ session: Schema.optionalKey(Natural), accessToken: Schema.optionalKey(Natural) })

const json = (status: number, body: unknown): Answer => ({ status, body })
const done = json(200, {})

// A web page must not reach this by a name that resolves to loopback, so the name itself has to be loopback's.
const isLoopback = ({ clientAddress, origin }: HttpRequest): boolean =>
  /^(::1|(::ffff:)?127\.)/.test(clientAddress) && URL.canParse(origin) && /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(new URL(origin).hostname)

const parse = (request: HttpRequest): unknown => {
  const text = Buffer.from(request.body).toString("utf8")
  try {
    return text === "" ? {} : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Answers requests below `CONTROL_PREFIX`: 400 for a body that does not fit, 403 for anybody who is not on this machine. */
export const makeControlHandler = (control: Control): ((request: HttpRequest) => Effect.Effect<Answer>) => {
  const withBody = <A>(schema: Schema.Codec<A>, run: (input: A) => Effect.Effect<Answer>) => {
    const decode = Schema.decodeUnknownOption(schema)
    return (request: HttpRequest) =>
      Option.match(decode(parse(request)), { onNone: () => Effect.succeed(json(400, { error: "The body does not fit" })), onSome: run })
  }
  const run = (effect: Effect.Effect<void>) => () => Effect.as(effect, done)
  const route = (method: string, name: string, handle: (request: HttpRequest) => Effect.Effect<Answer>) => ({
    method,
    path: `${CONTROL_PREFIX}${name}`,
    handle
  })

  const router = makeRouter([
    route("GET", "received", () => Effect.map(control.received, (requests) => json(200, { requests }))),
    route("DELETE", "received", run(control.clearReceived)),
    route("POST", "faults", withBody(FaultSchema, (fault) => Effect.as(control.fail(fault), done))),
    route("DELETE", "faults", run(control.clearFaults)),
    route("POST", "expire-sessions", withBody(OfUser, ({ user }) => Effect.map(control.expireSessions(user), (expired) => json(200, { expired })))),
    route("POST", "lifetimes", withBody(LifetimesSchema, (lifetimes) => Effect.as(control.setLifetimes(lifetimes), done))),
    route("POST", "refresh-tokens", withBody(ForUser, ({ user }) =>
      Effect.map(control.issueRefreshToken(user), (refreshToken) =>
        refreshToken === undefined ? json(404, { error: "There is no such user" }) : json(200, { refreshToken })))),
    route("POST", "reset", run(control.reset))
  ])

  return (request) => {
    if (!isLoopback(request)) return Effect.succeed(json(403, { error: "Only from this machine" }))
    const match = router(request.method, request.path)
    switch (match._tag) {
      case "Found":
        return match.route.handle(request)
      case "NoSuchPath":
        return Effect.succeed(json(404, { error: "There is no such control" }))
      case "MethodNotAllowed":
        return Effect.succeed({ status: 405, headers: { Allow: match.allow.join(", ") }, body: { error: "Method not allowed" } })
    }
  }
}
