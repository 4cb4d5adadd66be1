import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as ChildProcess from "node:child_process"
import * as Crypto from "node:crypto"
import * as Fs from "node:fs"
import type * as Http from "node:http"
import * as Os from "node:os"
import * as Path from "node:path"
import * as Tls from "node:tls"
import { inspect, promisify } from "node:util"
import type { TlsReason } from "../../src/errors/CallError.ts"
import * as NodeTransport from "../../src/node/NodeTransport.ts"
import type { ClientCertificate, TlsOptions, TransportError, TransportRequest } from "../../src/services/Transport.ts"
import { type Certificate, encryptedKey, makeAuthority, makeSelfSigned, pinOf } from "../support/certificates.ts"
import { carol, legacyKey, legacyPkcs12, passphrase, pkcs12, pkcs12Authority } from "../support/pkcs12.ts"
import { request, until } from "../support/requests.ts"
import { httpServer, httpsServer, proxyServer, rawServer } from "../support/servers.ts"

/** What the server saw of the client. */
interface Seen {
  /** common name of the client's certificate */
  readonly user: string | null
  readonly port: number
  readonly resumed: boolean
  readonly protocol: string
  readonly name: string | false
}

const tell: Http.RequestListener = (req, res) => {
  const socket = req.socket as Tls.TLSSocket
  const user = (socket.getPeerCertificate() as Partial<Tls.PeerCertificate>).subject?.CN ?? null
  res.end(JSON.stringify({
    user,
    port: socket.remotePort,
    resumed: socket.isSessionReused(),
    protocol: socket.getProtocol(),
    name: (socket as unknown as { readonly servername: string | false }).servername
  }))
}

const make = (options: NodeTransport.Options = {}) => NodeTransport.make({ environment: {}, ...options })

/** One request through a transport of its own, or one that is given. */
const get = (url: string, tls?: TlsOptions, transport = make()) =>
  Effect.gen(function*() {
    const response = yield* (yield* transport).send(request(url, { tls }))
    return JSON.parse(Buffer.from(response.body).toString("utf8")) as Seen
  })

const refused = (reason: TlsReason, effect: Effect.Effect<unknown, TransportError, Scope.Scope>) =>
  Effect.map(Effect.flip(effect), (error) => {
    if (error._tag !== "TlsFailed") assert.fail(`${error._tag}: ${error.message}`)
    assert.strictEqual(error.reason, reason, error.message)
    return error
  })

/** A folder that is gone when the scope closes. */
const folder = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "credence-tls-"))),
  (path) => Effect.sync(() => Fs.rmSync(path, { recursive: true }))
)

const write = (path: string, content: string | Uint8Array): string => {
  Fs.writeFileSync(path, content)
  return path
}

const execFile = promisify(ChildProcess.execFile)

const derOf = (pem: string) => new Crypto.X509Certificate(pem).raw

const authority = makeAuthority("Test root")
const ca = authority.cert
const good = authority.issue({ commonName: "good.test" })
const localhost = (port: number) => `https://localhost:${port}/`

