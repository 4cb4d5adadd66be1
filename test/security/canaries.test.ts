import { assert, describe, it } from "@effect/vitest"
import { Auth, Call, Cookies, Endpoint, Hooks, Scheme, type Transport } from "credence"
import { ArgusAuth } from "credence/argus"
import { NodeTransport } from "credence/node"
import * as Ntlm from "credence/ntlm"
import { Recording, Script } from "credence/testing"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import type * as Http from "node:http"
import { inspect } from "node:util"
import { Billing, fetchTransport, partsOver } from "../support/billing.ts"
import { httpServer, rawServer } from "../support/servers.ts"

const secret = (name: string) => Redacted.make(`canary-${name}`)

/** An endpoint with a secret in every place where an input goes. */
const send = Endpoint.post(Billing, "/send/{id}", {
  name: "send",
  path: { id: Schema.String },
  query: { access_token: Schema.String, "portal-code": Schema.String },
  header: { "x-api-key": Schema.String, "x-portal": Schema.String },
  cookie: { session_id: Schema.String },
  body: Schema.Struct({ password: Schema.String, nested: Schema.Struct({ clientSecret: Schema.String, "portal-code": Schema.String }) }),
  security: [{ Q: [], C: [], B: [] }],
  success: Schema.Struct({ id: Schema.Int }),
  errors: { 404: Schema.Unknown, 409: Schema.Struct({ title: Schema.String }) }
})

const call = send({
  id: "1",
  access_token: "canary-query",
  "portal-code": "canary-portal-query",
  "x-api-key": "canary-header",
  "x-portal": "canary-portal-header",
  session_id: "canary-cookie",
  body: { password: "canary-body", nested: { clientSecret: "canary-nested", "portal-code": "canary-portal-body" } }
}).pipe(Call.with({
  headers: { "x-csrf-token": "canary-call-header", "proxy-authorization": "canary-proxy" },
  body: { pin: "canary-extra" }
}))

/** What each way to sign in knows to be secret; all of it is echoed by the server as plain text as well. */
const ways: ReadonlyArray<readonly [string, Layer.Layer<Auth.Authentication>, ReadonlyArray<string>, before?: ReadonlyArray<string>]> = [
  ["bearer", Auth.bearer(secret("bearer")), ["canary-bearer"]],
  ["basic", Auth.basic({ username: "ada", password: secret("password") }), ["canary-password", btoa("ada:canary-password")]],
  ["api key", Auth.apiKey({ header: "x-portal-login", key: secret("key") }), ["canary-key"]],
  ["api key in the query", Auth.apiKey({ in: "query", name: "k", key: secret("key/ä!") }), ["canary-key/ä!"]],
  ["api key in a cookie", Auth.apiKey({ in: "cookie", name: "portal", key: secret("cookie-key") }), ["canary-cookie-key"]],
  [
    "several schemes",
    Auth.schemes({ Q: { type: "apiKey", in: "query", name: "k" }, C: { type: "apiKey", in: "cookie", name: "portal" }, B: { type: "http", scheme: "basic" }, O: { type: "oauth2" } })({
      Q: secret("scheme-query"),
      C: secret("scheme-cookie"),
      B: { username: "ada", password: secret("scheme-password") },
      O: secret("scheme-not-wanted")
    }),
    ["canary-scheme-query", "canary-scheme-cookie", "canary-scheme-password", btoa("ada:canary-scheme-password"), "canary-scheme-not-wanted"]
  ],
  ["refresh token", Auth.refreshToken({ tokenUrl: "/oauth/token", refreshToken: secret("refresh") }), ["canary-rotated", "canary-access"], ["canary-refresh"]],
  ["password", ArgusAuth.password({ username: "ada", password: secret("password") }), ["canary-password"]]
]

