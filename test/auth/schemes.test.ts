/** Several credentials: each request gets those that its endpoint wants, and no others. */
import { assert, describe, it } from "@effect/vitest"
import { Auth, Call, Configuration, Cookies, Endpoint, Hooks, type Transport } from "credence"
import { Script } from "credence/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { inspect } from "node:util"
import { answering, Billing, failureOf, getThing, ok, over, partsOver, Thing } from "../support/billing.ts"

const declared = Auth.schemes({
  ApiKeyAuth: { type: "apiKey", in: "header", name: "X-API-Key" },
  QueryKey: { type: "apiKey", in: "query", name: "key" },
  CookieKey: { type: "apiKey", in: "cookie", name: "sid" },
  TenantKey: { type: "apiKey", in: "header", name: "X-Tenant-Key" },
  BasicAuth: { type: "http", scheme: "Basic" },
  JwtAuth: { type: "http", scheme: "bearer" },
  DigestAuth: { type: "http", scheme: "digest" },
  OAuth: { type: "oauth2" },
  Oidc: { type: "openIdConnect" },
  Mtls: { type: "mutualTLS" }
})

const key = Redacted.make("api-key-1")
const queryKey = Redacted.make("query-key-1")
const cookieKey = Redacted.make("cookie-key-1")
const tenant = Redacted.make("tenant-key-1")
const basic = { username: "ada", password: Redacted.make("pass-word-1") }
const jwt = Redacted.make("jwt-1")
const oauth = Redacted.make("oauth-1")

/** where credentials stand in a request */
const credentialsOf = ({ headers, url }: Transport.TransportRequest) => {
  const { authorization, cookie, "x-api-key": apiKey, "x-tenant-key": tenantKey } = headers
  const found = { authorization, cookie, apiKey, tenantKey, query: url.searchParams.get("key") ?? undefined }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}

const wanting = (security: ReadonlyArray<Auth.SecurityRequirement> | undefined) =>
  Endpoint.get(Billing, "/x", { name: "getX", success: Thing, ...(security === undefined ? {} : { security }) })

const sentWith = (auth: Layer.Layer<Auth.Authentication>, security: ReadonlyArray<Auth.SecurityRequirement> | undefined) =>
  Effect.gen(function*() {
    const script = yield* answering(ok)
    yield* wanting(security)().pipe(Effect.provide(over(script, { auth })))
    return script.seen.map(({ request }) => credentialsOf(request))
  })

const all = () => declared({ ApiKeyAuth: key, QueryKey: queryKey, CookieKey: cookieKey, TenantKey: tenant, BasicAuth: basic, JwtAuth: jwt, OAuth: oauth, Oidc: Redacted.make("oidc-1"), Mtls: true })
const basicField = `Basic ${btoa("ada:pass-word-1")}`