describe("authorities", () => {
  it.live("from text, a file (PEM or DER), a folder, and several of them", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(good, tell)
      const path = yield* folder
      const file = write(Path.join(path, "root.pem"), `Subject: whatever\n${ca}`)
      const der = write(Path.join(path, "root.crt"), derOf(ca))
      const sources = Path.join(path, "authorities")
      Fs.mkdirSync(sources)
      write(Path.join(sources, "README"), "nothing to see")
      write(Path.join(sources, "other.pem"), makeAuthority("Other").cert + makeAuthority("Third").cert)
      write(Path.join(sources, "root.pem"), ca)
      Fs.symlinkSync("root.pem", Path.join(sources, "9d66eef0.0"))
      Fs.symlinkSync("gone.pem", Path.join(sources, "9d66eef0.1"))
      const given: ReadonlyArray<TlsOptions> = [
        { ca },
        { ca: [makeAuthority("Other").cert, ca] },
        { ca: { file } },
        { ca: { file: der } },
        { ca: { folder: sources } },
        { ca: [{ store: "system" }, { store: "node" }, { file }] },
        { ca: { file }, caMode: "replace" }
      ]
      for (const tls of given) assert.strictEqual((yield* get(server.url, tls)).user, null)
      for (const tls of [undefined, {}, { ca: [] }, { ca: { store: "node" } }, { ca: { store: "system" }, caMode: "replace" }] satisfies ReadonlyArray<TlsOptions | undefined>) {
        yield* refused("untrusted", get(server.url, tls))
      }
    }))

  it.live("beside the platform's, or alone", () =>
    Effect.gen(function*() {
      const platform = makeAuthority("Platform")
      const before = Tls.getCACertificates("default")
      yield* Effect.acquireRelease(
        Effect.sync(() => Tls.setDefaultCACertificates([...before, platform.cert])),
        () => Effect.sync(() => Tls.setDefaultCACertificates(before))
      )
      const server = yield* httpsServer(platform.issue({}), tell)
      yield* get(server.url)
      yield* get(server.url, { ca })
      yield* refused("untrusted", get(server.url, { ca, caMode: "replace" }))
      // a request's members beat the layer's one by one
      const layer = make({ tls: { ca, caMode: "replace" } })
      yield* refused("untrusted", get(server.url, undefined, layer))
      yield* refused("untrusted", get(server.url, { minVersion: "TLSv1.3" }, layer))
      yield* get(server.url, { caMode: "add" }, layer)
      yield* get(server.url, { ca: platform.cert }, layer)
    }))

  it.live("what is named is trusted: an intermediate authority, or the server's own certificate", () =>
    Effect.gen(function*() {
      const below = authority.authority("Issuing")
      const leaf = below.issue({})
      const server = yield* httpsServer(leaf, tell)
      yield* get(server.url, { ca: below.cert })
      yield* get(server.url, { ca: leaf.cert })
      const self = makeSelfSigned()
      const own = yield* httpsServer(self, tell)
      yield* get(own.url, { ca: self.cert, caMode: "replace" })
      const chained = yield* httpsServer({ cert: leaf.cert + below.cert, key: leaf.key }, tell)
      yield* get(chained.url, { ca })
    }))

  it.live("what cannot be used says what is wrong, and nobody is spoken to", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(good, tell)
      const path = yield* folder
      const at = (name: string) => Path.join(path, name)
      const empty = at("empty")
      Fs.mkdirSync(empty)
      write(at("empty/README"), "nothing")
      const cases: ReadonlyArray<readonly [tls: TlsOptions, detail: RegExp]> = [
        [{ ca: { file: at("absent.pem") } }, /`ca` .*absent\.pem is missing/],
        [{ ca: { file: empty } }, /is not a file/],
        [{ ca: { folder: at("absent") } }, /the folder .*absent is missing/],
        [{ ca: { folder: empty } }, /holds no PEM certificate/],
        [{ ca: { file: write(at("key.pem"), good.key) } }, /key\.pem holds no PEM certificate/],
        [{ ca: { file: write(at("half.pem"), ca.slice(0, 200)) } }, /half\.pem holds a certificate that is damaged or half-written/],
        [{ ca: { file: write(at("bad.pem"), ca.replace(/\n.{20}/, "\nAAAAAAAAAAAAAAAAAAAA")) } }, /bad\.pem holds a certificate that is damaged/],
        [{ ca: "/etc/ssl/company.pem" }, /a text that is not PEM/],
        [{ caMode: "replace" }, /nothing would be trusted/],
        [{ ca, crl: ca }, /no PEM revocation list/],
        [{ ca, crl: { file: at("key.pem") } }, /key\.pem cannot be used/],
        [{ ca, crl: authority.revoke([], { kind: "indirect" }) }, /of several authorities/],
        [{ ca, crl: authority.revoke([], { kind: "delta" }) }, /changes to another list only/],
        [{ ca, pins: [] }, /`pins` is empty/],
        [{ ca, pins: [pinOf(ca), "sha256/short="] }, /`pins\[1\]` is not a SHA-256/],
        [{ ca, minVersion: "TLSv1.3", maxVersion: "TLSv1.2" }, /above/],
        [{ ca, serverName: "https://x/" }, /`serverName` is no host name/]
      ]
      for (const [tls, detail] of cases) {
        const error = yield* refused("configuration", get(server.url, tls))
        assert.match(error.detail ?? "", detail)
        assert.match(error.message, /\)\. \S/)
        assert.notInclude(error.message, "MII")
      }
      assert.strictEqual(server.accepted(), 0)
    }))
})

