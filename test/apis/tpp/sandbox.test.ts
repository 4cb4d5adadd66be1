import { assert, describe, it } from "@effect/vitest"
import { type Auth, Configuration, type Session } from "credence"
import { NodeTransport } from "credence/node"
import { Scope, Tpp, TppAuth, TppResult } from "credence/tpp"
import { verifyToken } from "credence/tpp/authorize"
import { deleteCertificate, getCertificate, listCertificates, renewCertificate, requestCertificate, retrieveCertificate, revokeCertificate, updateCertificate } from "credence/tpp/certificates"
import { addAttributeValue, clearAttribute, createObject, deleteObject, dnToGuid, enumerateObjects, findObjectsOfClass, guidToDn, isValidObject, readAttribute, readAttributes, readEffectivePolicy, renameObject, writeAttributes } from "credence/tpp/config"
import { browseIdentities, getMemberships, getSelf, validateIdentity } from "credence/tpp/identity"
import { getStatus, getVersion } from "credence/tpp/systemstatus"
import * as Sandbox from "credence-kit/sandbox"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { X509Certificate } from "node:crypto"
import { live, password, received, scope } from "./support.ts"

const policy = "\\VED\\Policy"

type Allowed = `${"certificate" | "configuration"}:${"read" | "manage" | "delete" | "revoke"}`

/** in a session of a fresh sandbox, by password */
const inSandbox = <A, E>(name: string, test: (sandbox: Sandbox.RunningSandbox) => Effect.Effect<A, E, Tpp | Session.Can<Tpp, Allowed>>, auth = password()) =>
  it.live(name, () => Effect.scoped(Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    yield* Effect.provide(test(sandbox), live(sandbox, auth))
  })))

