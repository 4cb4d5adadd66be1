import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { inspect } from "node:util"
import * as Credence from "credence"
import { CallError } from "credence"
import { withNotRetried } from "../../src/errors/Failure.ts"
import { makeResponseError } from "../../src/errors/ResponseError.ts"

const where = { operation: "getCase", method: "GET", url: "https://api.test/case/1", attempts: 1 }
const rich = { ...where, attempts: 3, status: 503, requestId: "r-1", retryAfter: Duration.millis(1500), notRetried: "budget" as const }

/** one of each failure that any call can meet, and what it says */
const callErrors: ReadonlyArray<readonly [error: CallError, message: string]> = [
  [new Credence.AuthenticationFailed({ ...where, status: 401, reason: "rejected", detail: "bad key" }), "getCase: authentication failed (rejected, status 401): bad key (GET https://api.test/case/1). The server does not accept this credential: check that it is valid, not revoked and meant for this server"],
  [new Credence.AuthenticationFailed({ ...where, attempts: 0, reason: "insecure" }), "getCase: authentication failed (insecure) (GET https://api.test/case/1). Use https; a loopback address may use http"],
  [new Credence.AuthenticationFailed({ ...where, reason: "login" }), "getCase: authentication failed (login) (GET https://api.test/case/1). Check what it signs in with, and that this server knows it"],
  [new Credence.AuthenticationFailed({ ...where, reason: "refresh" }), "getCase: authentication failed (refresh) (GET https://api.test/case/1). Sign in again"],
  [new Credence.AuthenticationFailed({ ...where, reason: "missing" }), "getCase: authentication failed (missing) (GET https://api.test/case/1). Provide an authentication layer that fits this API"],
  [new Credence.Timeout({ ...where, attempts: 2, phase: "total", limit: Duration.seconds(90), processed: "maybe" }), "getCase: no answer within 1m 30s (total) (GET https://api.test/case/1, after 2 attempts). The limit of the whole call, retries included, is `deadline`"],
  [new Credence.Timeout({ ...where, phase: "connect", limit: Duration.millis(250), processed: "no" }), "getCase: no answer within 250ms (connect) (GET https://api.test/case/1). Is the host reachable? The limit is Transport's `connectTimeout`"],
  [new Credence.ConnectionFailed({ ...where, reason: "refused", processed: "no", code: "ECONNREFUSED" }), "getCase: connection failed (refused) (GET https://api.test/case/1). Nothing listens there: check host and port"],
  [new Credence.ConnectionFailed({ ...where, reason: "reset", processed: "maybe", detail: "by peer" }), "getCase: connection failed (reset): by peer (GET https://api.test/case/1)"],
  [new Credence.TlsFailed({ ...where, reason: "untrusted", code: "SELF_SIGNED_CERT_IN_CHAIN" }), "getCase: TLS failed (untrusted) (GET https://api.test/case/1). Add the authority that signed this certificate with `tls: { ca }`"],
  [new Credence.TlsFailed({ ...where, reason: "pin", detail: "no key", fix: "Pin this" }), "getCase: TLS failed (pin): no key (GET https://api.test/case/1). Pin this"],
  [
    new Credence.DecodeFailed({ ...where, status: 200, reason: "schema", issues: ["a", "b", "c", "d", "e"].map((path) => ({ path, message: "Expected number" })), excerpt: "{}" }),
    "getCase: the answer could not be read (schema): a: Expected number; b: Expected number; c: Expected number; and 2 more (GET https://api.test/case/1). The server's answer does not fit the endpoint's schema"
  ],
  [new Credence.DecodeFailed({ ...where, reason: "syntax", issues: [{ path: "", message: "the body is not JSON" }] }), "getCase: the answer could not be read (syntax): the body is not JSON (GET https://api.test/case/1). The body is not what its media type says: a proxy or a login page may have answered"],
  [new Credence.InvalidInput({ ...where, attempts: 0, issues: [{ path: "id", message: "is required" }] }), "getCase: invalid input: id: is required (GET https://api.test/case/1). Nothing was sent"],
  [new Credence.SessionClosed({ ...where, attempts: 0, session: "argus/eu" }), "getCase: session \"argus/eu\" is closed (GET https://api.test/case/1). Use it inside the scope that opened it"],
  [new Credence.CapabilityUnavailable({ ...where, attempts: 0, capability: "a proxy", hint: "Use the Node transport" }), "getCase: a proxy is not available here (GET https://api.test/case/1). Use the Node transport"],
  [new Credence.RedirectRefused({ ...where, status: 302, reason: "downgrade", location: "http://api.test/x" }), "getCase: redirect to http://api.test/x refused (downgrade) (GET https://api.test/case/1). It leads from https to http"],
  [new Credence.RedirectRefused({ ...where, status: 302, reason: "location", location: "" }), "getCase: redirect to nowhere refused (location) (GET https://api.test/case/1). Its Location is missing or not a URL"],
  [new Credence.UnexpectedStatus({ ...where, status: 418, body: { tea: true } }), "getCase: unexpected status 418 (GET https://api.test/case/1). Declare it in the endpoint's `errors` to handle it by tag"],
  [new Credence.UnexpectedStatus({ ...where, status: 500 }), "getCase: unexpected status 500 (GET https://api.test/case/1). Declare it in the endpoint's `errors` to handle it by tag"]
]