describe("refusals", () => {
  const root = (options: Parameters<typeof authority.issue>[0]) => authority.issue({ commonName: "leaf.test", ...options })
  const below = authority.authority("Issuing")
  const behind = below.issue({ commonName: "leaf.test" })
  const self = makeSelfSigned()
  const cases: ReadonlyArray<readonly [what: string, server: Tls.TlsOptions, tls: TlsOptions, reason: TlsReason, detail: RegExp, fix: RegExp, chain: number]> = [
    ["an unknown authority", good, {}, "untrusted", /CN=good\.test is signed by CN=Test root, which is not trusted here/, /^Add this CA with `tls: \{ ca: … \}`: CN=Test root$/, 1],
    [
      "an unknown authority that is sent along",
      { cert: good.cert + ca, key: good.key },
      {},
      "untrusted",
      /CN=good\.test leads to CN=Test root, which is not trusted here/,
      /^Add this CA .*: CN=Test root$/,
      2
    ],
    [
      "an intermediate certificate is not sent",
      behind,
      { ca },
      "untrusted",
      /CN=leaf\.test is signed by CN=Issuing, .*intermediate certificate that the server should send/,
      /^Add this CA .*: CN=Issuing$/,
      1
    ],
    ["self-signed", self, { ca }, "untrusted", /CN=self is signed by itself and not trusted here/, /^Add this CA .*: CN=self, the certificate itself$/, 1],
    [
      "expired",
      root({ notBefore: new Date("2019-01-01"), notAfter: new Date("2020-02-03T04:05:06Z") }),
      { ca },
      "expired",
      /CN=leaf\.test expired on Feb {2}3 04:05:06 2020 GMT/,
      /renew it, or this machine's clock is wrong/,
      2
    ],
    [
      "not yet valid",
      root({ notBefore: new Date("2098-01-01T00:00:00Z"), notAfter: new Date("2099-01-01") }),
      { ca },
      "notYetValid",
      /CN=leaf\.test is not valid before Jan {2}1 00:00:00 2098 GMT/,
      /clock is wrong/,
      2
    ],
    ["another host", root({ hosts: ["other.example", "10.0.0.1"] }), { ca }, "wrongHost", /CN=leaf\.test is for other\.example, 10\.0\.0\.1, not for 127\.0\.0\.1/, /serverName/, 2],
    ["the common name does not count", root({ hosts: [], commonName: "127.0.0.1" }), { ca }, "wrongHost", /no host at all/, /serverName/, 2]
  ]
  for (const [what, options, tls, reason, detail, fix, chain] of cases) {
    it.live(`${reason}: ${what}`, () =>
      Effect.gen(function*() {
        let bytes = 0
        const server = yield* httpsServer(options, () => bytes++)
        const error = yield* refused(reason, get(server.url, tls))
        assert.match(error.detail ?? "", detail)
        assert.match(error.message.replace(/^.*?\)\. /s, ""), fix)
        assert.include(error.detail ?? "", `127.0.0.1:${server.port}`)
        assert.strictEqual(error.peer, "origin")
        assert.strictEqual(error.chain?.length, chain)
        const leaf = new Crypto.X509Certificate(String(options.cert))
        assert.strictEqual(error.fingerprint, leaf.fingerprint256)
        assert.deepStrictEqual(error.chain?.[0], {
          subject: leaf.subject,
          issuer: leaf.issuer,
          notBefore: leaf.validFromDate.toISOString(),
          notAfter: leaf.validToDate.toISOString()
        })
        yield* until("closed", () => server.open.size === 0)
        assert.strictEqual(bytes, 0)
      }))
  }

  it.live("nothing of HTTP is written before the certificate was judged", () =>
    Effect.gen(function*() {
      let bytes = 0
      const server = yield* rawServer((socket) => {
        const secure = new Tls.TLSSocket(socket, { isServer: true, ...good })
        secure.on("data", (chunk: Buffer) => bytes += chunk.length)
        secure.on("error", () => {})
      })
      yield* refused("untrusted", get(`https://127.0.0.1:${server.port}/`))
      yield* until("closed", () => server.open.size === 0)
      assert.strictEqual(bytes, 0)
    }))

  it.live("names that look like something else stay on one line", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(makeAuthority("evil\u001b[2J\nERROR all is well\u202e").issue({}), tell)
      const error = yield* refused("untrusted", get(server.url))
      assert.notMatch(error.message + (error.chain?.[0]?.issuer ?? ""), /\p{Cc}|\p{Cf}/u)
    }))

  it.live("protocol: a version that the other side does not speak, and a port without TLS", () =>
    Effect.gen(function*() {
      const older = yield* httpsServer({ ...good, maxVersion: "TLSv1.2" }, tell)
      assert.strictEqual((yield* get(older.url, { ca })).protocol, "TLSv1.2")
      const high = yield* refused("protocol", get(older.url, { ca, minVersion: "TLSv1.3" }))
      assert.match(high.detail ?? "", /no version of TLS that is allowed here \(TLSv1\.3\)/)
      const newer = yield* httpsServer({ ...good, minVersion: "TLSv1.3" }, tell)
      assert.match((yield* refused("protocol", get(newer.url, { ca, maxVersion: "TLSv1.2" }))).message, /minVersion/)
      assert.strictEqual((yield* get(newer.url, { ca, minVersion: "TLSv1.3" })).protocol, "TLSv1.3")
      const ancient = yield* httpsServer({ ...good, minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }, tell)
      assert.match((yield* refused("protocol", get(ancient.url, { ca }))).detail ?? "", /TLSv1\.2 and above/)
      const plain = yield* httpServer((_req, res) => res.end())
      const error = yield* refused("protocol", get(`https://127.0.0.1:${plain.port}/`, { ca }))
      assert.match(error.message, /does not speak TLS .* Check the port/)
    }))

  it.live("a proxy's certificate is told from the server's", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(good, tell)
      const proxy = yield* proxyServer({ tls: good })
      const through = (own: TlsOptions | undefined, tls: TlsOptions) => get(server.url, tls, make({ proxy: { url: proxy.url, tls: own } }))
      const error = yield* refused("untrusted", through(undefined, { ca }))
      assert.strictEqual(error.peer, "proxy")
      assert.match(error.message, new RegExp(`proxy 127\\.0\\.0\\.1:${proxy.port}: .*Add this CA with \`proxy: \\{ tls`))
      assert.strictEqual((yield* refused("untrusted", through({ ca }, {}))).peer, "origin")
      assert.strictEqual((yield* through({ ca }, { ca })).user, null)
    }))
})

describe("names", () => {
  it.live("security 27: a certificate for an address is none for a name, and the reverse", () =>
    Effect.gen(function*() {
      const address = yield* httpsServer(authority.issue({ hosts: ["127.0.0.1"], commonName: "localhost" }), tell)
      const named = yield* httpsServer(authority.issue({ hosts: ["localhost"], commonName: "127.0.0.1" }), tell)
      assert.strictEqual((yield* get(address.url, { ca })).name, false)
      assert.strictEqual((yield* get(localhost(named.port), { ca })).name, "localhost")
      yield* refused("wrongHost", get(localhost(address.port), { ca }))
      yield* refused("wrongHost", get(named.url, { ca }))
    }))

  it.live("`serverName` is asked for and looked for instead of the host", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(authority.issue({ hosts: ["internal.example"] }), tell)
      assert.strictEqual((yield* get(server.url, { ca, serverName: "internal.example" })).name, "internal.example")
      const error = yield* refused("wrongHost", get(server.url, { ca, serverName: "elsewhere.example" }))
      assert.include(error.detail ?? "", "is for internal.example, not for elsewhere.example")
      const address = yield* httpsServer(authority.issue({ hosts: ["10.1.2.3"] }), tell)
      assert.strictEqual((yield* get(localhost(address.port), { ca, serverName: "10.1.2.3" })).name, false)
      // and connections of the one are not the other's
      const both = yield* httpsServer(authority.issue({ hosts: ["a.example", "b.example"] }), tell)
      const transport = make({ tls: { ca } })
      yield* Effect.gen(function*() {
        const one = Effect.succeed(yield* transport)
        const ports = new Set<number>()
        for (const serverName of ["a.example", "b.example", "a.example"]) ports.add((yield* get(both.url, { serverName }, one)).port)
        assert.strictEqual(ports.size, 2)
      })
    }))

  it.live("a host with a dot at its end is the same host; a star stands for one label", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(authority.issue({ hosts: ["localhost"] }), tell)
      const transport = make({
        // not every resolver knows it
        lookup: (_name, options, callback) => options.all === true ? callback(null, [{ address: "127.0.0.1", family: 4 }]) : callback(null, "127.0.0.1", 4)
      })
      assert.strictEqual((yield* get(`https://localhost.:${server.port}/`, { ca }, transport)).name, "localhost")
      const wild = yield* httpsServer(authority.issue({ hosts: ["*.example.com"] }), tell)
      yield* get(wild.url, { ca, serverName: "a.example.com" })
      for (const serverName of ["example.com", "a.b.example.com", "a.example.com.evil.example"]) yield* refused("wrongHost", get(wild.url, { ca, serverName }))
    }))
})