describe("TPP over HTTPS: signing in", () => {
  inSandbox("by password: one token for many calls, its details, and a revocation at the end", (sandbox) =>
    Effect.gen(function*() {
      const me = yield* getSelf()
      assert.strictEqual(me.Identities[0]?.Name, "demo")
      const details = yield* TppAuth.verify()
      assert.strictEqual(details.application, "pytpp")
      assert.strictEqual(details.scope, scope.text)
      const { authentication } = yield* Tpp.status
      assert.strictEqual(authentication.identity, me.Identities[0]?.PrefixedUniversal === undefined ? "?" : `local:${me.Identities[0].Universal}`)
      assert.deepStrictEqual([...authentication.scopes ?? []].sort(), [...scope.permissions].sort())
      yield* TppAuth.revoke
      assert.strictEqual(yield* received(sandbox, "/vedauth/revoke"), 1)
      yield* getVersion()
      assert.strictEqual(yield* received(sandbox, "/vedauth/authorize/oauth"), 2)
    }))

  it.live("closing the session revokes its token, unless it shall be kept", () =>
    Effect.scoped(Effect.gen(function*() {
      const sandbox = yield* Sandbox.make()
      yield* Effect.provide(getVersion(), live(sandbox, password()))
      assert.strictEqual(yield* received(sandbox, "/vedauth/revoke"), 1)
      yield* Effect.provide(getVersion(), live(sandbox, password({ onClose: "keep" })))
      assert.strictEqual(yield* received(sandbox, "/vedauth/revoke"), 1)
    })))

  it.live("wrong user, application and scope fail as logins, with what the server said", () =>
    Effect.scoped(Effect.gen(function*() {
      const sandbox = yield* Sandbox.make()
      const refusal = (options: Partial<TppAuth.PasswordOptions>) => Effect.flip(Effect.provide(getVersion(), live(sandbox, password(options))))
      for (const [options, said] of [
        [{ password: Redacted.make("wrong-password") }, "invalid_grant"],
        [{ clientId: "other" }, "invalid_client"],
        [{ clientId: "reader" }, "invalid_scope"],
        [{ scope: "constructor:name" }, "invalid_scope"]
      ] as const) {
        const error = yield* refusal(options)
        assert.strictEqual(error._tag === "AuthenticationFailed" ? error.reason : error._tag, "login")
        assert.include(error.message, said)
        assert.notInclude(error.message, "wrong-password")
      }
    })))

  inSandbox("a token that the server forgot is renewed by its refresh token, once for all calls", (sandbox) =>
    Effect.gen(function*() {
      yield* getVersion()
      yield* sandbox.control.expireSessions()
      yield* sandbox.control.clearReceived
      yield* Effect.all(Array.from({ length: 50 }, () => getVersion()), { concurrency: "unbounded" })
      assert.strictEqual(yield* received(sandbox, "/vedauth/authorize/token"), 1)
      assert.strictEqual(yield* received(sandbox, "/vedauth/authorize/oauth"), 0)
    }))

  it.live("by client certificate, and without one the failure says what is missing", () =>
    Effect.scoped(Effect.gen(function*() {
      const sandbox = yield* Sandbox.make()
      const auth = TppAuth.certificate({ clientId: "pytpp", scope })
      const me = yield* Effect.provide(getSelf(), live(sandbox, auth, { certificate: true }))
      assert.strictEqual(me.Identities[0]?.Name, "demo")
      const error = yield* Effect.flip(Effect.provide(getSelf(), live(sandbox, auth)))
      assert.include(error.message, "tls.certificate")
    })))

  it.live("by device code, which is shown once and approved after one question", () =>
    Effect.scoped(Effect.gen(function*() {
      const sandbox = yield* Sandbox.make()
      const shown: Array<Auth.DeviceCode> = []
      const auth = TppAuth.deviceCode({ clientId: "pytpp", scope, prompt: (code) => Effect.sync(() => void shown.push(code)) })
      yield* Effect.gen(function*() {
        yield* Tpp.authenticate()
        assert.strictEqual((yield* getSelf()).Identities[0]?.Name, "demo")
      }).pipe(Effect.provide(live(sandbox, auth)))
      assert.strictEqual(shown.length, 1)
      assert.match(shown[0]?.userCode ?? "", /^[0-9A-F]{4}-[0-9A-F]{4}$/)
      assert.strictEqual(shown[0]?.verificationUri, `${sandbox.tpp.url}/aperture/device`)
    })))

  it.live("by a given token, by a given refresh token, and by an API key", () =>
    Effect.scoped(Effect.gen(function*() {
      const sandbox = yield* Sandbox.make()
      const token = yield* Effect.provide(Tpp.token, live(sandbox, password({ onClose: "keep" })))
      const who = Effect.map(getSelf(), ({ Identities: [me] }) => me?.Name)
      assert.strictEqual(yield* Effect.provide(who, live(sandbox, TppAuth.token(token))), "demo")
      // it was not revoked when that session closed
      assert.strictEqual(yield* Effect.provide(who, live(sandbox, TppAuth.token(token))), "demo")
      assert.strictEqual(yield* Effect.provide(who, live(sandbox, TppAuth.apiKey({ key: Redacted.make(sandbox.tpp.apiKey) }))), "demo")
      const byKey = live(sandbox, TppAuth.apiKey({ username: "viewer", password: Redacted.make("demo-password") }))
      yield* Effect.gen(function*() {
        assert.strictEqual(yield* who, "viewer")
        yield* sandbox.control.expireSessions()
        assert.strictEqual(yield* who, "viewer")
      }).pipe(Effect.provide(byKey))
      const wrong = yield* Effect.flip(Effect.provide(who, live(sandbox, TppAuth.apiKey({ username: "demo", password: Redacted.make("nope-nope") }))))
      assert.strictEqual(wrong._tag === "AuthenticationFailed" ? wrong.reason : wrong._tag, "login")
    })))

  it.live("the server's certificate is verified unless somebody says otherwise", () =>
    Effect.scoped(Effect.gen(function*() {
      const { tpp } = yield* Sandbox.make()
      const Live = Tpp.layer().pipe(Layer.provide([password(), Configuration.layer({ baseUrl: tpp.url }), NodeTransport.layer()]))
      const error = yield* Effect.flip(Effect.provide(getVersion(), Live))
      assert.strictEqual(error._tag, "TlsFailed")
    })))

  it.live("what the scope does not allow is Forbidden, and says why", () =>
    Effect.scoped(Effect.gen(function*() {
      const sandbox = yield* Sandbox.make()
      const reading = live(sandbox, password({ scope: Scope.make({ certificate: ["read"] }) }))
      const error = yield* Effect.flip(Effect.provide(requestCertificate({ body: { PolicyDN: policy, Subject: "x.example" } }), reading))
      assert.strictEqual(error._tag, "Forbidden")
      assert.include(error.message, "insufficient_scope")
    })))

  it.live("more scopes can be asked for later", () =>
    Effect.scoped(Effect.gen(function*() {
      const sandbox = yield* Sandbox.make()
      yield* Effect.gen(function*() {
        yield* listCertificates()
        yield* Tpp.authenticate({ scopes: ["certificate:manage"] })
        yield* requestCertificate({ body: { PolicyDN: policy, Subject: "x.example" } })
        assert.strictEqual((yield* verifyToken()).scope, "certificate:manage")
      }).pipe(Effect.provide(live(sandbox, password({ scope: Scope.make({ certificate: ["read"] }) }))))
    })))
})