describe("what goes along", () => {
  const table: ReadonlyArray<readonly [name: string, security: ReadonlyArray<Auth.SecurityRequirement>, sent: object]> = [
    ["a key in a header", [{ ApiKeyAuth: [] }], { apiKey: "api-key-1" }],
    ["a key in the query", [{ QueryKey: [] }], { query: "query-key-1" }],
    ["a key in a cookie", [{ CookieKey: [] }], { cookie: "sid=cookie-key-1" }],
    ["user name and password", [{ BasicAuth: [] }], { authorization: basicField }],
    ["a token", [{ JwtAuth: ["read"] }], { authorization: "Bearer jwt-1" }],
    ["an OAuth access token", [{ OAuth: ["a", "b"] }], { authorization: "Bearer oauth-1" }],
    ["an OpenID access token", [{ Oidc: [] }], { authorization: "Bearer oidc-1" }],
    ["a certificate is the transport's", [{ Mtls: [] }], {}],
    ["a certificate and a key", [{ Mtls: [], ApiKeyAuth: [] }], { apiKey: "api-key-1" }],
    ["the first alternative", [{ JwtAuth: [] }, { ApiKeyAuth: [] }], { authorization: "Bearer jwt-1" }],
    ["the first alternative, the other way around", [{ ApiKeyAuth: [] }, { JwtAuth: [] }], { apiKey: "api-key-1" }],
    ["several together", [{ JwtAuth: [], TenantKey: [], QueryKey: [], CookieKey: [] }], { authorization: "Bearer jwt-1", tenantKey: "tenant-key-1", query: "query-key-1", cookie: "sid=cookie-key-1" }],
    ["none", [], {}],
    ["optional", [{ ApiKeyAuth: [] }, {}], { apiKey: "api-key-1" }],
    ["optional, said first", [{}, { ApiKeyAuth: [] }], { apiKey: "api-key-1" }],
    ["nothing but optional", [{}], {}]
  ]
  for (const [name, security, sent] of table) {
    it.effect(name, () => Effect.map(sentWith(all(), security), (seen) => assert.deepStrictEqual(seen, [sent])))
  }

  it.effect("an alternative whose schemes are all given, before one that is given in part", () =>
    Effect.map(sentWith(declared({ JwtAuth: jwt, ApiKeyAuth: key }), [{ JwtAuth: [], TenantKey: [] }, { ApiKeyAuth: [] }]), (seen) => assert.deepStrictEqual(seen, [{ apiKey: "api-key-1" }])))

  it.effect("optional, and nothing that fits: nothing is sent", () =>
    Effect.map(sentWith(declared({ JwtAuth: jwt }), [{ ApiKeyAuth: [] }, {}]), (seen) => assert.deepStrictEqual(seen, [{}])))

  it.effect("an endpoint that does not say gets what was given first; a certificate is nothing to send", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* sentWith(declared({ TenantKey: tenant, JwtAuth: jwt }), undefined), [{ tenantKey: "tenant-key-1" }])
      assert.deepStrictEqual(yield* sentWith(declared({ Mtls: true, JwtAuth: jwt }), undefined), [{ authorization: "Bearer jwt-1" }])
      assert.deepStrictEqual(yield* sentWith(declared({ ApiKeyAuth: undefined, JwtAuth: jwt }), undefined), [{ authorization: "Bearer jwt-1" }])
      assert.deepStrictEqual(yield* sentWith(declared({}), undefined), [{}])
    }))

  it.effect("a request without an endpoint gets what was given first", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      yield* Effect.flatMap(Billing, (session) => session.request({ method: "GET", url: "/raw?key=mine" })).pipe(Effect.provide(over(script, { auth: declared({ QueryKey: queryKey, JwtAuth: jwt }) })))
      assert.strictEqual(script.seen[0]?.request.url.href, "https://api.test/raw?key=query-key-1")
    }))

  for (
    const [name, auth, sent] of [
      ["bearer", Auth.bearer(jwt), { authorization: "Bearer jwt-1" }],
      ["basic", Auth.basic(basic), { authorization: basicField }],
      ["a key", Auth.apiKey({ header: "X-API-Key", key }), { apiKey: "api-key-1" }],
      ["a key in the query", Auth.apiKey({ in: "query", name: "key", key }), { query: "api-key-1" }],
      ["a key in a cookie", Auth.apiKey({ in: "cookie", name: "sid", key }), { cookie: "sid=api-key-1" }]
    ] as const
  ) {
    it.effect(`one credential knows no names and serves whatever is wanted, but not where none is: ${name}`, () =>
      Effect.gen(function*() {
        for (const security of [undefined, [{ Whatever: [] }], [{ A: [], B: [] }, {}], [{}]]) assert.deepStrictEqual(yield* sentWith(auth, security), [sent])
        assert.deepStrictEqual(yield* sentWith(auth, []), [{}])
      }))
  }

  it.effect("`security: []` is without credentials, whatever else the endpoint says", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const open = Endpoint.get(Billing, "/x", { name: "open", success: Thing, security: [], auth: true })
      yield* open().pipe(Effect.provide(over(script, { auth: Auth.bearer(jwt) })))
      assert.deepStrictEqual(script.seen.map(({ request }) => credentialsOf(request)), [{}])
    }))

  it.effect("`auth: false` of a call beats what its endpoint wants", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      yield* wanting([{ ApiKeyAuth: [] }])().pipe(Call.with({ auth: false }), Effect.provide(over(script, { auth: declared({ JwtAuth: jwt }) })))
      assert.deepStrictEqual(script.seen.map(({ request }) => credentialsOf(request)), [{}])
    }))
})