describe("revocation", () => {
  const below = authority.authority("Issuing")
  const leaf = below.issue({ commonName: "leaf.test" })
  const chained = { cert: leaf.cert + below.cert, key: leaf.key }

  it.live("a certificate on a list is refused, at any place in the chain", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(chained, tell)
      const path = yield* folder
      const other = below.issue({})
      for (const crl of [below.revoke([]), below.revoke([other.cert]), authority.revoke([leaf.cert]), makeAuthority("Elsewhere").revoke([leaf.cert])]) {
        yield* get(server.url, { ca, crl })
      }
      const list = below.revoke([other.cert, leaf.cert])
      const file = write(Path.join(path, "list.pem"), list)
      const der = write(Path.join(path, "list.crl"), Buffer.from(list.replace(/-----[^-]*-----/g, ""), "base64"))
      for (const crl of [list, [authority.revoke([]), list], { file }, { file: der }, { folder: path }] satisfies ReadonlyArray<TlsOptions["crl"]>) {
        const error = yield* refused("revoked", get(server.url, { ca, crl }))
        assert.match(error.detail ?? "", /CN=leaf\.test was revoked by CN=Issuing/)
        assert.strictEqual(error.chain?.length, 3)
      }
      const upper = yield* refused("revoked", get(server.url, { ca, crl: authority.revoke([below.cert]) }))
      assert.match(upper.detail ?? "", /CN=Issuing was revoked by CN=Test root/)
    }))

  it.live("a list that is too old or that the authority did not sign tells nothing, so nobody passes", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(chained, tell)
      const old = yield* refused("revoked", get(server.url, { ca, crl: below.revoke([], { nextUpdate: new Date(Date.now() - 1000) }) }))
      assert.match(old.message, /was to be replaced by .* Get the present list/)
      const forged = yield* refused("revoked", get(server.url, { ca, crl: makeAuthority("Issuing").revoke([]) }))
      assert.match(forged.detail ?? "", /was not signed by it/)
    }))

  it.live("without verification nothing is asked", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(chained, tell)
      yield* get(server.url, { verify: false, crl: below.revoke([leaf.cert]) })
    }))
})

describe("pins", () => {
  const other = pinOf(makeSelfSigned().cert)

  it.live("the chain has to hold one of the keys, in any spelling", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(good, tell)
      for (const pin of [pinOf(good.cert), `sha256/${pinOf(good.cert)}`, `sha256//${pinOf(good.cert)}`, pinOf(ca)]) yield* get(server.url, { ca, pins: [other, pin] })
      const error = yield* refused("pin", get(server.url, { ca, pins: [other] }))
      assert.include(error.detail ?? "", `whose own is sha256/${pinOf(good.cert)}`)
      // it does not replace trust
      yield* refused("untrusted", get(server.url, { pins: [pinOf(good.cert)] }))
    }))

  it.live("they hold without verification, too", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(makeSelfSigned(), tell)
      yield* refused("pin", get(server.url, { verify: false, pins: [other] }))
      const self = makeSelfSigned(["elsewhere.example"])
      const pinned = yield* httpsServer(self, tell)
      yield* get(pinned.url, { verify: false, pins: [pinOf(self.cert)] })
    }))

  it.live("a certificate that is only sent along does not count", () =>
    Effect.gen(function*() {
      // the pinned authority has the name of the one that signed, but another key
      const pinned = makeAuthority("Same name")
      const evil = makeAuthority("Same name")
      const leaf = evil.issue({})
      const server = yield* httpsServer({ cert: leaf.cert + pinned.cert, key: leaf.key }, tell)
      yield* refused("pin", get(server.url, { verify: false, pins: [pinOf(pinned.cert)] }))
      yield* get(server.url, { verify: false, pins: [pinOf(leaf.cert)] })
    }))
})

