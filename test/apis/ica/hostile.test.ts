import { assert, describe, it } from "@effect/vitest"
import { Call, Configuration, FileFailed } from "credence"
import { Script } from "credence/testing"
import { Ica, IcaAuth, IcaFiles } from "credence/ica"
import { getProject } from "credence/ica/projects"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"

const MiB = 1024 * 1024
const input = { projectId: "p", dataId: "fil.1" }
const json = { "content-type": "application/vnd.illumina.v3+json" }
const presigned = "https://store.test/f?X-Amz-Signature=abc"

/** a file as ICA tells it */
const file = (details: Readonly<Record<string, unknown>> = {}): Script.Reply => {
  const owned = { id: "fil.1", timeCreated: "2024-01-01T00:00:00Z", timeModified: "2024-01-01T00:00:00Z", ownerId: "o", tenantId: "t", tenantName: "n" }
  const tags = { technicalTags: [], userTags: [], connectorTags: [], runInTags: [], runOutTags: [], referenceTags: [] }
  const region = { ...owned, code: "US", country: { ...owned, code: "US", name: "x", region: "y" }, cityName: "z" }
  return {
    headers: json,
    body: {
      projectId: "p",
      data: { ...owned, urn: "urn:x", details: { ...owned, creatorId: "c", owningProjectId: "p", owningProjectName: "n", name: "f.bin", path: "/f.bin", status: "AVAILABLE", fileSizeInBytes: 10, objectETag: "e", dataType: "FILE", tags, region, ...details } }
    }
  }
}

const credentials = (config: Readonly<Record<string, string>>, filePathPrefix = "bucket/key"): Script.Reply => ({
  headers: json,
  body: {
    rcloneTempCredentials: {
      config: { type: "s3", region: "us-east-1", access_key_id: "AKIA", secret_access_key: "secret-key", session_token: "session-token", ...config },
      filePathPrefix,
      storageType: "S3",
      expirationTime: "2030-01-01T00:00:00Z"
    }
  }
})

interface Server {
  readonly data?: Script.Reply
  readonly url?: string
  readonly credentials?: Script.Reply
  readonly store?: Script.Reply | Parameters<typeof Script.on>[2]
}

const answers = ({ credentials: made, data = file(), store = {}, url = presigned }: Server) =>
  Script.make([
    Script.on("url", (request) => /:create(?:Down|Up)loadUrl$/.test(request.url.pathname), { headers: json, body: { url } }),
    Script.on("credentials", (request) => request.url.pathname.endsWith(":createTemporaryCredentials"), made ?? { status: 500 }),
    Script.on("create", (request) => request.url.pathname.endsWith("data:createFile"), { ...data, status: 201 }),
    Script.on("list", (request) => request.url.pathname.endsWith("/data"), { headers: json, body: { items: [(file({ status: "PARTIAL" }).body)], nextPageToken: "", totalItemCount: 1 } }),
    Script.on("data", (request) => request.url.host === "ica.test", data),
    Script.on("store", () => true, store)
  ])

const live = (script: Script.Script, baseUrl = "https://ica.test/ica/rest") =>
  Ica.layer().pipe(Layer.provide([IcaAuth.apiKey(Redacted.make("an-api-key")), Configuration.layer({ baseUrl, allowInsecureHttp: true, retry: "none" }), script.layer]))

/** gives the parts that are asked for */
const ranged = (bytes: Uint8Array): Parameters<typeof Script.on>[2] => ({ headers }) => {
  const [, from = "", to = ""] = /^bytes=(\d+)-(\d+)$/.exec(headers["range"] ?? "") ?? []
  const end = Math.min(bytes.length, Number(to) + 1)
  return { status: 206, headers: { "content-range": `bytes ${from}-${end - 1}/${bytes.length}` }, body: bytes.subarray(Number(from), end) }
}

const digits = new TextEncoder().encode("0123456789")
const download = (options: Partial<IcaFiles.DownloadOptions<Uint8Array>> = {}) => IcaFiles.download(input, { to: IcaFiles.memory, ...options })
const long = new Uint8Array(6 * MiB).fill(7)
const upload = (options: Partial<IcaFiles.UploadOptions> = {}) => IcaFiles.upload({ projectId: "p" }, { from: IcaFiles.bytes("f.bin", long), partSize: 5 * MiB, ...options })