describe("what cannot be satisfied", () => {
  const refusal = (auth: Layer.Layer<Auth.Authentication>, security: ReadonlyArray<Auth.SecurityRequirement>, configuration: Configuration.ConfigurationOptions = {}) =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const failure = yield* failureOf(wanting(security)().pipe(Effect.provide(over(script, { auth, configuration }))))
      assert.strictEqual(script.seen.length, 0)
      if (failure._tag !== "AuthenticationFailed") throw new Error(failure._tag)
      return failure
    })

  it.effect("fails before anything is sent, and names what is wanted and given", () =>
    Effect.gen(function*() {
      const failure = yield* refusal(declared({ BasicAuth: basic }), [{ ApiKeyAuth: [] }, { JwtAuth: [], TenantKey: [] }])
      assert.deepStrictEqual(
        [failure.reason, failure.detail, failure.operation, failure.url, failure.attempts],
        ["unsatisfied", "needs ApiKeyAuth, or JwtAuth and TenantKey; given: BasicAuth", "getX", "https://api.test/x", 0]
      )
      assert.strictEqual(
        failure.message,
        "getX: authentication failed (unsatisfied): needs ApiKeyAuth, or JwtAuth and TenantKey; given: BasicAuth (GET https://api.test/x). Give Auth.schemes the credentials of one alternative"
      )
      assert.notMatch(inspect(failure, { depth: 9 }), /pass-word/)
    }))

  it.effect("says which scheme is missing of an alternative that is given in part", () =>
    Effect.map(refusal(declared({ JwtAuth: jwt }), [{ ApiKeyAuth: [] }, { JwtAuth: [], TenantKey: [] }]), (failure) =>
      assert.strictEqual(failure.detail, "needs ApiKeyAuth, or JwtAuth and TenantKey; given: JwtAuth; missing: TenantKey")))

  it.effect("nothing given", () => Effect.map(refusal(declared({}), [{ ApiKeyAuth: [] }]), (failure) => assert.strictEqual(failure.detail, "needs ApiKeyAuth; given: none")))

  it.effect("a scheme that nobody declared", () => Effect.map(refusal(declared({ JwtAuth: jwt }), [{ Unheard: [] }]), (failure) => assert.strictEqual(failure.detail, "needs Unheard; given: JwtAuth")))

  it.effect("two schemes that want the same place", () =>
    Effect.gen(function*() {
      const both = yield* refusal(declared({ BasicAuth: basic, JwtAuth: jwt }), [{ BasicAuth: [], JwtAuth: [] }])
      assert.deepStrictEqual([both.reason, both.detail], ["unsatisfied", "BasicAuth and JwtAuth both want the field authorization, which holds only one of them"])
      // one token for two flows of a provider is one thing to send
      const one = declared({ OAuth: jwt, Oidc: jwt })
      assert.deepStrictEqual(yield* sentWith(one, [{ OAuth: [], Oidc: [] }]), [{ authorization: "Bearer jwt-1" }])
    }))

  it.effect("the URL of the failure is masked by the session's own names", () =>
    Effect.gen(function*() {
      const search = Endpoint.get(Billing, "/search", { name: "search", query: { code: Schema.String }, success: Thing, security: [{ ApiKeyAuth: [] }] })
      const script = yield* answering(ok)
      const failure = yield* failureOf(search({ code: "canary" }).pipe(Effect.provide(over(script, { auth: declared({ JwtAuth: jwt }), configuration: { redact: ["code"] } }))))
      assert.deepInclude(failure, { _tag: "AuthenticationFailed", url: "https://api.test/search?code=<redacted>" })
    }))

  it.effect("a requirement does not make a session retry or log in", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.login(), Script.on("api", () => true, ok)])
      const failure = yield* failureOf(wanting([{ ApiKeyAuth: [] }])().pipe(Effect.provide(over(script, { auth: declared({ OAuth: Script.authentication() }) }))))
      assert.deepInclude(failure, { reason: "unsatisfied" })
      assert.strictEqual(script.seen.length, 0)
    }))
})