describe("the operating system's store", () => {
  // it is read once in the life of a process, so each look is a process
  const program = `
    import { NodeTransport } from "credence/node"
    import * as Effect from "effect/Effect"
    const [url, mode] = process.argv.slice(1)
    const request = { method: "GET", url: new URL(url), headers: {}, operation: "get", attempt: 1, displayUrl: url, tls: { ca: { store: mode }, caMode: "replace" }, proxy: "none" }
    const send = Effect.scoped(Effect.flatMap(NodeTransport.make({ environment: {} }), (transport) => transport.send(request)))
    console.log(await Effect.runPromise(Effect.match(send, { onSuccess: ({ status }) => status, onFailure: ({ reason }) => reason })))
  `
  it.live("is trusted where it is named, and only then", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(good, tell)
      // OpenSSL, which knows where the store is, is told of another one
      const file = write(Path.join(yield* folder, "store.pem"), ca)
      const look = (mode: string) =>
        Effect.promise(() => execFile(process.execPath, ["--conditions=credence-source", "--input-type=module", "-e", program, server.url, mode], {
          env: { ...process.env, SSL_CERT_FILE: file, NODE_NO_WARNINGS: "1" }
        }))
      assert.deepStrictEqual([(yield* look("system")).stdout.trim(), (yield* look("node")).stdout.trim()], ["200", "untrusted"])
    }).pipe(Effect.scoped))
})

