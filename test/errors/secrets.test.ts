/** Whatever a server does with what it was told, no secret comes back in a failure. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { inspect } from "node:util"
import { Auth, Call, CallError, Endpoint, Session } from "credence"
import { Script } from "credence/testing"

const token = "canary-t0ken/with+odd\"chars"
const typed = "canary-typed"

class Api extends Session.Service<Api>()("api", { preset: { retry: "none" } }) {}
const get = Endpoint.get(Api, "/x/{id}", {
  path: { id: Schema.String },
  query: { api_key: Schema.optional(Schema.String), n: Schema.optional(Schema.Int) },
  header: { "x-trace": Schema.optional(Schema.String) },
  success: Schema.Struct({ id: Schema.Int }),
  errors: { 404: Schema.Struct({ title: Schema.String }), "5XX": Schema.Unknown }
})
const post = Endpoint.post(Api, "/login", { body: Schema.Struct({ password: Schema.String.check(Schema.isMaxLength(3)) }), success: Schema.Void })

const echo = { title: `token ${token}`, encoded: encodeURIComponent(token), access_token: typed, nested: { list: [{ password: typed }] } }
const replies: ReadonlyArray<readonly [what: string, tag: string, reply: Script.Reply]> = [
  ["a declared error", "NotFound", { status: 404, body: echo }],
  ["a declared range", "ServerError", { status: 502, body: echo }],
  ["an undeclared status", "UnexpectedStatus", { status: 409, body: echo }],
  ["an undeclared status in words", "UnexpectedStatus", { status: 418, body: `you sent ${token} and password=${typed}` }],
  ["a rejected credential", "AuthenticationFailed", { status: 401, body: { error: "bad", error_description: `token ${token}`, token: typed } }],
  ["an answer that does not fit", "DecodeFailed", { status: 200, body: { ...echo, id: token } }],
  ["a page", "DecodeFailed", { status: 200, headers: { "content-type": "text/html" }, body: `<html>${token} <input name="password" value="x"> password=${typed}` }],
  ["broken JSON", "DecodeFailed", { status: 200, headers: { "content-type": "application/json" }, body: `{"id": ${JSON.stringify(token)}, "password": "${typed}` }],
  ["a redirect to http", "RedirectRefused", { status: 302, headers: { location: `http://script.test/?access_token=${typed}&t=${encodeURIComponent(token)}` } }],
  ["a redirect to a file", "RedirectRefused", { status: 302, headers: { location: `file:///x?password=${typed}` } }],
  ["a redirect with user information", "RedirectRefused", { status: 302, headers: { location: `ftp://user:${typed}@script.test/` } }],
  ["a redirect to nowhere", "RedirectRefused", { status: 302, headers: { location: `http://[?token=${typed}` } }],
  ["a redirect in circles", "RedirectRefused", { status: 302, headers: { location: `/x/1?api_key=${typed}` } }],
  ["a reset", "ConnectionFailed", { fault: "reset" }],
  ["a bad certificate", "TlsFailed", { fault: "untrusted" }]
]

const assertAbsent = (exit: Exit.Exit<unknown, { readonly _tag: string }>, tag: string): void => {
  if (Exit.isSuccess(exit)) throw new Error("did not fail")
  const error = Cause.squash(exit.cause)
  assert.strictEqual((error as { readonly _tag?: unknown })._tag, tag)
  const texts = [
    inspect(error, { depth: null, showHidden: true }),
    inspect(exit, { depth: null }),
    JSON.stringify(error),
    JSON.stringify(exit),
    String(error),
    error instanceof Error ? `${error.message} ${error.stack ?? ""}` : "",
    Cause.pretty(exit.cause)
  ]
  if (Schema.is(CallError)(error)) texts.push(JSON.stringify(Schema.encodeUnknownSync(Schema.toCodecJson(CallError))(error)))
  for (const text of texts) assert.notInclude(text, "canary")
}

describe("no secret in a failure", () => {
  const run = <A, E>(reply: Script.Reply, call: Effect.Effect<A, E, Api | Session.Full<Api>>) =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.on("any", () => true, reply)])
      return yield* Effect.exit(call.pipe(Call.with({ retry: "none" }), script.run(Api, { authentication: Auth.bearer(Redacted.make(token)) })))
    })
  for (const [what, tag, reply] of replies) {
    it.effect(what, () => Effect.map(run(reply, get({ id: "1", api_key: typed })), (exit) => assertAbsent(exit, tag)))
  }
  it.effect("input that does not fit", () =>
    Effect.gen(function*() {
      assertAbsent(yield* run({}, get({ id: "1", n: "canary" as unknown as number })), "InvalidInput")
      assertAbsent(yield* run({}, get({ id: "1", "x-trace": "canary\r\nx: y" })), "InvalidInput")
      assertAbsent(yield* run({}, post({ body: { password: "canary" } })), "InvalidInput")
    }))
})