const failure = <A, E extends { readonly _tag: string }>(effect: Effect.Effect<A, E, Ica>, server: Server) =>
  Effect.gen(function*() {
    const script = yield* answers(server)
    const error = yield* Effect.flip(Effect.provide(effect, live(script)))
    return { error, asked: script.count("store") }
  })

describe("transfers that were asked for wrongly", () => {
  it.effect("parts of no size, and no parts at once, are InvalidInput: nothing is sent, and no file of zeros comes of it", () =>
    Effect.gen(function*() {
      for (const options of [{ partSize: NaN }, { partSize: 0 }, { partSize: -1 }, { concurrency: NaN }, { concurrency: 0 }]) {
        for (const transfer of [Effect.asVoid(download(options)), Effect.asVoid(upload(options))]) {
          const script = yield* answers({ store: ranged(digits) })
          const error = yield* Effect.flip(Effect.provide(transfer, live(script)))
          assert.strictEqual(error._tag, "InvalidInput")
          assert.include(error.message, Object.keys(options).join())
          assert.deepStrictEqual(script.seen, [])
        }
      }
    }))

  it.effect("an endless part is the whole", () =>
    Effect.gen(function*() {
      const script = yield* answers({ store: ranged(digits) })
      const done = yield* Effect.provide(download({ partSize: Infinity, concurrency: Infinity }), live(script))
      assert.deepStrictEqual(done.file, digits)
      assert.strictEqual(script.count("store"), 1)
    }))

  it.effect("a small file that changes while it is read is not sent", () =>
    Effect.gen(function*() {
      const changed = new FileFailed({ path: "f", action: "send what changes meanwhile,", code: undefined })
      const from = Effect.map(IcaFiles.bytes("f", digits), (source) => ({ ...source, unchanged: Effect.fail(changed) }))
      const { asked, error } = yield* failure(upload({ from }), {})
      assert.deepStrictEqual([error._tag, asked], ["FileFailed", 0])
    }))

  it.effect("a tenant that cannot be sent is a wrong configuration", () =>
    Effect.gen(function*() {
      const script = yield* answers({})
      const auth = IcaAuth.psToken({ psToken: Redacted.make("t"), tenant: "\ud800" })
      const error = yield* Effect.flip(Effect.provide(Ica.authenticate(), Ica.layer().pipe(Layer.provide([auth, Configuration.layer({ baseUrl: "https://ica.test" }), script.layer]))))
      assert.strictEqual(error._tag, "ConfigurationInvalid")
      assert.include(error.message, "tenant")
    }))
})

describe("a hostile ICA", () => {
  it.effect("cannot lead a transfer to plain http, to this machine, to its own paths, or to what is no web", () =>
    Effect.gen(function*() {
      for (const url of ["http://store.test/f", "http://169.254.169.254/latest", "http://127.0.0.1:9/f", "https://localhost/f", "file:///etc/passwd", "ftp://store.test/f", "/api/tokens", "not a url", ""]) {
        const { asked, error } = yield* failure(download(), { url })
        assert.deepInclude(error, { _tag: "TransferFailed", reason: "answer" }, url)
        assert.strictEqual(asked, 0)
        const { error: sent } = yield* failure(upload({ from: IcaFiles.bytes("f", digits) }), { url })
        assert.deepInclude(sent, { _tag: "TransferFailed", reason: "answer" }, url)
      }
      for (const endpoint of ["http://store.test", "http://127.0.0.1:9", "http://", "not a url %", "javascript:alert(1)"]) {
        const { asked, error } = yield* failure(upload(), { credentials: credentials({ endpoint }) })
        assert.deepInclude(error, { _tag: "TransferFailed", reason: "answer" }, endpoint)
        assert.strictEqual(asked, 0)
        assert.notMatch(JSON.stringify(error) + error.message, /secret-key|session-token/)
      }
    }))

  it.effect("but where the API itself is reached over plain http, its store may be, too", () =>
    Effect.gen(function*() {
      const script = yield* answers({ store: ranged(digits), url: "http://store.test/f" })
      assert.deepStrictEqual((yield* Effect.provide(download(), live(script, "http://ica.test/ica/rest"))).file, digits)
    }))

  it.effect("a key that is no text is a failure of the store's, and no defect", () =>
    Effect.gen(function*() {
      const { error } = yield* failure(upload(), { credentials: credentials({}, "bucket/\ud800"), store: { status: 404 } })
      assert.deepInclude(error, { _tag: "TransferFailed", status: 404 })
    }))

  it.effect("a size that no file has is a failure, and costs nothing", () =>
    Effect.gen(function*() {
      for (const fileSizeInBytes of [-1, 2 ** 53 - 1, 5e12]) {
        const { error } = yield* failure(download(), { data: file({ fileSizeInBytes }), store: ranged(digits) })
        assert.include(["TransferFailed", "FileFailed"], error._tag)
      }
      const { error } = yield* failure(download({ partSize: 10 }), {
        data: file({ fileSizeInBytes: null }),
        store: { status: 206, headers: { "content-range": `bytes 0-9/${2 ** 53 - 1}` }, body: digits }
      })
      assert.include(["TransferFailed", "FileFailed"], error._tag)
    }))
})