describe("client certificates", () => {
  const alice = authority.issue({ commonName: "alice" })
  const bob = authority.issue({ commonName: "bob" })
  const asking = { ...good, ca: [ca, pkcs12Authority], requestCert: true, rejectUnauthorized: false }
  const requiring = { ...asking, rejectUnauthorized: true }
  const secret = "pass-phrase-canary"
  const inline = ({ cert, key }: Certificate): ClientCertificate => ({ certificate: cert, key: Redacted.make(key) })

  it.live("from PEM, encrypted PEM and PKCS#12, given or in files", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(requiring, tell)
      const path = yield* folder
      const at = (name: string, content: string | Uint8Array) => ({ file: write(Path.join(path, name), content) })
      const p8 = encryptedKey(alice.key, secret, "pkcs8")
      const sec1 = encryptedKey(alice.key, secret, "sec1")
      assert.include(sec1, "Proc-Type: 4,ENCRYPTED")
      const both = at("both.pem", alice.key + alice.cert)
      const given: ReadonlyArray<readonly [user: string, certificate: ClientCertificate]> = [
        ["alice", inline(alice)],
        ["alice", { certificate: at("alice.pem", alice.cert), key: at("alice.key", alice.key) }],
        ["alice", { certificate: both, key: both }],
        ["alice", { certificate: alice.cert, key: Redacted.make(p8), passphrase: Redacted.make(secret) }],
        ["alice", { certificate: alice.cert, key: Redacted.make(sec1), passphrase: Redacted.make(secret) }],
        ["alice", { certificate: at("a.pem", alice.cert), key: at("p8.key", p8), passphrase: Redacted.make(secret) }],
        // the chain may stand before it
        ["alice", { certificate: ca + alice.cert, key: Redacted.make(alice.key) }],
        ["carol", { pkcs12: Redacted.make(pkcs12), passphrase: Redacted.make(passphrase) }],
        ["carol", { pkcs12: at("carol.p12", pkcs12), passphrase: Redacted.make(passphrase) }]
      ]
      for (const [user, certificate] of given) assert.strictEqual((yield* get(server.url, { ca, certificate })).user, user)
    }))

  it.live("security 1: the transport's own is not shown to a foreign origin, also over TLS sessions and connections that are there already", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(asking, tell)
      const transport = yield* make({ tls: { ca, certificate: inline(alice) } })
      const user = (fields: Partial<TransportRequest>) =>
        Effect.map(transport.send(request(server.url, fields)), ({ body }) => (JSON.parse(Buffer.from(body).toString("utf8")) as Seen).user)
      const own = { certificate: inline(bob) }
      assert.deepStrictEqual(
        yield* Effect.forEach([{}, { foreign: true }, {}, { foreign: true, tls: own }, { foreign: true, tls: { ca } }, { tls: { ca } }, { foreign: true }], user),
        ["alice", null, "alice", "bob", null, "alice", null]
      )
    }).pipe(Effect.scoped))

  it.live("the authorities inside a PKCS#12 are not trusted because of it", () =>
    Effect.gen(function*() {
      const certificate: ClientCertificate = { pkcs12: Redacted.make(pkcs12), passphrase: Redacted.make(passphrase) }
      const server = yield* httpsServer(carol, tell)
      for (const tls of [{ certificate }, { certificate, ca, caMode: "replace" }] satisfies ReadonlyArray<TlsOptions>) {
        assert.match((yield* refused("untrusted", get(server.url, tls))).message, /Add this CA .*: CN=PKCS12 authority/)
      }
      yield* get(server.url, { certificate, ca: pkcs12Authority, caMode: "replace" })
    }))

  it.live("what cannot be used says what is wrong, and never what is in it", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(asking, tell)
      const path = yield* folder
      const at = (name: string, content: string | Uint8Array) => ({ file: write(Path.join(path, name), content) })
      const absent = { file: Path.join(path, "absent.pem") }
      const p8 = Redacted.make(encryptedKey(alice.key, "right", "pkcs8"))
      const sec1 = Redacted.make(encryptedKey(alice.key, "right", "sec1"))
      const wrong = Redacted.make(secret)
      const certificate = alice.cert
      const cases: ReadonlyArray<readonly [certificate: ClientCertificate, detail: RegExp, fix?: RegExp]> = [
        [{ certificate: absent, key: Redacted.make(alice.key) }, /the client certificate .*absent\.pem is missing/],
        [{ certificate, key: absent }, /the client key .*absent\.pem is missing/],
        [{ certificate: at("x.pem", "nothing"), key: Redacted.make(alice.key) }, /x\.pem holds no PEM certificate/],
        [{ certificate, key: at("cert.pem", alice.cert) }, /the key in .*cert\.pem is not a whole PEM key/],
        [{ certificate, key: at("half.key", alice.key.slice(0, 60)) }, /half\.key is not a whole PEM key/],
        [{ certificate, key: Redacted.make(alice.key.replace(/\n.{10}/, "\nAAAAAAAAAA")) }, /the key that was given is damaged/],
        [{ certificate, key: p8, passphrase: wrong }, /the passphrase of the key that was given is wrong/],
        [{ certificate, key: sec1, passphrase: wrong }, /the passphrase of the key that was given is wrong/],
        [
          { certificate: carol.cert, key: Redacted.make(legacyKey), passphrase: Redacted.make(passphrase) },
          /is encrypted in an old way that OpenSSL 3 does not read/,
          /openssl pkcs8 -topk8/
        ],
        [{ certificate, key: p8 }, /is encrypted, and there is no passphrase/],
        [{ certificate, key: sec1 }, /is encrypted, and there is no passphrase/],
        [{ certificate, key: at("bob.key", bob.key) }, /the key in .*bob\.key belongs to another certificate than CN=alice/],
        [{ pkcs12: absent }, /PKCS#12 .*absent\.pem is missing/],
        [{ pkcs12: at("junk.p12", "junk") }, /junk\.p12 is no PKCS#12/],
        [{ pkcs12: Redacted.make(pkcs12.subarray(0, 700)), passphrase: Redacted.make(passphrase) }, /is no PKCS#12, or is damaged/],
        [{ pkcs12: Redacted.make(pkcs12), passphrase: wrong }, /the passphrase of the PKCS#12 that was given is wrong/],
        [{ pkcs12: Redacted.make(pkcs12) }, /needs a passphrase/],
        [
          { pkcs12: Redacted.make(legacyPkcs12), passphrase: Redacted.make(passphrase) },
          /an old way \(RC2 or 3DES\) that OpenSSL 3 does not read/,
          /openssl pkcs12 -legacy -in old\.p12 -aes256 -out new\.pem && openssl pkcs12 -export -in new\.pem -out new\.p12/
        ]
      ]
      for (const [own, detail, fix] of cases) {
        const error = yield* refused("configuration", get(server.url, { ca, certificate: own }))
        assert.match(error.detail ?? "", detail)
        if (fix !== undefined) assert.match(error.message, fix)
        const all = inspect(error, { depth: 9 }) + JSON.stringify(error)
        for (const hidden of [secret, alice.key.split("\n")[1]!, passphrase]) assert.notInclude(all, hidden)
      }
      assert.strictEqual(server.accepted(), 0)
    }))

  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    it.live(`required or refused (${version})`, () =>
      Effect.gen(function*() {
        const server = yield* httpsServer({ ...requiring, minVersion: version, maxVersion: version }, tell)
        const none = yield* refused("clientCertificateRequired", get(server.url, { ca }))
        assert.match(none.message, /wants a client certificate, and none was given .* Give one in `tls`: `certificate/)
        assert.strictEqual(none.chain?.length, 2)
        assert.strictEqual((yield* get(server.url, { ca, certificate: inline(alice) })).user, "alice")
      }))
  }

  it.live("refused: the alert says so, and the message whose certificate it was", () =>
    Effect.gen(function*() {
      const expired = authority.issue({ commonName: "dave", notBefore: new Date("2019-01-01"), notAfter: new Date("2020-01-01") })
      for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
        // Node's own server closes without an alert, so a server that sends one is played: fatal(2), unknown_ca(48)
        const server = yield* rawServer((socket) => {
          socket.on("error", () => {})
          socket.once("data", () => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 48])))
        })
        const url = `https://127.0.0.1:${server.port}/`
        const error = yield* refused("clientCertificateRefused", get(url, { ca, maxVersion: version, certificate: inline(alice) }))
        assert.match(error.detail ?? "", /does not accept our certificate CN=alice, signed by CN=Test root$/)
        const old = yield* refused("clientCertificateRefused", get(url, { ca, maxVersion: version, certificate: inline(expired) }))
        assert.match(old.message, /CN=dave, .*it expired on Jan {2}1 .* Renew it/)
      }
    }))

  it.live("asked for late, by renegotiation of TLS 1.2", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer({
        ...asking,
        requestCert: false,
        maxVersion: "TLSv1.2",
        secureOptions: Crypto.constants.SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION
      }, (req, res) => {
        const socket = req.socket as Tls.TLSSocket
        socket.renegotiate({ requestCert: true, rejectUnauthorized: false }, (error) => error === null ? tell(req, res) : socket.destroy())
      })
      assert.strictEqual((yield* get(server.url, { ca, certificate: inline(alice) })).user, "alice")
      assert.strictEqual((yield* get(server.url, { ca })).user, null)
    }))

  it.live("security 25: a connection is never used under another certificate, and no session resumed", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(asking, tell)
      const transport = Effect.succeed(yield* make({ tls: { ca } }))
      const users: ReadonlyArray<readonly [string | null, TlsOptions | undefined]> = [
        ["alice", { certificate: inline(alice) }],
        ["bob", { certificate: inline(bob) }],
        [null, undefined],
        ["carol", { certificate: { pkcs12: Redacted.make(pkcs12), passphrase: Redacted.make(passphrase) } }]
      ]
      const ports = new Map<string | null, Set<number>>()
      for (let round = 0; round < 3; round++) {
        for (const [user, tls] of users) {
          const seen = yield* get(server.url, tls, transport)
          assert.strictEqual(seen.user, user)
          assert.isFalse(seen.resumed)
          ports.set(user, (ports.get(user) ?? new Set()).add(seen.port))
        }
      }
      // one connection each, though the option objects of equal content are others
      assert.deepStrictEqual([...ports.values()].map((each) => each.size), [1, 1, 1, 1])
      assert.strictEqual((yield* get(server.url, { certificate: inline(alice) }, transport)).port, [...ports.get("alice")!][0])
      // a hundred calls at once
      const many = yield* Effect.all(
        Array.from({ length: 100 }, (_, index) => Effect.map(get(server.url, users[index % 4]![1], transport), ({ user }) => user)),
        { concurrency: 16 }
      )
      assert.deepStrictEqual(many, Array.from({ length: 100 }, (_, index) => users[index % 4]![0]))
    }))

  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    it.live(`sessions are resumed for the same settings only (${version})`, () =>
      Effect.gen(function*() {
        const server = yield* httpsServer({ ...asking, maxVersion: version, sessionIdContext: "x" }, (req, res) => {
          res.setHeader("connection", "close")
          tell(req, res)
        })
        const transport = Effect.succeed(yield* make({ tls: { ca } }))
        const resumed = (tls?: TlsOptions) => Effect.map(get(server.url, tls, transport), (seen) => `${seen.user} ${seen.resumed}`)
        assert.strictEqual(yield* resumed(), "null false")
        // its tickets have come, since the server has closed after them
        yield* until("the connection is closed", () => server.open.size === 0)
        assert.strictEqual(yield* resumed(), "null true")
        assert.strictEqual(yield* resumed(), "null true")
        assert.strictEqual(yield* resumed({ certificate: inline(alice) }), "alice false")
        yield* until("the connection is closed", () => server.open.size === 0)
        assert.strictEqual(yield* resumed({ certificate: inline(alice) }), "alice true")
        assert.strictEqual(yield* resumed({ certificate: inline(bob) }), "bob false")
        for (const tls of [{ serverName: "localhost" }, { verify: false }, { pins: [pinOf(ca)] }, { ca: [ca, makeAuthority("x").cert] }, { crl: authority.revoke([]) }]) {
          assert.strictEqual(yield* resumed(tls), "null false")
        }
        // a session of one that is not trusted is never kept
        yield* refused("pin", get(server.url, { pins: [pinOf(alice.cert)] }, transport))
        yield* refused("pin", get(server.url, { pins: [pinOf(alice.cert)] }, transport))
        yield* refused("wrongHost", get(server.url, { serverName: "elsewhere.example" }, transport))
        yield* refused("wrongHost", get(server.url, { serverName: "elsewhere.example" }, transport))
      }))
  }

  describe("files that change", () => {
    const rotating = Effect.gen(function*() {
      const server = yield* httpsServer(asking, tell)
      const path = yield* folder
      const files = { certificate: { file: Path.join(path, "tls.crt") }, key: { file: Path.join(path, "tls.key") } }
      const install = ({ cert, key }: Certificate) => {
        write(files.certificate.file, cert)
        write(files.key.file, key)
      }
      return { server, path, files, install }
    })
    const logged = Effect.sync(() => {
      const lines: Array<string> = []
      return { lines, layer: Logger.layer([Logger.make<unknown, void>(({ logLevel, message }) => void lines.push(`${logLevel} ${String(message)}`))]) }
    })

    it.live("a new pair is taken with the next request, on a new connection; the old ones close", () =>
      Effect.gen(function*() {
        const { files, install, server } = yield* rotating
        install(alice)
        const transport = Effect.succeed(yield* make({ tls: { ca, certificate: files } }))
        const first = yield* get(server.url, undefined, transport)
        assert.strictEqual((yield* get(server.url, undefined, transport)).port, first.port)
        install(bob)
        const second = yield* get(server.url, undefined, transport)
        assert.deepStrictEqual([first.user, second.user, second.resumed], ["alice", "bob", false])
        yield* until("the old connection closed", () => server.open.size === 1)
        assert.strictEqual((yield* get(server.url, undefined, transport)).port, second.port)
        // touched, but not changed
        const later = new Date(Date.now() + 5000)
        Fs.utimesSync(files.key.file, later, later)
        assert.strictEqual((yield* get(server.url, undefined, transport)).port, second.port)
      }))

    it.live("a request under way keeps its connection, which nobody uses afterwards", () =>
      Effect.gen(function*() {
        const { files, install } = yield* rotating
        let release = () => {}
        const server = yield* httpsServer(asking, (req, res) => {
          if (req.url !== "/slow") return tell(req, res)
          release = () => tell(req, res)
        })
        install(alice)
        const transport = yield* make({ tls: { ca, certificate: files } })
        const slow = yield* Effect.forkScoped(get(`${server.url}slow`, undefined, Effect.succeed(transport)))
        yield* until("under way", () => server.accepted() === 1)
        install(bob)
        assert.strictEqual((yield* get(server.url, undefined, Effect.succeed(transport))).user, "bob")
        release()
        assert.strictEqual((yield* Fiber.join(slow)).user, "alice")
        yield* until("closed", () => server.open.size === 1)
      }))

    it.live("faults 33: half-written files: the last good pair stays in use, and it is logged once", () =>
      Effect.gen(function*() {
        const { files, install, server } = yield* rotating
        const { layer, lines } = yield* logged
        install(alice)
        yield* Effect.gen(function*() {
          const transport = Effect.succeed(yield* make({ tls: { ca, certificate: files } }))
          const user = () => Effect.map(get(server.url, undefined, transport), (seen) => seen.user)
          assert.strictEqual(yield* user(), "alice")
          const states: ReadonlyArray<() => void> = [
            () => write(files.certificate.file, bob.cert.slice(0, 300)),
            () => write(files.certificate.file, ""),
            // whole, but the key is still the old one
            () => write(files.certificate.file, bob.cert),
            () => write(files.key.file, bob.key.slice(0, 100)),
            () => write(files.key.file, encryptedKey(bob.key, "x", "pkcs8")),
            () => Fs.rmSync(files.key.file)
          ]
          for (const change of states) {
            change()
            assert.strictEqual(yield* user(), "alice")
            assert.strictEqual(yield* user(), "alice")
          }
          assert.strictEqual(lines.length, 1)
          assert.match(lines[0]!, /^Warn The files of `tls` have changed, but cannot be used; what was read before stays in use: .*tls\.crt/)
          assert.strictEqual(server.accepted(), 1)
          install(bob)
          assert.strictEqual(yield* user(), "bob")
          assert.strictEqual(lines.length, 1)
          // the next time is told again
          write(files.key.file, alice.key)
          assert.strictEqual(yield* user(), "bob")
          assert.strictEqual(lines.length, 2)
        }).pipe(Effect.provide(layer))
      }))

    it.live("faults 33: a file that ends behind one whole block while it is written over is not taken before it rests", () =>
      Effect.gen(function*() {
        const { path, server } = yield* rotating
        const other = makeAuthority("Other").cert
        const authorities = write(Path.join(path, "ca.pem"), `${other}\n${ca}`)
        const transport = Effect.succeed(yield* make({ tls: { ca: { file: authorities } } }))
        const { port } = yield* get(server.url, undefined, transport)
        write(authorities, other)
        assert.strictEqual((yield* get(server.url, undefined, transport)).port, port)
        assert.strictEqual((yield* get(server.url, undefined, transport)).port, port)
        write(authorities, `${other}\n${ca}`)
        assert.strictEqual((yield* get(server.url, undefined, transport)).port, port)
        // nobody has written to it for a while
        write(authorities, other)
        const earlier = new Date(Date.now() - 5000)
        Fs.utimesSync(authorities, earlier, earlier)
        yield* refused("untrusted", get(server.url, undefined, transport))
        // one that is renamed is whole
        write(authorities, `${other}\n${ca}`)
        yield* get(server.url, undefined, transport)
        Fs.renameSync(write(`${authorities}.new`, other), authorities)
        yield* refused("untrusted", get(server.url, undefined, transport))
      }))

    it.live("what could not be read at first is read when it is there", () =>
      Effect.gen(function*() {
        const { files, install, server } = yield* rotating
        const transport = Effect.succeed(yield* make({ tls: { ca, certificate: files } }))
        yield* refused("configuration", get(server.url, undefined, transport))
        write(files.certificate.file, alice.cert)
        assert.match((yield* refused("configuration", get(server.url, undefined, transport))).detail ?? "", /tls\.key is missing/)
        install(alice)
        assert.strictEqual((yield* get(server.url, undefined, transport)).user, "alice")
      }))

    it.live("a link that is swapped, as mounted secrets are; authorities and lists too", () =>
      Effect.gen(function*() {
        const { path, server } = yield* rotating
        for (const [name, pair] of [["one", alice], ["two", bob]] as const) {
          Fs.mkdirSync(Path.join(path, name))
          write(Path.join(path, name, "tls.crt"), pair.cert)
          write(Path.join(path, name, "tls.key"), pair.key)
        }
        const link = Path.join(path, "current")
        Fs.symlinkSync("one", link)
        const authorities = write(Path.join(path, "ca.pem"), ca)
        const list = write(Path.join(path, "list.pem"), authority.revoke([]))
        const transport = Effect.succeed(
          yield* make({
            tls: {
              ca: { file: authorities },
              crl: { file: list },
              certificate: { certificate: { file: Path.join(link, "tls.crt") }, key: { file: Path.join(link, "tls.key") } }
            }
          })
        )
        assert.strictEqual((yield* get(server.url, undefined, transport)).user, "alice")
        Fs.symlinkSync("two", `${link}.new`)
        Fs.renameSync(`${link}.new`, link)
        assert.strictEqual((yield* get(server.url, undefined, transport)).user, "bob")
        write(list, authority.revoke([good.cert]))
        yield* refused("revoked", get(server.url, undefined, transport))
        write(list, authority.revoke([]))
        write(authorities, makeAuthority("Other").cert)
        yield* refused("untrusted", get(server.url, undefined, transport))
      }))
  })
})

describe("without verification", () => {
  it.live("security 26: for one call only, whatever came before, and warned once", () =>
    Effect.gen(function*() {
      const server = yield* httpsServer(makeSelfSigned(["elsewhere.example"]), tell)
      const warnings: Array<string> = []
      const logger = Logger.make<unknown, void>(({ logLevel, message }) => void warnings.push(`${logLevel} ${String(message)}`))
      yield* Effect.gen(function*() {
        const transport = Effect.succeed(yield* make({ tls: { ca } }))
        yield* refused("untrusted", get(server.url, undefined, transport))
        for (let i = 0; i < 3; i++) {
          yield* get(server.url, { verify: false }, transport)
          yield* refused("untrusted", get(server.url, undefined, transport))
          yield* refused("untrusted", get(server.url, { minVersion: "TLSv1.2" }, transport))
        }
        // neither as an idle connection nor as a session that is resumed
        assert.strictEqual(server.accepted(), 1 + 1 + 6)
      }).pipe(Effect.provide(Logger.layer([logger])))
      assert.strictEqual(warnings.length, 1)
      assert.match(warnings[0]!, /^Warn .*not verified/)
    }))
})