const echo = (request: Transport.TransportRequest, texts: ReadonlyArray<string>) => ({
  title: `bad credential ${texts.join(" and ")}`,
  message: `token=${texts[0]}`,
  headers: request.headers,
  // the key as it stood in the URL
  query: request.url.search.split("&").filter((pair) => pair.startsWith("k=")),
  body: request.body?._tag === "Bytes" ? JSON.parse(String(request.body.bytes)) as unknown : undefined,
  list: texts.map((text) => ({ deep: [{ text: `x${text}y`, url: `https://api.test/?q=${encodeURIComponent(text)}` }] }))
})

const answers: ReadonlyArray<readonly [string, (request: Transport.TransportRequest, texts: ReadonlyArray<string>) => Script.Reply]> = [
  ["an undeclared status", (r, t) => ({ status: 400, body: echo(r, t) })],
  ["a declared status", (r, t) => ({ status: 404, body: echo(r, t) })],
  ["a declared status whose body does not fit", (r, t) => ({ status: 409, body: { other: echo(r, t) } })],
  ["a server's mistake as text", (_, t) => ({ status: 500, headers: { "content-type": "text/plain" }, body: `no ${t.join(", ")} Authorization: "x" password=canary-body&pin=canary-extra {"clientSecret":"canary-nested"}` })],
  ["401", (r, t) => ({ status: 401, body: echo(r, t), headers: { "www-authenticate": `Bearer realm="${t[0]}"` } })],
  ["HTML", (_, t) => ({ status: 200, headers: { "content-type": "text/html" }, body: `<html>${t.join(" ")}</html>` })],
  ["broken JSON", (_, t) => ({ status: 200, headers: { "content-type": "application/json" }, body: `{"access_token":"canary-body","x":"${t.join(" ")}` })],
  ["JSON that does not fit", (r, t) => ({ status: 200, body: { id: t.join(" "), ...echo(r, t) } })],
  ["a refused redirect", (_, t) => ({ status: 307, headers: { location: `https://evil.test/?access_token=canary-query&q=${t.map(encodeURIComponent).join()}#${t[0]}` } })],
  ["a refused redirect with the query as it came", (r, t) => ({ status: 307, headers: { location: `https://evil.test/${r.url.search}&next=${encodeURIComponent(r.url.href)}&t=${encodeURIComponent(t[0] ?? "")}` } })],
  ["a redirect to a path with the query as it came", (r) => ({ status: 307, headers: { location: `/login${r.url.search}` } })],
  ["a scheme that is none", (_, t) => ({ status: 302, headers: { location: `file:///${t[0]}` } })],
  ["a lost answer", () => ({ fault: "reset" })],
  ["TLS", () => ({ fault: "untrusted" })],
  ["an id of the request", (r, t) => ({ status: 400, body: echo(r, t), headers: { "x-request-id": t[0] ?? "" } })],
  ["Retry-After with set-cookie", (_, t) => ({ status: 429, headers: { "retry-after": "1", "set-cookie": [`a=${t[0]}`], "x-echo": t } })]
]

/** Everything that a program, its logs, traces, hooks and recordings get to see of a failing effect. */
const witness = <A, E, R>(self: Effect.Effect<A, E, R>, recording?: { readonly exchanges: ReadonlyArray<unknown> }) =>
  Effect.gen(function*() {
    const spans: Array<Tracer.NativeSpan> = []
    const lines: Array<string> = []
    const events: Array<unknown> = []
    const tracer = Tracer.make({
      span: (options) => {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      }
    })
    const note = (e: unknown) => Effect.sync(() => void events.push(e))
    const hooks = Hooks.layer({ call: note, attempt: note, hop: note, response: note, failure: note, drift: note })
    const logger = Logger.make<unknown, void>((options) => {
      lines.push(inspect(options.message, { depth: 20 }), Logger.formatLogFmt.log(options), Logger.formatJson.log(options))
    })
    const exit = yield* Effect.exit(self.pipe(
      Effect.tapCause((cause) => Effect.logError("it failed", cause)),
      Effect.withSpan("whole"),
      Effect.provide(hooks),
      Effect.provideService(Tracer.Tracer, tracer),
      Effect.provide(Logger.layer([logger])),
      Effect.provideService(References.MinimumLogLevel, "Trace")
    ))
    assert.strictEqual(exit._tag, "Failure")
    const failures = exit._tag === "Failure" ? exit.cause.reasons.map((reason) => reason._tag === "Fail" ? reason.error : reason) : []
    const texts = [
      ...failures.flatMap((failure) => [inspect(failure, { depth: 20, showHidden: true, getters: true }), JSON.stringify(failure), String(failure), (failure as Error).stack ?? ""]),
      inspect(exit, { depth: 20 }),
      JSON.stringify(exit),
      exit._tag === "Failure" ? Cause.pretty(exit.cause) : "",
      ...lines,
      inspect(spans.map((span) => [span.name, [...span.attributes], span.events, span.status]), { depth: 20 }),
      inspect(events, { depth: 20 }),
      ...(recording === undefined ? [] : [JSON.stringify(recording.exchanges)])
    ]
    return { text: texts.join("\n"), failures, spans, events, lines }
  })