describe("a hostile object store", () => {
  const xml = (text: string): Script.Reply => ({ headers: { etag: "\"e\"" }, body: text })

  it.effect("whose list of parts has no end is asked once more, not for ever", () =>
    Effect.gen(function*() {
      const script = yield* answers({
        credentials: credentials({}),
        store: ({ method, url }) =>
          method === "GET" && url.searchParams.has("uploads") ? xml("<R><Upload><Key>key</Key><UploadId>u</UploadId></Upload></R>")
          : method === "GET" ? xml("<R><NextPartNumberMarker>1</NextPartNumberMarker><IsTruncated>true</IsTruncated><Part><PartNumber>1</PartNumber><ETag>x</ETag><Size>1</Size></Part></R>")
          : xml("<R><ETag>x</ETag></R>")
      })
      yield* Effect.provide(upload({ resume: true }), live(script))
      assert.isBelow(script.count("store"), 10)
    }))
})

describe("slow lines and long parts", () => {
  it.effect("a part takes as long as it needs, but no longer than somebody says", () =>
    Effect.gen(function*() {
      const slow: Parameters<typeof Script.on>[2] = (request, count) => ({ ...(ranged(digits) as (r: typeof request, c: number) => Script.Reply)(request, count), delay: "5 minutes" })
      const timed = <A, E>(effect: Effect.Effect<A, E, Ica>) =>
        Effect.gen(function*() {
          const script = yield* answers({ store: slow })
          const fiber = yield* Effect.forkChild(Effect.exit(Effect.provide(effect, live(script))))
          yield* TestClock.adjust("10 minutes")
          return yield* Fiber.join(fiber)
        })
      assert.strictEqual((yield* timed(download()))._tag, "Success")
      assert.strictEqual((yield* timed(download().pipe(Call.with({ timeout: "10 seconds" }))))._tag, "Failure")
    }))

  it.effect("a part may be longer than an answer of an API is", () =>
    Effect.gen(function*() {
      const size = 65 * MiB
      const script = yield* answers({ data: file({ fileSizeInBytes: size }), store: ranged(new Uint8Array(size)) })
      const done = yield* Effect.provide(download({ partSize: size }), live(script))
      assert.strictEqual(done.file.length, size)
      // what is sent over a real network is limited by that
      assert.strictEqual(script.seen.find(({ step }) => step === "store")?.request.maxResponseSize, size)
    }))
})

describe("problems", () => {
  it.effect("a gateway's, which says less than ICA's own, has its type all the same", () =>
    Effect.gen(function*() {
      const script = yield* Script.make([Script.on("any", () => true, { status: 404, headers: { "content-type": "application/problem+json" }, body: { title: "nothing here" } })])
      const title = yield* getProject({ projectId: "p" }).pipe(Effect.as("found"), Effect.catchTag("NotFound", (e) => Effect.succeed(e.body.title)), Effect.provide(live(script)))
      assert.strictEqual(title, "nothing here")
    }))
})