describe("messages", () => {
  for (const [error, message] of callErrors) {
    it(message.slice(0, 70), () => {
      assert.strictEqual(error.message, message)
      // own: `inspect` and loggers print own members
      assert.isTrue(Object.hasOwn(error, "message"))
      assert.include(inspect(error), message)
      assert.include(String(error), message)
      assert.include(JSON.stringify(error), JSON.stringify(message).slice(1, -1))
      assert.include(Cause.pretty(Cause.fail(error)), message)
      assert.instanceOf(error, Error)
    })
  }
  it("every reason has something to try, or speaks for itself", () => {
    const reasons = {
      AuthenticationFailed: ["rejected", "login", "refresh", "insecure", "missing", "unsatisfied", "mutual", "downgrade", "store"],
      TlsFailed: ["untrusted", "expired", "notYetValid", "wrongHost", "revoked", "pin", "clientCertificateRequired", "clientCertificateRefused", "configuration", "protocol"],
      RedirectRefused: ["downgrade", "scheme", "loop", "limit", "body", "location"],
      DecodeFailed: ["schema", "syntax", "mediaType", "encoding", "limit"]
    } as const
    for (const reason of reasons.AuthenticationFailed) assert.match(new Credence.AuthenticationFailed({ ...where, reason }).message, /\)\. \S.+/)
    for (const reason of reasons.TlsFailed) assert.match(new Credence.TlsFailed({ ...where, reason }).message, /\)\. \S.+/)
    for (const reason of reasons.RedirectRefused) assert.match(new Credence.RedirectRefused({ ...where, reason, location: "x" }).message, /\)\. \S.+/)
    for (const reason of reasons.DecodeFailed) assert.match(new Credence.DecodeFailed({ ...where, reason, issues: [] }).message, /\)\. \S.+/)
    for (const phase of ["connect", "TLS", "queue", "response", "body", "attempt", "total"] as const) {
      assert.match(new Credence.Timeout({ ...where, phase, limit: Duration.seconds(1), processed: "no" }).message, /\)\. \S.+/)
    }
  })
  it("say why there was no further attempt", () => {
    for (const [why, said] of [["method", /may have acted/], ["body", /only once/], ["budget", /budget is empty/], ["deadline", /after the deadline/]] as const) {
      const error = new Credence.UnexpectedStatus({ ...where, status: 503 })
      const same = withNotRetried(error, why)
      assert.strictEqual(same, error)
      assert.strictEqual(same.notRetried, why)
      assert.match(same.message, said)
      assert.match(new Credence.UnexpectedStatus({ ...where, status: 503, notRetried: why }).message, said)
    }
  })
  it("are one line, whatever a server says", () => {
    const error = new Credence.AuthenticationFailed({ ...where, reason: "rejected", detail: "a\r\n\u001b[31mforged\u0000\u0085b" })
    assert.notMatch(error.message, /\p{Cc}/u)
  })
  it("of building a session name every setting and no value", () => {
    const error = new Credence.ConfigurationInvalid({ settings: [{ name: "ARGUS_API_URL", expected: "an absolute URL" }, { name: "ARGUS_API_KEY", expected: "a text" }] })
    assert.strictEqual(error.message, "invalid configuration: ARGUS_API_URL: an absolute URL; ARGUS_API_KEY: a text")
    assert.isTrue(Object.hasOwn(error, "message"))
    assert.match(new Credence.NoSession({ session: "argus" }).message, /no global "argus" session/)
  })
})