describe("credentials that renew themselves serve a scheme", () => {
  const refreshing = () => Auth.refreshToken({ tokenUrl: "/oauth/token", refreshToken: Redacted.make("refresh-1"), accessToken: Redacted.make("access-0") })
  const server = Script.make([
    Script.on("token", (request) => request.url.pathname === "/oauth/token", (_, count) => ({ body: { access_token: `access-${count}` } })),
    Script.on("stale", (request) => request.headers["authorization"] === "Bearer access-0", { status: 401 }),
    Script.on("api", () => true, ok)
  ])

  it.effect("alone", () =>
    Effect.gen(function*() {
      const script = yield* server
      yield* wanting([{ OAuth: ["read"] }])().pipe(Effect.provide(over(script, { auth: declared({ ApiKeyAuth: key, OAuth: refreshing() }) })))
      assert.deepStrictEqual(script.seen.map(({ request, step }) => [step, credentialsOf(request)]), [
        ["stale", { authorization: "Bearer access-0" }],
        ["token", {}],
        ["api", { authorization: "Bearer access-1" }]
      ])
    }))

  it.effect("beside another one, which stays as it is", () =>
    Effect.gen(function*() {
      const script = yield* server
      const call = wanting([{ OAuth: [], TenantKey: [], QueryKey: [] }])()
      yield* Effect.andThen(call, call).pipe(Effect.provide(over(script, { auth: declared({ TenantKey: tenant, QueryKey: queryKey, OAuth: refreshing() }) })))
      const beside = { tenantKey: "tenant-key-1", query: "query-key-1" }
      assert.deepStrictEqual(script.seen.map(({ request, step }) => [step, credentialsOf(request)]), [
        ["stale", { authorization: "Bearer access-0", ...beside }],
        ["token", {}],
        ["api", { authorization: "Bearer access-1", ...beside }],
        ["api", { authorization: "Bearer access-1", ...beside }]
      ])
    }))

  it.effect("one that is not wanted is neither sent nor renewed, whatever the answer", () =>
    Effect.gen(function*() {
      const script = yield* answering({ status: 401 })
      const failure = yield* failureOf(wanting([{ ApiKeyAuth: [] }])().pipe(Effect.provide(over(script, { auth: declared({ OAuth: refreshing(), ApiKeyAuth: key }) }))))
      assert.deepInclude(failure, { _tag: "AuthenticationFailed", reason: "rejected" })
      assert.deepStrictEqual(script.seen.map(({ request }) => credentialsOf(request)), [{ apiKey: "api-key-1" }])
    }))

  it.effect("a 401 where nothing was sent says that something is missing", () =>
    Effect.gen(function*() {
      const script = yield* answering({ status: 401 })
      const failure = yield* failureOf(wanting([{ ApiKeyAuth: [] }, {}])().pipe(Effect.provide(over(script, { auth: declared({ JwtAuth: jwt }) }))))
      assert.deepInclude(failure, { _tag: "AuthenticationFailed", reason: "missing" })
    }))

  it.effect("a recipe is as good as its layer; what a layer fails with, building the session fails with", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const recipe = yield* Auth.Authentication.pipe(Effect.provide(Auth.bearer(jwt)))
      yield* wanting([{ DigestAuth: [] }])().pipe(Effect.provide(over(script, { auth: declared({ DigestAuth: recipe }) })))
      assert.deepStrictEqual(script.seen.map(({ request }) => credentialsOf(request)), [{ authorization: "Bearer jwt-1" }])
      const broken: Layer.Layer<Auth.Authentication, "no such secret"> = Layer.effect(Auth.Authentication, Effect.fail("no such secret" as const))
      const auth = declared({ OAuth: broken })
      const live = Billing.layer().pipe(Layer.provide(auth), Layer.provide(partsOver(script.layer)))
      assert.strictEqual(yield* failureOf(getThing({ id: "1" }).pipe(Effect.provide(live))), "no such secret")
    }))

  it.effect("authenticate logs in with each that has a login", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.login(), Script.on("api", () => true, ok)])
      yield* Effect.andThen(Billing.authenticate(), wanting([{ Oidc: [] }])()).pipe(Effect.provide(over(script, { auth: declared({ ApiKeyAuth: key, Oidc: Script.authentication() }) })))
      assert.deepStrictEqual(script.seen.map(({ request, step }) => [step, credentialsOf(request)]), [["login", {}], ["api", { authorization: "Bearer token-1" }]])
    }))
})