const clean = (text: string, words: ReadonlyArray<string> = []): void => {
  for (const word of ["canary", ...words]) {
    const at = text.indexOf(word)
    assert.isTrue(at < 0, `${word}: ${text.slice(Math.max(0, at - 300), at + 60)}`)
  }
}

const redact = ["portal-code", "x-portal", "x-portal-login"]
const configuration = { retry: "none", redact, headers: { "x-portal": "canary-session-header", "x-auth-token": "canary-session-token" } } as const

/** What answers logins: the real thing for each. */
const logins = (texts: ReadonlyArray<string>): ReadonlyArray<Script.Step> => [
  Script.on("oauth", (request) => request.url.pathname === "/oauth/token", { body: { access_token: "canary-access", refresh_token: "canary-rotated" } }),
  Script.on("login", (request) => request.url.pathname === "/login", { body: { access_token: "canary-access" } }),
  Script.on("password", (request) => request.url.pathname.endsWith("/password/authentication"), {
    headers: { "set-cookie": "argus_session=canary-argus-cookie" },
    body: {
      responseCode: 200,
      limit: 0,
      offset: 0,
      count: 0,
      size: 0,
      metaData: {},
      messages: [],
      data: { sessionKey: btoa(`canary-${texts[0]}`), credentials: { requestCredentialsType: "sessionToken", requestCredentialsData: "canary-argus-token" } }
    }
  }),
  Script.on("logout", (request) => request.method === "DELETE", {})
]