describe("TPP over HTTPS: certificates", () => {
  inSandbox("request, wait, retrieve in several formats, renew, revoke, delete", () =>
    Effect.gen(function*() {
      const made = yield* requestCertificate({ body: { PolicyDN: policy, Subject: "new.example", SubjectAltNames: [{ Type: 2, Name: "new.example" }] } })
      assert.strictEqual(made.CertificateDN, `${policy}\\new.example`)
      const retrieve = (Format: "Base64" | "DER" | "PKCS #7" | "Base64 (PKCS #8)", more: { readonly IncludeChain?: boolean; readonly IncludePrivateKey?: boolean; readonly Password?: string } = {}) =>
        retrieveCertificate({ body: { CertificateDN: made.CertificateDN, Format, ...more } })
      const pending = yield* retrieve("Base64")
      assert.deepInclude(pending, { Stage: 500 })
      const text = (answer: Effect.Success<ReturnType<typeof retrieve>>) => "CertificateData" in answer ? Buffer.from(answer.CertificateData, "base64") : Buffer.of()
      const pem = text(yield* retrieve("Base64", { IncludeChain: true })).toString()
      assert.strictEqual(pem.match(/BEGIN CERTIFICATE/g)?.length, 2)
      assert.strictEqual(new X509Certificate(pem).subjectAltName, "DNS:new.example")
      assert.strictEqual(new X509Certificate(text(yield* retrieve("DER"))).fingerprint, new X509Certificate(pem).fingerprint)
      assert.include(text(yield* retrieve("Base64 (PKCS #8)", { IncludePrivateKey: true, Password: "secret-enough" })).toString(), "BEGIN ENCRYPTED PRIVATE KEY")
      assert.isAbove(text(yield* retrieve("PKCS #7")).length, 300)
      const refused = yield* Effect.flip(retrieve("DER", { IncludePrivateKey: true, Password: "secret-enough" }))
      assert.strictEqual(refused._tag, "BadRequest")

      const before = yield* getCertificate({ guid: made.Guid ?? "" })
      yield* TppResult.check(renewCertificate({ body: { CertificateDN: made.CertificateDN } }))
      const after = yield* getCertificate({ guid: made.Guid ?? "" })
      assert.notStrictEqual(after.CertificateDetails?.Serial, before.CertificateDetails?.Serial)
      yield* TppResult.check(revokeCertificate({ body: { CertificateDN: made.CertificateDN, Reason: 4, Disable: true } }))
      assert.strictEqual((yield* getCertificate({ guid: made.Guid ?? "" })).Disabled, true)
      yield* TppResult.check(updateCertificate({ guid: made.Guid ?? "", body: { AttributeData: [{ Name: "Description", Value: ["mine"] }] } }))
      yield* TppResult.check(deleteCertificate({ guid: made.Guid ?? "" }))
      assert.strictEqual((yield* Effect.flip(getCertificate({ guid: made.Guid ?? "" })))._tag, "NotFound")
    }))

  inSandbox("a refusal inside status 200 is a failure where it is checked", () =>
    Effect.gen(function*() {
      const answer = yield* renewCertificate({ body: { CertificateDN: `${policy}\\nothing` } })
      assert.strictEqual(answer.Success, false)
      const error = yield* Effect.flip(TppResult.check(renewCertificate({ body: { CertificateDN: `${policy}\\nothing` } })))
      assert.strictEqual(error._tag, "TppRefused")
      assert.include(error.message, "does not exist")
    }))

  inSandbox("lists by filters, and by pages as a Stream", (sandbox) =>
    Effect.gen(function*() {
      const all = yield* listCertificates()
      assert.deepStrictEqual(all.Certificates.map(({ Name }) => Name), ["one.example", "two.example"])
      assert.deepStrictEqual((yield* listCertificates({ CN: "two.example" })).TotalCount, 1)
      assert.deepStrictEqual((yield* listCertificates({ sanDns: "www.one.example", ParentDn: policy })).Certificates.length, 1)
      assert.deepStrictEqual((yield* listCertificates({ ValidToLess: "2001-01-01T00:00:00Z" })).Certificates.length, 0)
      yield* sandbox.control.clearReceived
      const names = yield* Stream.runCollect(Stream.map(listCertificates.items({ Limit: 1 }), ({ Name }) => Name))
      assert.deepStrictEqual(Array.from(names), ["one.example", "two.example"])
      assert.strictEqual(yield* received(sandbox, "/vedsdk/certificates"), 2)
    }))
})