describe("errors of answers", () => {
  const statuses = {
    BadRequest: 400, PaymentRequired: 402, Forbidden: 403, NotFound: 404, MethodNotAllowed: 405, NotAcceptable: 406, RequestTimeout: 408, Conflict: 409, Gone: 410, LengthRequired: 411,
    PreconditionFailed: 412, ContentTooLarge: 413, UnsupportedMediaType: 415, RangeNotSatisfiable: 416, MisdirectedRequest: 421, UnprocessableContent: 422, Locked: 423, FailedDependency: 424,
    TooEarly: 425, UpgradeRequired: 426, PreconditionRequired: 428, TooManyRequests: 429, RequestHeaderFieldsTooLarge: 431, UnavailableForLegalReasons: 451, InternalServerError: 500,
    NotImplemented: 501, BadGateway: 502, ServiceUnavailable: 503, GatewayTimeout: 504, InsufficientStorage: 507
  } as const
  const exported = new Map<string, unknown>(Object.entries(Credence))
  for (const [tag, status] of Object.entries(statuses)) {
    it(`${status} is ${tag}`, () => {
      const error = makeResponseError(status, { ...where, status, body: { a: 1 }, summary: "said so" })
      assert.strictEqual(error._tag, tag)
      assert.strictEqual(error.constructor, exported.get(tag))
      // `RequestTimeout` is `Request Timeout` in words
      const title = tag.replace(/(?<=[a-z])(?=[A-Z])/g, " ")
      assert.strictEqual(error.message, `getCase: ${status} ${title}: said so (GET https://api.test/case/1)`)
      assert.strictEqual(error.summary, "said so")
    })
  }
  for (const [declared, status, tag] of [["4XX", 404, "ClientError"], ["5XX", 503, "ServerError"], ["default", 404, "ErrorResponse"], ["default", 500, "ErrorResponse"], [418, 418, "ClientError"], [599, 599, "ServerError"], [207, 207, "ErrorResponse"], [302, 302, "ErrorResponse"]] as const) {
    it(`${status} declared as ${declared} is ${tag}`, () => assert.strictEqual(makeResponseError(declared, { ...where, status, body: undefined })._tag, tag))
  }
  it("say how long the server asks to wait", () => {
    assert.match(makeResponseError(429, { ...where, status: 429, body: undefined, retryAfter: Duration.seconds(90) }).message, /\. The server asks to wait 1m 30s$/)
  })
})

describe("crossing a process border", () => {
  const crossed = <E>(schema: Schema.Codec<E, unknown>, error: E): E => {
    const codec = Schema.toCodecJson(schema)
    const wire = JSON.stringify(Schema.encodeUnknownSync(codec)(error))
    return Schema.decodeUnknownSync(codec)(JSON.parse(wire)) as E
  }
  const own = (error: object): Record<string, unknown> => ({ ...error })

  for (const [error] of callErrors) {
    it(`${error._tag}: ${error.message.slice(9, 60)}`, () => {
      const back = crossed(CallError, error)
      assert.instanceOf(back, error.constructor as typeof Error)
      assert.deepStrictEqual(own(back), own(error))
      assert.strictEqual(back.message, error.message)
    })
  }
  it("keeps everything that a failure tells", () => {
    const all: ReadonlyArray<CallError> = [
      new Credence.AuthenticationFailed({ ...rich, reason: "rejected", detail: "d", body: { a: [1, null] } }),
      new Credence.Timeout({ ...rich, phase: "attempt", limit: Duration.minutes(2), processed: "maybe" }),
      new Credence.ConnectionFailed({ ...rich, reason: "dns", processed: "no", detail: "d", code: "ENOTFOUND" }),
      new Credence.TlsFailed({
        ...rich,
        reason: "wrongHost",
        detail: "d",
        code: "X",
        peer: "proxy",
        chain: [{ subject: "CN=a", issuer: "CN=b", notBefore: "2026-01-01T00:00:00.000Z", notAfter: "2027-01-01T00:00:00.000Z" }],
        fingerprint: "AA:BB",
        fix: "Do this"
      }),
      new Credence.DecodeFailed({ ...rich, reason: "schema", issues: [{ path: "a[0].b", message: "m" }], excerpt: "e" }),
      new Credence.InvalidInput({ ...rich, issues: [{ path: "a", message: "m" }] }),
      new Credence.SessionClosed({ ...rich, session: "s" }),
      new Credence.CapabilityUnavailable({ ...rich, capability: "c", hint: "h" }),
      new Credence.RedirectRefused({ ...rich, reason: "loop", location: "l" }),
      new Credence.UnexpectedStatus({ ...rich, status: 503, body: "text" })
    ]
    assert.strictEqual(new Set(all.map((error) => error._tag)).size, 10)
    for (const error of all) {
      const back = crossed(CallError, error)
      assert.deepStrictEqual(own(back), own(error))
      assert.deepStrictEqual(back.retryAfter, Duration.millis(1500))
    }
  })
  it("a wait without end stays one", () => {
    const error = new Credence.UnexpectedStatus({ ...where, status: 503, retryAfter: Duration.infinity })
    assert.deepStrictEqual(crossed(CallError, error).retryAfter, Duration.infinity)
  })
  it("an error of an answer has the body's schema", () => {
    const Body = Schema.Struct({ title: Schema.String, at: Schema.DateFromString, big: Schema.BigIntFromString })
    const schema = Credence.NotFound.schema(Body)
    const error = new Credence.NotFound({ ...rich, status: 404, body: { title: "t", at: new Date(0), big: 1n } })
    const back = crossed(schema, error)
    assert.instanceOf(back, Credence.NotFound)
    assert.deepStrictEqual(back.body, error.body)
    assert.deepStrictEqual(own(back), own(error))
    assert.throws(() => Schema.decodeUnknownSync(schema)({ _tag: "NotFound", ...where, status: 404, body: { title: 1 } }))
    assert.throws(() => Schema.decodeUnknownSync(schema)({ _tag: "Gone", ...where, status: 410, body: { title: "t", at: "", big: "1" } }))
  })
  it("also one without a body", () => {
    const back = crossed(Credence.Gone.schema(Schema.Undefined), new Credence.Gone({ ...where, status: 410, body: undefined }))
    assert.instanceOf(back, Credence.Gone)
    assert.isUndefined(back.body)
  })
  it("what is no such failure is refused", () => {
    for (const wrong of [{ _tag: "Timeout", ...where }, { _tag: "Other", ...where }, null, { _tag: "InvalidInput", ...where, issues: [{ path: 1, message: "m" }] }]) {
      assert.throws(() => Schema.decodeUnknownSync(CallError)(wrong), undefined, undefined, JSON.stringify(wrong))
    }
  })
  it("a session's failure as a cause", () => {
    const cause = new Credence.UnexpectedStatus({ ...where, status: 500, body: { why: "x" } })
    const outer = new Error("outer", { cause })
    const back = outer.cause as Credence.UnexpectedStatus
    assert.strictEqual(back._tag, "UnexpectedStatus")
    assert.include(inspect(outer), "unexpected status 500")
  })
})

