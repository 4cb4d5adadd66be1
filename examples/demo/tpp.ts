/**
 * Venafi TPP: scopes that the compiler knows, tokens that renew and revoke themselves, certificates, device codes, mTLS.
 */
import { Configuration } from "credence"
import { issuedCertificate, Scope, Tpp, TppAuth, TppResult } from "credence/tpp"
import { listCertificates, requestCertificate, revokeCertificate } from "credence/tpp/certificates"
import { isValidObject } from "credence/tpp/config"
import { getSelf } from "credence/tpp/identity"
import { getVersion } from "credence/tpp/systemstatus"
import { NodeTransport } from "credence/node"
import type * as Sandbox from "credence-kit/sandbox"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { X509Certificate } from "node:crypto"
import { bold, code, expect, say, step } from "./screen.ts"

/** how often the sandbox saw a request for a path */
const received = (sandbox: Sandbox.RunningSandbox, path: string) =>
  Effect.map(sandbox.control.received, (requests) => requests.filter((request) => request.path === path).length)

const scope = Scope.make({ certificate: ["manage", "revoke"], configuration: ["read"] })

const steps = (sandbox: Sandbox.RunningSandbox) =>
  Effect.gen(function*() {
    const { control, tpp } = sandbox

    yield* step("1. A token for a scope", Effect.gen(function*() {
      yield* code("const scope = Scope.make({ certificate: [\"manage\", \"revoke\"], configuration: [\"read\"] })")
      const { Version } = yield* getVersion()
      const { application, valid_for } = yield* TppAuth.verify()
      yield* say(`TPP ${bold(Version)}, application ${application}, for ${valid_for} s, as ${(yield* getSelf()).Identities[0]?.FullName}`)
      yield* expect(`TPP writes it ${scope.text}`, scope.text === "certificate:manage,revoke;configuration")
      yield* expect("one login for all calls", (yield* received(sandbox, "/vedauth/authorize/oauth")) === 1)
    }))

    yield* step("2. A certificate: requested, waited for, retrieved, revoked", Effect.gen(function*() {
      const { CertificateDN } = yield* requestCertificate({ body: { PolicyDN: "\\VED\\Policy", Subject: "demo.example", SubjectAltNames: [{ Type: 2, Name: "demo.example" }] } })
      yield* code("const issued = yield* issuedCertificate({ CertificateDN, Format: \"Base64\" }, { schedule: Schedule.spaced(\"20 millis\") })")
      const issued = yield* issuedCertificate({ CertificateDN, Format: "Base64" }, { schedule: Schedule.spaced("20 millis") })
      const names = new X509Certificate(Buffer.from(issued.CertificateData, "base64")).subjectAltName
      yield* expect(`issued for ${names}`, names === "DNS:demo.example")
      const { Requested } = yield* TppResult.check(revokeCertificate({ body: { CertificateDN, Reason: 5 } }))
      yield* expect("its revocation was asked for", Requested === true)
    }))

    yield* step("3. A refusal inside status 200 is a failure", Effect.gen(function*() {
      yield* code("TppResult.check(isValidObject({ body: { ObjectDN } })).pipe(Effect.catchTag(\"TppRefused\", …))")
      const said = yield* TppResult.check(isValidObject({ body: { ObjectDN: "\\VED\\nothing" } })).pipe(Effect.as("found"), Effect.catchTag("TppRefused", (e) => Effect.succeed(e.reason)))
      yield* expect(said, said === "ObjectDoesNotExist")
    }))

    yield* step("4. The server forgets the token; nobody notices", Effect.gen(function*() {
      yield* control.expireSessions()
      yield* control.clearReceived
      yield* Effect.all(Array.from({ length: 50 }, () => getVersion()), { concurrency: "unbounded" })
      yield* expect("50 calls at once, one renewal by the refresh token, no password", (yield* received(sandbox, "/vedauth/authorize/token")) === 1 && (yield* received(sandbox, "/vedauth/authorize/oauth")) === 0)
    }))

    yield* step("5. A deadlock in the server's database", Effect.gen(function*() {
      yield* control.clearReceived
      yield* control.fail({ kind: "status", status: 500, path: "/vedsdk/config", body: "Deadlock. Please rerun the transaction." })
      yield* TppResult.check(isValidObject({ body: { ObjectDN: "\\VED\\Policy" } }))
      yield* expect("the POST was sent again, since the server says that it undid it", (yield* received(sandbox, "/vedsdk/config/isvalid")) === 2)
    }))

    yield* step("6. Pages are a Stream", Effect.gen(function*() {
      const names = yield* Stream.runCollect(Stream.map(listCertificates.items({ Limit: 1, ParentDnRecursive: "\\VED\\Policy" }), ({ Name }) => Name ?? ""))
      yield* expect(names.join(", "), names.includes("two.example"))
    }))

    yield* step("7. Other ways in: a device code, a client certificate", Effect.gen(function*() {
      const application = { clientId: tpp.clientId, scope }
      const byCode = TppAuth.deviceCode({ ...application, prompt: ({ userCode, verificationUri }) => say(`open ${verificationUri} and enter ${bold(userCode)}`) })
      const who = Effect.map(getSelf(), ({ Identities: [me] }) => me?.Name)
      yield* expect("approved", (yield* Effect.andThen(Tpp.authenticate(), who).pipe(Effect.provide(Tpp.override(byCode)))) === "demo")
      yield* code("Tpp.override(TppAuth.certificate({ clientId, scope }), Configuration.layer({ tls: { ca, certificate: { certificate, key } } }))")
      const byCertificate = Tpp.override(
        TppAuth.certificate(application),
        Configuration.layer({ tls: { ca: tpp.ca, certificate: { certificate: tpp.clientCert, key: Redacted.make(tpp.clientKey) } } })
      )
      yield* expect("known by the certificate", (yield* Effect.provide(who, byCertificate)) === "demo")
    }))

    yield* step("8. What happens at the end", Effect.gen(function*() {
      yield* control.clearReceived
      yield* TppAuth.revoke
      yield* expect("the token and the grant behind it are revoked; closing a session does the same", (yield* received(sandbox, "/vedauth/revoke/token")) === 1)
    }))
  })

/** Every step, against the sandbox's TPP. */
export const walk = (sandbox: Sandbox.RunningSandbox) => {
  const { tpp } = sandbox
  // a session with the permissions of the scope alone: what needs another one would not compile
  return steps(sandbox).pipe(Effect.provide(Tpp.layerFor(scope).pipe(Layer.provide([
    TppAuth.password({ clientId: tpp.clientId, username: tpp.username, password: Redacted.make(tpp.password), scope }),
    Configuration.layer({ baseUrl: tpp.url, tls: { ca: tpp.ca } }),
    NodeTransport.layer()
  ]))))
}