describe("TPP over HTTPS: configuration, identities, status", () => {
  inSandbox("finds, reads, writes, creates, renames and removes objects", () =>
    Effect.gen(function*() {
      const valid = yield* TppResult.check(isValidObject({ body: { ObjectDN: policy } }))
      assert.strictEqual(valid.Object?.TypeName, "Policy")
      const ids = yield* dnToGuid({ body: { ObjectDN: policy } })
      assert.strictEqual((yield* guidToDn({ body: { ObjectGUID: ids.GUID ?? "" } })).ObjectDN, policy)
      assert.include((yield* enumerateObjects({ body: { ObjectDN: policy, Pattern: "*.example" } })).Objects?.map(({ Name }) => Name) ?? [], "two.example")
      assert.strictEqual((yield* findObjectsOfClass({ body: { Class: "X509 Server Certificate" } })).Objects?.length, 2)

      const ObjectDN = `${policy}\\Mine`
      yield* TppResult.check(createObject({ body: { ObjectDN, Class: "Policy", NameAttributeList: [{ Name: "Description", Value: "first" }] } }))
      assert.strictEqual((yield* Effect.flip(TppResult.check(createObject({ body: { ObjectDN, Class: "Policy" } })))).message.includes("ObjectAlreadyExists"), true)
      assert.deepStrictEqual((yield* readAttribute({ body: { ObjectDN, AttributeName: "Description" } })).Values, ["first"])
      yield* TppResult.check(writeAttributes({ body: { ObjectDN, AttributeData: [{ Name: "Description", Value: ["second"] }] } }))
      yield* TppResult.check(addAttributeValue({ body: { ObjectDN, AttributeName: "Description", Value: "third" } }))
      assert.deepStrictEqual((yield* readAttributes({ body: { ObjectDN } })).NameValues, [{ Name: "Description", Values: ["second", "third"] }])
      assert.strictEqual((yield* readEffectivePolicy({ body: { ObjectDN, AttributeName: "Contact" } })).PolicyDN, policy)
      yield* TppResult.check(clearAttribute({ body: { ObjectDN, AttributeName: "Description" } }))
      yield* TppResult.check(renameObject({ body: { ObjectDN, NewObjectDN: `${policy}\\Yours` } }))
      yield* TppResult.check(deleteObject({ body: { ObjectDN: `${policy}\\Yours` } }))
      const gone = yield* Effect.flip(TppResult.check(isValidObject({ body: { ObjectDN } })))
      assert.strictEqual(gone._tag === "TppRefused" ? gone.reason : gone._tag, "ObjectDoesNotExist")
    }))

  inSandbox("identities and engines", () =>
    Effect.gen(function*() {
      const found = yield* browseIdentities({ body: { Filter: "view*", Limit: 5, IdentityType: 1 } })
      const [viewer] = found.Identities
      const named = yield* validateIdentity({ body: { ID: { PrefixedUniversal: viewer?.PrefixedUniversal } } })
      assert.strictEqual(named.ID?.Name, "viewer")
      assert.deepStrictEqual((yield* getMemberships({ body: { ID: { PrefixedName: "local:viewer" } } })).Identities, [])
      assert.match((yield* getVersion()).Version, /^22\./)
      assert.strictEqual((yield* getStatus()).length, 1)
    }))

  inSandbox("a transaction that lost to another one is done again, POST or not; what stays so is reported", (sandbox) =>
    Effect.gen(function*() {
      const rerun = { kind: "status", status: 500, path: "/vedsdk/config/isvalid", body: "Deadlock. Please rerun the transaction." } as const
      yield* sandbox.control.fail({ ...rerun, times: 2 })
      yield* isValidObject({ body: { ObjectDN: policy } })
      assert.strictEqual(yield* received(sandbox, "/vedsdk/config/isvalid"), 3)
      yield* sandbox.control.clearReceived
      yield* sandbox.control.fail({ ...rerun, body: "Something else" })
      const other = yield* Effect.flip(isValidObject({ body: { ObjectDN: policy } }))
      assert.strictEqual(other._tag, "UnexpectedStatus")
      assert.strictEqual(yield* received(sandbox, "/vedsdk/config/isvalid"), 1)
    }))
})