describe("handling by tag", () => {
  type Failures = CallError | Credence.NotFound<{ readonly id: number }> | Credence.NotFound<{ readonly title: string }> | Credence.ClientError<string>
  const failing = (error: Failures): Effect.Effect<never, Failures> => Effect.fail(error)

  it.effect("catchTag takes one and leaves the rest", () =>
    Effect.gen(function*() {
      const program = (error: Failures) => failing(error).pipe(Effect.catchTag("NotFound", (e) => Effect.succeed("id" in e.body ? e.body.id : e.body.title)))
      assert.strictEqual(yield* program(new Credence.NotFound({ ...where, status: 404, body: { id: 7 } })), 7)
      assert.strictEqual(yield* program(new Credence.NotFound({ ...where, status: 404, body: { title: "gone" } })), "gone")
      assert.strictEqual((yield* Effect.flip(program(new Credence.ClientError({ ...where, status: 418, body: "tea" }))))._tag, "ClientError")
    }))
  it.effect("catchTags takes several, each with its own fields", () =>
    Effect.gen(function*() {
      const program = (error: Failures) =>
        failing(error).pipe(Effect.catchTags({
          ClientError: (e) => Effect.succeed(`${e.status}${e.body.toUpperCase()}`),
          Timeout: (e) => Effect.succeed(e.phase),
          DecodeFailed: (e) => Effect.succeed(e.issues[0]?.path ?? "")
        }))
      assert.strictEqual(yield* program(new Credence.ClientError({ ...where, status: 418, body: "tea" })), "418TEA")
      assert.strictEqual(yield* program(new Credence.Timeout({ ...where, phase: "queue", limit: Duration.seconds(1), processed: "no" })), "queue")
      assert.strictEqual(yield* program(new Credence.DecodeFailed({ ...where, reason: "schema", issues: [{ path: "a.b", message: "" }] })), "a.b")
    }))
  it.effect("an error is an effect that fails with itself", () =>
    Effect.gen(function*() {
      const error = new Credence.NotFound({ ...where, status: 404, body: 1 })
      const caught = yield* Effect.flip(Effect.gen(function*() {
        return yield* error
      }))
      assert.strictEqual(caught, error)
    }))
})