describe("what is given wrongly", () => {
  const js = declared as unknown as (given: Readonly<Record<string, unknown>>) => Layer.Layer<Auth.Authentication>
  const wrong: ReadonlyArray<readonly [name: string, given: Readonly<Record<string, unknown>>, said: RegExp]> = [
    ["a scheme that the API does not declare", { Nope: key }, /^invalid configuration: Nope: credential: expected a scheme that the API declares$/],
    ["a name that objects have by themselves", { constructor: key }, /constructor: credential: expected a scheme that the API declares/],
    ["a text in the clear", { ApiKeyAuth: "canary" }, /ApiKeyAuth: credential: expected a Redacted key/],
    ["a token for Basic", { BasicAuth: Redacted.make("canary") }, /BasicAuth: credential: expected a user name and a Redacted password/],
    ["a password in the clear", { BasicAuth: { username: "ada", password: "canary" } }, /BasicAuth: credential: expected a user name/],
    ["a token for a scheme without a recipe", { DigestAuth: Redacted.make("canary") }, /DigestAuth: credential: expected an authentication layer: there is none for digest/],
    ["a key for a certificate", { Mtls: Redacted.make("canary") }, /Mtls: credential: expected `true`/],
    ["a key that no field can hold", { ApiKeyAuth: Redacted.make("canary\r\n") }, /ApiKeyAuth: api key \(x-api-key\): a field value/],
    ["a key that no cookie can hold", { CookieKey: Redacted.make("canary; admin=1") }, /CookieKey: api key \(sid\): a cookie may not hold/],
    ["a key that no query can hold", { QueryKey: Redacted.make("canary\ud800") }, /QueryKey: api key \(key\): text with a lone surrogate/],
    ["a colon in the user name", { BasicAuth: { username: "canary:x", password: Redacted.make("canary") } }, /BasicAuth: basic authentication: expected a user name without a colon/]
  ]
  for (const [name, given, said] of wrong) {
    it.effect(`${name} is ConfigurationInvalid, without the value`, () =>
      Effect.gen(function*() {
        const script = yield* answering(ok)
        const failure = yield* failureOf(getThing({ id: "1" }).pipe(Effect.provide(over(script, { auth: js(given) }))))
        assert.strictEqual(failure._tag, "ConfigurationInvalid")
        assert.match(failure.message, said)
        assert.notInclude(inspect(failure, { depth: 20 }) + JSON.stringify(failure), "canary")
        assert.strictEqual(script.seen.length, 0)
      }))
  }
})