describe("security 37: no secret in errors, causes, logs, spans, hooks or recordings", () => {
  for (const [way, auth, texts, before = texts] of ways) {
    it.effect(`signed in by ${way}: whatever the server answers`, () =>
      Effect.gen(function*() {
        for (const [name, answer] of answers) {
          const recording = Recording.make({ redact })
          const script = yield* Script.make([...logins(texts), Script.on("api", () => true, (request) => answer(request, texts))])
          const live = Billing.layer().pipe(Layer.provide(partsOver(recording.layer.pipe(Layer.provide(script.layer)), { auth, configuration, more: Cookies.layer() })))
          const seen = yield* witness(call).pipe(Effect.provide(live))
          clean(seen.text, texts)
          // a recording knows names, not what a session knows: what a server repeats in free text is not in it
          clean(JSON.stringify(recording.exchanges.map(({ response: _, ...request }) => request)), texts)
          // the test sees what it is meant to see, and the secrets were really on their way
          assert.isAbove(seen.spans.length, 1, name)
          assert.isAbove(seen.events.length, 2, name)
          assert.isAbove(seen.lines.length, 0, name)
          assert.isAbove(recording.exchanges.length, 0, name)
          assert.include(JSON.stringify(script.seen.find(({ step }) => step === "api")?.request.headers), "canary-header")
        }
      }))

    it.effect(`a login by ${way} that fails, whatever the server answers`, () =>
      Effect.gen(function*() {
        for (const [name, answer] of answers) {
          const recording = Recording.make({ redact })
          const script = yield* Script.make([Script.on("any", () => true, (request) => answer({ ...request, body: undefined }, before))])
          const live = Billing.layer().pipe(Layer.provide(partsOver(recording.layer.pipe(Layer.provide(script.layer)), { auth, configuration })))
          const seen = yield* witness(Effect.flatMap(Billing, (session) => Effect.andThen(session.authenticate, call))).pipe(Effect.provide(live))
          clean(seen.text, before)
          clean(JSON.stringify(recording.exchanges.map(({ response: _, ...request }) => request)), before)
          assert.isAbove(seen.failures.length, 0, name)
        }
      }))
  }

  const typeTwo = (): string => {
    const message = Buffer.alloc(112)
    message.write("NTLMSSP\0", "latin1")
    for (const [value, at] of [[2, 8], [0xe28a8233, 20], [48, 44]] as const) message.writeUInt32LE(value, at)
    for (const [value, at] of [[64, 40], [64, 42], [2, 48], [56, 50]] as const) message.writeUInt16LE(value, at)
    return message.toString("base64")
  }
  const user = { username: "ada", password: secret("password") }
  const asked: ReadonlyArray<readonly [string, Layer.Layer<Auth.Authentication>, challenge: string]> = [
    ["Basic", Auth.auto({ schemes: [Scheme.basic(user)] }), "Basic realm=\"r\""],
    ["Digest", Auth.digest(user), "Digest realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256"],
    ["NTLM", Ntlm.layer(user), "NTLM"]
  ]
  for (const [way, auth, challenge] of asked) {
    it.live(`asked for ${way}: whatever the server answers to what it was told`, () =>
      Effect.gen(function*() {
        let told: ReadonlyArray<string> = []
        let reply: (request: Http.IncomingMessage, response: Http.ServerResponse) => void = () => {}
        const server = yield* httpServer((request, response) => void request.resume().on("end", () => {
          const { authorization } = request.headers
          if (authorization === undefined) return void response.writeHead(401, { "www-authenticate": challenge }).end()
          if (authorization.startsWith("NTLM TlRMTVNTUAABA")) return void response.writeHead(401, { "www-authenticate": `NTLM ${typeTwo()}` }).end()
          // as a whole, without the name of the scheme, and of Digest the proof alone
          told = [authorization, authorization.slice(authorization.indexOf(" ") + 1), ...(/response="(\w+)"/.exec(authorization)?.slice(1) ?? [])]
          reply(request, response)
        }))
        const json = { "content-type": "application/json" }
        const replies: ReadonlyArray<typeof reply> = [
          (request, response) => response.writeHead(400, { ...json, "x-request-id": told.at(-1) }).end(JSON.stringify({ message: told.join(" "), headers: request.headers, told })),
          (_, response) => response.writeHead(401, { ...json, "x-request-id": told.at(-1), "www-authenticate": [`Basic realm="${told.at(-1)}"`, `${told.at(-1)?.replaceAll("=", "")}`] }).end(JSON.stringify({ message: told.join(" ") })),
          (_, response) => response.writeHead(401, { "x-request-id": told.at(-1), "www-authenticate": "Other" }).end(),
          (_, response) => response.writeHead(500, { "content-type": "text/plain" }).end(told.join("\n") + JSON.stringify(told)),
          (_, response) => response.writeHead(307, { location: `https://evil.test/?x=${told.map(encodeURIComponent).join("&y=")}` }).end(),
          (_, response) => response.writeHead(200, json).end(JSON.stringify({ id: told.join(" ") }))
        ]
        for (const each of replies) {
          reply = each
          const live = Billing.layer().pipe(Layer.provide(partsOver(NodeTransport.layer({ environment: {} }), { auth, configuration: { ...configuration, baseUrl: server.origin } })))
          const seen = yield* witness(Effect.gen(function*() {
            const exit = yield* Effect.exit(call)
            const session = yield* Billing
            // what they tell is among what is looked at
            yield* Effect.logInfo(yield* session.status, (yield* session.explain()).text)
            return yield* exit
          })).pipe(Effect.provide(live))
          assert.isAbove(told.length, 1)
          clean(seen.text, told.flatMap((text) => [text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1), text.replaceAll("=", "")]))
        }
      }).pipe(Effect.scoped))
  }

  it.effect("a session that is printed shows nothing of what it was made of", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([])
      const live = Billing.layer().pipe(Layer.provide(partsOver(script.layer, {
        auth: Auth.bearer(secret("bearer")),
        configuration: { ...configuration, proxy: { url: "http://ada:canary-proxy@proxy.test:3128" } }
      })))
      const session = yield* Effect.provide(Billing, live)
      for (const text of [inspect(session, { depth: 20, showHidden: true }), JSON.stringify(session), inspect({ session }, { depth: 20, getters: true })]) {
        clean(text)
        assert.include(text, "https://api.test")
      }
    }).pipe(Effect.scoped))

  it.effect("input that is invalid is not quoted", () =>
    Effect.gen(function*() {
      const recording = Recording.make({ redact })
      const script = yield* Script.make([])
      const live = Billing.layer().pipe(Layer.provide(partsOver(recording.layer.pipe(Layer.provide(script.layer)), { configuration })))
      const wrong = { id: "canary\0", access_token: 7, "portal-code": {}, "x-api-key": "canary\r\n", "x-portal": "canary\n", session_id: "canary;canary", body: { password: ["canary"], nested: "canary" } }
      for (const self of [send(wrong as never), call.pipe(Call.with({ headers: { "x-a": "canary\r\n" } })), call.pipe(Call.with({ baseUrl: "https://canary:canary@api.test" }))]) {
        const seen = yield* witness(self as typeof call, recording).pipe(Effect.provide(live))
        clean(seen.text)
        assert.strictEqual((seen.failures[0] as { readonly _tag: string })._tag, "InvalidInput")
      }
      assert.strictEqual(script.seen.length, 0)
    }))

  for (const [name, transport] of [["undici", NodeTransport.layer({ proxy: "none" })], ["fetch", fetchTransport]] as const) {
    it.live(`real failures over ${name}`, () =>
      Effect.gen(function*() {
        const gone = yield* Effect.scoped(Effect.map(httpServer(() => {}), (server) => server.origin))
        const broken = yield* rawServer((socket) => socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"access_token\":\"canary")))
        const garbage = yield* rawServer((socket) => socket.once("data", (data) => socket.end(`nonsense ${data.toString()}`)))
        const silent = yield* httpServer(() => {})
        for (const baseUrl of [gone, broken.origin, garbage.origin, silent.origin]) {
          const recording = Recording.make({ redact })
          const live = Billing.layer().pipe(Layer.provide(partsOver(recording.layer.pipe(Layer.provide(transport)), { auth: Auth.bearer(secret("bearer")), configuration: { ...configuration, headers: {}, baseUrl, timeout: "300 millis" } })))
          // fetch does not let a program set Proxy-Authorization
          const seen = yield* witness(call, recording).pipe(Effect.provide(live))
          clean(seen.text)
          assert.isAbove(recording.exchanges.length, 0)
        }
      }))
  }

  it.effect("a streamed upload that fails does not tell what it was", () =>
    Effect.gen(function*() {
      const upload = Endpoint.put(Billing, "/upload", { body: Endpoint.Body.stream(), success: Schema.Void })
      const recording = Recording.make({ redact })
      const script = yield* Script.make([Script.on("any", () => true, { status: 200 })])
      const live = Billing.layer().pipe(Layer.provide(partsOver(recording.layer.pipe(Layer.provide(script.layer)), { configuration })))
      const seen = yield* witness(upload({ body: { stream: Stream.fail(new Error("canary")) } }), recording).pipe(Effect.provide(live))
      clean(seen.text)
    }))
})