describe("keys in the query and in cookies", () => {
  const urls = (script: Script.Script) => script.seen.map(({ request }) => request.url.href)

  it.effect("stand beside the endpoint's own parameters, and in the place of one of the same name", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const search = Endpoint.get(Billing, "/search", { name: "search", query: { q: Schema.String, key: Schema.optional(Schema.String) }, cookie: { sid: Schema.optional(Schema.String), theme: Schema.optional(Schema.String) }, success: Thing })
      const auth = Auth.apiKey({ in: "query", name: "key", key: Redacted.make("a&b=c/ä") })
      yield* Effect.andThen(search({ q: "x y" }), search({ q: "x", key: "mine" })).pipe(Effect.provide(over(script, { auth })))
      assert.deepStrictEqual(urls(script), ["https://api.test/search?q=x%20y&key=a%26b%3Dc%2F%C3%A4", "https://api.test/search?q=x&key=a%26b%3Dc%2F%C3%A4"])
      const cookies = yield* answering(ok)
      yield* search({ q: "x", sid: "mine", theme: "dark" }).pipe(Effect.provide(over(cookies, { auth: Auth.apiKey({ in: "cookie", name: "sid", key: Redacted.make("a=b==") }) })))
      assert.strictEqual(cookies.seen[0]?.request.headers["cookie"], "theme=dark; sid=a=b==")
    }))

  it.effect("a server cannot put a cookie of its own in the place of the key", () =>
    Effect.gen(function*() {
      const script = yield* answering({ ...ok, headers: { "set-cookie": ["sid=fixated; Path=/", "lb=1; Path=/"] } })
      const call = getThing({ id: "1" })
      yield* Effect.andThen(call, call).pipe(Effect.provide(over(script, { auth: Auth.apiKey({ in: "cookie", name: "sid", key }), more: Cookies.layer() })))
      assert.deepStrictEqual(script.seen.map(({ request }) => request.headers["cookie"]), ["sid=api-key-1", "lb=1; sid=api-key-1"])
    }))

  it.effect("a redirect within the origin gets the key once, although the server repeats the query", () =>
    Effect.gen(function*() {
      const script = yield* answering((request) => request.url.pathname === "/x" ? { status: 302, headers: { location: `/y${request.url.search}&page=2` } } : ok)
      const events: Array<string> = []
      const hooks = Hooks.layer({ hop: (e) => Effect.sync(() => void events.push(e.url)) })
      yield* wanting([{ QueryKey: [] }])().pipe(Effect.provide(over(script, { auth: all(), more: hooks })))
      assert.deepStrictEqual(urls(script), ["https://api.test/x?key=query-key-1", "https://api.test/y?page=2&key=query-key-1"])
      assert.deepStrictEqual(events, ["https://api.test/x?key=<redacted>", "https://api.test/y?page=2&key=<redacted>"])
    }))

  it.effect("a redirect to itself is a loop, key or not", () =>
    Effect.gen(function*() {
      const script = yield* answering((request) => ({ status: 302, headers: { location: request.url.href } }))
      const failure = yield* failureOf(wanting([{ QueryKey: [] }])().pipe(Effect.provide(over(script, { auth: all() }))))
      assert.deepInclude(failure, { _tag: "RedirectRefused", reason: "loop", location: "https://api.test/x" })
    }))

  it.effect("a hook that reveals sees the URL as it goes, e.g. to sign it", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const events: Array<string> = []
      const note = (e: { readonly url: string }) => Effect.sync(() => void events.push(e.url))
      yield* wanting([{ QueryKey: [] }])().pipe(Effect.provide(over(script, { auth: all(), more: Hooks.layer({ reveal: true, hop: note, response: note }) })))
      assert.deepStrictEqual(events, ["https://api.test/x?key=query-key-1", "https://api.test/x?key=query-key-1"])
    }))
})

describe("status and explain", () => {
  const live = (script: Script.Script) => over(script, { auth: declared({ BasicAuth: basic, QueryKey: queryKey, OAuth: Script.authentication(), Mtls: true }) })
  const row = (security: ReadonlyArray<Auth.SecurityRequirement> | undefined) =>
    Effect.map(Billing.explain(wanting(security)), ({ settings }) => settings.filter(({ stage }) => stage === "authentication").map(({ setting, value }) => `${setting}: ${value}`))

  it.effect("tell which schemes are given, and which alternative would be taken, without a secret", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const given = ["method: security schemes (active)", "schemes: BasicAuth (active), QueryKey (active), OAuth (none), Mtls (none)"]
      const tail = ["origin: https://api.test"]
      yield* Effect.gen(function*() {
        const { authentication } = yield* Billing.status
        assert.deepStrictEqual([authentication.method, authentication.state, Object.entries(authentication.schemes ?? {}).map(([name, { method, state }]) => [name, method, state])], [
          "security schemes",
          "active",
          [["BasicAuth", "basic", "active"], ["QueryKey", "api key", "active"], ["OAuth", "scripted login", "none"], ["Mtls", "client certificate", "none"]]
        ])
        assert.deepStrictEqual(yield* row(undefined), [...given, ...tail])
        assert.deepStrictEqual(yield* row([{ JwtAuth: [] }, { BasicAuth: [], QueryKey: [] }]), [...given, "sends: BasicAuth and QueryKey", ...tail])
        assert.deepStrictEqual(yield* row([{ JwtAuth: [] }, {}]), [...given, "sends: no credentials", ...tail])
        assert.deepStrictEqual(yield* row([]), [...given, "sends: no credentials", ...tail])
        assert.deepStrictEqual(yield* row([{ JwtAuth: [] }]), [...given, "sends: unsatisfied: needs JwtAuth; given: BasicAuth, QueryKey, OAuth, Mtls", ...tail])
        const text = JSON.stringify([yield* Billing.status, yield* Billing.explain(wanting([{ QueryKey: [] }]))])
        for (const secret of [basic.password, queryKey]) assert.notInclude(text, Redacted.value(secret))
      }).pipe(Effect.provide(live(script)))
      assert.strictEqual(script.seen.length, 0)
    }))

  it.effect("one credential serves whatever is wanted", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      assert.deepStrictEqual(yield* row([{ JwtAuth: [] }]).pipe(Effect.provide(over(script, { auth: Auth.bearer(jwt) }))), ["method: bearer token (active)", "sends: bearer token", "origin: https://api.test"])
    }))
})

describe("where they go", () => {
  it.effect("over plain http: refused, before anything is sent; allowed on loopback", () =>
    Effect.gen(function*() {
      for (const security of [[{ QueryKey: [] }], [{ CookieKey: [] }], [{ JwtAuth: [], TenantKey: [] }]]) {
        const script = yield* answering(ok)
        const call = wanting(security)()
        assert.deepInclude(yield* failureOf(call.pipe(Effect.provide(over(script, { auth: all(), configuration: { baseUrl: "http://api.test" } })))), { reason: "insecure" })
        assert.strictEqual(script.seen.length, 0)
        yield* call.pipe(Effect.provide(over(script, { auth: all(), configuration: { baseUrl: "http://localhost:1" } })))
        assert.strictEqual(script.seen.length, 1)
      }
    }))

  it.effect("override and narrower sessions choose by their own", () =>
    Effect.gen(function*() {
      const script = yield* answering(ok)
      const call = wanting([{ ApiKeyAuth: [] }, { JwtAuth: [] }])()
      yield* Effect.andThen(call, call.pipe(Effect.provide(Billing.override(declared({ JwtAuth: jwt }))))).pipe(Effect.provide(over(script, { auth: declared({ ApiKeyAuth: key }) })))
      assert.deepStrictEqual(script.seen.map(({ request }) => credentialsOf(request)), [{ apiKey: "api-key-1" }, { authorization: "Bearer jwt-1" }])
    }))
})
