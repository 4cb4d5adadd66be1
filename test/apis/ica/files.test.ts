import { expect, it } from "@effect/vitest"
import type { Session } from "credence"
import { Call, Configuration, Hooks } from "credence"
import { Ica, IcaFiles } from "credence/ica"
import { createDownloadUrlForData, createFile, createFileWithUploadUrl, createTemporaryCredentialsForData, getProjectData } from "credence/ica/data"
import { getProjects } from "credence/ica/projects"
import { NodeFile, NodeTransport } from "credence/node"
import { Recording } from "credence/testing"
import { layer as sandboxLayer, Sandbox } from "credence-kit/sandbox"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { createHash } from "node:crypto"
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { key, password, received, sessionOf } from "./support.ts"

type Needs = Session.Full<Ica> | Sandbox | Scope.Scope

const MiB = 1024 * 1024
const big = "fil.00000000000000000000000000000002"
const bigSize = 11 * MiB + 7
const sample = "fil.00000000000000000000000000000001"

const md5 = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex")
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

const firstProject = Effect.map(getProjects({ pageSize: 1 }), ({ items }) => items[0]?.id ?? "")

const temporaryFolder = Effect.acquireRelease(Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "credence-ica-"))), (folder) => Effect.promise(() => fs.rm(folder, { recursive: true, force: true })))

/** Bytes that are the same for the same number, and no part of which is like another. */
const noise = (size: number, seed = 1): Uint8Array => {
  let state = seed
  return Uint8Array.from({ length: size }, () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 24)
}

const content = noise(12 * MiB + 3)

/** what the object store was asked for, of one method */
const parts = (method: string) => Effect.map(received("ica-storage"), (all) => all.filter((entry) => entry.method === method))

it.layer(sandboxLayer(), { excludeTestServices: true })("files of ICA", (it) => {
  const test = <E>(name: string, body: Effect.Effect<void, E, Needs>, auth: Parameters<typeof sessionOf>[0] = key()): void =>
    it.effect(name, () =>
      Effect.gen(function*() {
        yield* (yield* Sandbox).control.reset
        yield* body.pipe(Effect.provide(sessionOf(auth)))
      }) as Effect.Effect<void, unknown, Sandbox | Scope.Scope>)

  test("down, in parts, several at once, with progress and checksum; our credentials stay behind", Effect.gen(function*() {
    const projectId = yield* firstProject
    const folder = yield* temporaryFolder
    const seen: Array<number> = []
    const done = yield* IcaFiles.download({ projectId, dataId: big }, {
      to: NodeFile.parts({ folder }),
      partSize: 2 * MiB,
      onProgress: (progress) => Effect.sync(() => void seen.push(progress.done))
    })
    const bytes = yield* Effect.promise(() => fs.readFile(done.file.path))
    const { data } = yield* getProjectData({ projectId, dataId: big })
    expect([done.size, bytes.length, md5(bytes), done.name, done.verified, done.resumed]).toEqual([bigSize, bigSize, data.details?.objectETag, "reads.bin", "md5", 0])
    expect([seen.length, seen.at(-1), seen.every((value, index) => index === 0 || value > (seen[index - 1] ?? 0))]).toEqual([6, bigSize, true])
    expect(yield* Effect.promise(() => fs.readdir(folder))).toEqual(["reads.bin"])
    const gets = yield* parts("GET")
    expect(gets.length).toBe(6)
    for (const { headers } of gets) {
      expect([headers["authorization"], headers["x-api-key"], headers["cookie"]]).toEqual([undefined, undefined, undefined])
    }
  }), password())

  test("what was begun is gone on with: only parts that are missing or damaged are asked for", Effect.gen(function*() {
    const { control } = yield* Sandbox
    const projectId = yield* firstProject
    const folder = yield* temporaryFolder
    const to = NodeFile.parts({ folder, resume: true })
    // the third part is refused
    let asked = 0
    const Third = Hooks.layer({ attempt: (event) => event.operation === "downloadPart" && ++asked === 3 ? control.fail({ kind: "status", status: 500, path: "/ica-demo/" }) : Effect.void })
    const options = { to, partSize: 2 * MiB, concurrency: 1 }
    const broken = yield* Effect.flip(IcaFiles.download({ projectId, dataId: big }, options).pipe(Effect.provide(Third)))
    expect(broken).toMatchObject({ _tag: "TransferFailed", reason: "refused", status: 500, dataId: big })
    const [journal] = (yield* Effect.promise(() => fs.readdir(folder))).filter((name) => name.endsWith(".journal"))
    const file = path.join(folder, (journal ?? "").replace(".journal", ""))
    expect(((yield* Effect.promise(() => fs.stat(file))).mode & 0o777).toString(8)).toBe("600")
    // the second part is damaged meanwhile
    const handle = yield* Effect.promise(() => fs.open(file, "r+"))
    yield* Effect.promise(() => handle.write(new Uint8Array([1, 2, 3]), 0, 3, 3 * MiB))
    yield* Effect.promise(() => handle.close())
    yield* control.clearReceived
    const done = yield* IcaFiles.download({ projectId, dataId: big }, options)
    expect([done.resumed, done.verified]).toEqual([2 * MiB, "md5"])
    expect((yield* parts("GET")).map(({ headers }) => headers["range"])).toEqual([1, 2, 3, 4, 5].map((part) => `bytes=${part * 2 * MiB}-${Math.min(bigSize, (part + 1) * 2 * MiB) - 1}`))
    expect(yield* Effect.promise(() => fs.readdir(folder))).toEqual(["reads.bin"])
  }))

  test("another version of the file meanwhile is no part of this one", Effect.gen(function*() {
    const { control } = yield* Sandbox
    const projectId = yield* firstProject
    let asked = 0
    const Second = Hooks.layer({ attempt: (event) => event.operation === "downloadPart" && ++asked === 2 ? control.fail({ kind: "status", status: 412, path: "/ica-demo/" }) : Effect.void })
    const error = yield* Effect.flip(IcaFiles.download({ projectId, dataId: big }, { to: IcaFiles.memory, partSize: 4 * MiB, concurrency: 1 }).pipe(Effect.provide(Second)))
    expect(error).toMatchObject({ _tag: "TransferFailed", reason: "changed" })
    // and each part but the first says which version it wants
    expect((yield* parts("GET")).map(({ headers }) => headers["if-match"] !== undefined)).toEqual([false, true])
  }))

  test("a file that is longer now, or a store that gives a version of its own to each part", Effect.gen(function*() {
    const { control } = yield* Sandbox
    const projectId = yield* firstProject
    yield* control.fail({ kind: "status", status: 206, path: "/ica-demo/", headers: { "Content-Range": "bytes 0-31/33" }, body: "x".repeat(32) })
    expect(yield* Effect.flip(IcaFiles.download({ projectId, dataId: sample }, { to: IcaFiles.memory }))).toMatchObject({ reason: "changed" })
    yield* control.fail({ kind: "status", status: 206, path: "/ica-demo/", headers: { ETag: "\"other\"", "Content-Range": "bytes 0-15/32" }, body: "x".repeat(16) })
    expect(yield* Effect.flip(IcaFiles.download({ projectId, dataId: sample }, { to: IcaFiles.memory, partSize: 16, concurrency: 1 }))).toMatchObject({ reason: "changed", status: 412 })
    // both at once: neither could say which version it wants
    yield* control.fail({ kind: "status", status: 206, path: "/ica-demo/", headers: { ETag: "\"other\"", "Content-Range": "bytes 0-15/32" }, body: "x".repeat(16) })
    expect(yield* Effect.flip(IcaFiles.download({ projectId, dataId: sample }, { to: IcaFiles.memory, partSize: 16, concurrency: 2 }))).toMatchObject({ reason: "changed", status: 206 })
  }))

  test("a store that knows no ranges gives all of it", Effect.gen(function*() {
    const { control } = yield* Sandbox
    const projectId = yield* firstProject
    yield* control.fail({ kind: "status", status: 200, path: "/ica-demo/", body: "sample,lane\nNA12878,1\nNA12891,2\n", times: 2 })
    const done = yield* IcaFiles.download({ projectId, dataId: sample }, { to: IcaFiles.memory, partSize: 20 })
    expect(new TextDecoder().decode(done.file)).toBe("sample,lane\nNA12878,1\nNA12891,2\n")
  }))

  test("a file that ICA knows no size of: the first part tells it", Effect.gen(function*() {
    const { control } = yield* Sandbox
    const projectId = yield* firstProject
    const { data } = yield* getProjectData({ projectId, dataId: sample })
    const { fileSizeInBytes: _, ...details } = data.details ?? {}
    yield* control.fail({ kind: "status", status: 200, path: `/ica/rest/api/projects/${projectId}/data/${sample}`, headers: { "Content-Type": "application/vnd.illumina.v3+json" }, body: { projectId, data: Object.assign({}, data, { details }) } })
    const done = yield* IcaFiles.download({ projectId, dataId: sample }, { to: IcaFiles.memory, partSize: 20 })
    expect([done.size, done.verified]).toEqual([32, "md5"])
  }))

  test("a URL that has expired is asked for anew, once for all parts", Effect.gen(function*() {
    const { control } = yield* Sandbox
    const projectId = yield* firstProject
    yield* control.fail({ kind: "status", status: 403, path: "/ica-demo/", times: 1 })
    const done = yield* IcaFiles.download({ projectId, dataId: sample }, { to: IcaFiles.memory })
    expect(new TextDecoder().decode(done.file)).toBe("sample,lane\nNA12878,1\nNA12891,2\n")
    expect((yield* received("ica", ":createDownloadUrl")).length).toBe(2)
  }))

  test("what is expected decides, and what is something else is thrown away", Effect.gen(function*() {
    const projectId = yield* firstProject
    const folder = yield* temporaryFolder
    const text = new TextEncoder().encode("sample,lane\nNA12878,1\nNA12891,2\n")
    const right = yield* IcaFiles.download({ projectId, dataId: sample }, { to: IcaFiles.memory, expect: { sha256: sha256(text).toUpperCase() } })
    expect(right.verified).toBe("sha256")
    const wrong = yield* Effect.flip(IcaFiles.download({ projectId, dataId: sample }, { to: NodeFile.parts({ folder, resume: true }), expect: { sha256: sha256(new Uint8Array()) } }))
    expect(wrong).toMatchObject({ _tag: "TransferFailed", reason: "checksum" })
    expect(yield* Effect.promise(() => fs.readdir(folder))).toEqual([])
    // a part that was changed on its way is found out by what the store says of the whole
    yield* (yield* Sandbox).control.fail({ kind: "status", status: 206, path: "/ica-demo/", headers: { ETag: `"${md5(text)}"`, "Content-Range": "bytes 0-31/32" }, body: "sample,lane\nNA12878,1\nNA12891,3\n" })
    const changed = yield* Effect.flip(IcaFiles.download({ projectId, dataId: sample }, { to: IcaFiles.memory }))
    expect(changed).toMatchObject({ _tag: "TransferFailed", reason: "checksum" })
  }))

  test("an answer that is another part, or no part at all, is not taken", Effect.gen(function*() {
    const { control } = yield* Sandbox
    const projectId = yield* firstProject
    for (const headers of [{ "Content-Range": "bytes 5-7/32" }, { "Content-Range": "bytes 0-31/32" }, {}]) {
      yield* control.fail({ kind: "status", status: 206, path: "/ica-demo/", headers, body: "abc" })
      expect(yield* Effect.flip(IcaFiles.download({ projectId, dataId: sample }, { to: IcaFiles.memory }))).toMatchObject({ _tag: "TransferFailed", reason: "answer" })
    }
    yield* control.fail({ kind: "status", status: 206, path: "/ica-demo/", headers: { "Content-Range": "bytes 16-31/32" }, body: "x".repeat(16) })
    expect(yield* Effect.flip(IcaFiles.download({ projectId, dataId: sample }, { to: IcaFiles.memory, partSize: 16, concurrency: 1 }))).toMatchObject({ reason: "answer" })
  }))

  test("names that servers choose stay in the folder, and no file is overwritten unasked", Effect.gen(function*() {
    const projectId = yield* firstProject
    const folder = yield* temporaryFolder
    const once = yield* IcaFiles.download({ projectId, dataId: sample }, { to: NodeFile.parts({ folder }) })
    const twice = yield* IcaFiles.download({ projectId, dataId: sample }, { to: NodeFile.parts({ folder }) })
    const kept = yield* IcaFiles.download({ projectId, dataId: sample }, { to: NodeFile.parts({ folder, resume: true }) })
    expect([once.file.name, twice.file.name, kept.file.name]).toEqual(["samples.csv", "samples (1).csv", "samples.csv"])
    const hostile = yield* IcaFiles.download({ projectId, dataId: sample }, { to: NodeFile.parts({ folder, name: "../../x" }) })
    expect(path.dirname(hostile.file.path)).toBe(yield* Effect.promise(() => fs.realpath(folder)))
  }))

  test("two at once into one folder do not meet, and a link that somebody has put there is not followed", Effect.gen(function*() {
    const projectId = yield* firstProject
    const folder = yield* temporaryFolder
    const once = IcaFiles.download({ projectId, dataId: big }, { to: NodeFile.parts({ folder, resume: true }), partSize: 3 * MiB })
    const both = yield* Effect.all([once, once], { concurrency: 2 })
    // the same file twice is one file
    expect(both.map(({ file }) => file.name)).toEqual(["reads.bin", "reads.bin"])
    expect(yield* Effect.promise(() => fs.readdir(folder))).toEqual(["reads.bin"])
    const elsewhere = path.join(folder, "elsewhere")
    yield* Effect.promise(() => fs.writeFile(elsewhere, "mine"))
    const hidden = `.${createHash("sha256").update("samples.csv").digest("hex").slice(0, 32)}.parts`
    for (const name of [hidden, `${hidden}.journal`]) {
      yield* Effect.promise(() => fs.symlink(elsewhere, path.join(folder, name)))
      expect(yield* Effect.flip(IcaFiles.download({ projectId, dataId: sample }, { to: NodeFile.parts({ folder, resume: true }) }))).toMatchObject({ _tag: "FileFailed" })
      yield* Effect.promise(() => fs.rm(path.join(folder, name)))
    }
    expect(yield* Effect.promise(() => fs.readFile(elsewhere, "utf8"))).toBe("mine")
  }))

  test("up, a small one: one PUT to a presigned URL, without our credentials", Effect.gen(function*() {
    const projectId = yield* firstProject
    const bytes = new TextEncoder().encode("grüße")
    const made = yield* IcaFiles.upload({ projectId, folderPath: "/new/" }, { from: IcaFiles.bytes("a b+ü.txt", bytes) })
    expect(made.data.details).toMatchObject({ status: "AVAILABLE", path: "/new/a b+ü.txt", fileSizeInBytes: bytes.length, objectETag: md5(bytes) })
    const [put] = yield* parts("PUT")
    expect([put?.headers["authorization"], put?.headers["x-api-key"], put?.headers["content-length"]]).toEqual([undefined, undefined, String(bytes.length)])
    const back = yield* IcaFiles.download({ projectId, dataId: made.dataId }, { to: IcaFiles.memory })
    expect(back.file).toEqual(bytes)
    const nothing = yield* IcaFiles.upload({ projectId }, { from: IcaFiles.bytes("empty", new Blob([])) })
    expect((yield* IcaFiles.download({ projectId, dataId: nothing.dataId }, { to: IcaFiles.memory })).file.length).toBe(0)
    expect(yield* Effect.flip(IcaFiles.upload({ projectId, folderPath: "/new/" }, { from: IcaFiles.bytes("a b+ü.txt", bytes) }))).toMatchObject({ _tag: "Conflict" })
  }))

  test("up, in parts, several at once, with progress; each with its checksum", Effect.gen(function*() {
    const projectId = yield* firstProject
    const folder = yield* temporaryFolder
    const file = path.join(folder, "reads.bam")
    yield* Effect.promise(() => fs.writeFile(file, content))
    const seen: Array<number> = []
    const made = yield* IcaFiles.upload({ projectId }, { from: NodeFile.source(file), partSize: 1, onProgress: (progress) => Effect.sync(() => void seen.push(progress.done)) })
    expect([made.size, made.resumed, seen.length, seen.at(-1)]).toEqual([content.length, 0, 3, content.length])
    expect(made.data.details).toMatchObject({ status: "AVAILABLE", fileSizeInBytes: content.length })
    const puts = yield* parts("PUT")
    expect(puts.map(({ headers }) => [headers["x-api-key"], headers["x-amz-checksum-sha256"] !== undefined, headers["authorization"]?.startsWith("AWS4-HMAC-SHA256 ")])).toEqual(
      Array.from({ length: 3 }, () => [undefined, true, true])
    )
    const back = yield* IcaFiles.download({ projectId, dataId: made.dataId }, { to: IcaFiles.memory, expect: { sha256: sha256(content) } })
    expect([back.verified, back.size]).toEqual(["sha256", content.length])
  }))

  test("up, gone on with: parts that are there with the same checksum are not sent again", Effect.gen(function*() {
    const { control } = yield* Sandbox
    const projectId = yield* firstProject
    const options = { from: IcaFiles.bytes("reads.bam", content), partSize: 5 * MiB, concurrency: 1, resume: true }
    let sent = 0
    const Second = Hooks.layer({ attempt: (event) => event.operation === "uploadPart" && ++sent === 2 ? control.fail({ kind: "status", status: 503, method: "PUT", path: "/ica-demo/" }) : Effect.void })
    const broken = yield* Effect.flip(IcaFiles.upload({ projectId }, options).pipe(Effect.provide(Second)))
    expect(broken).toMatchObject({ _tag: "TransferFailed", reason: "refused", status: 503, code: "SlowDown" })
    yield* control.clearReceived
    const made = yield* IcaFiles.upload({ projectId }, options)
    expect([made.resumed, made.data.details?.status]).toEqual([5 * MiB, "AVAILABLE"])
    expect((yield* parts("PUT")).map(({ query }) => new URLSearchParams(query).get("partNumber"))).toEqual(["2", "3"])
    expect((yield* received("ica", "data:createFile")).length).toBe(0)
    // other bytes under the same name: what is there is of no use
    const other = yield* IcaFiles.download({ projectId, dataId: made.dataId }, { to: IcaFiles.memory })
    expect(md5(other.file)).toBe(md5(content))
  }))

  test("up: the answer to the last request is lost, but the file is there; or it is not", Effect.gen(function*() {
    const { control } = yield* Sandbox
    const projectId = yield* firstProject
    const upload = (name: string, handled: boolean) => {
      const Lost = Hooks.layer({ attempt: (event) => event.operation === "completeUpload" ? control.fail({ kind: "reset", handled, method: "POST", path: "/ica-demo/" }) : Effect.void })
      return IcaFiles.upload({ projectId }, { from: IcaFiles.bytes(name, content), partSize: 5 * MiB }).pipe(Effect.provide(Lost))
    }
    expect((yield* upload("there", true)).data.details).toMatchObject({ status: "AVAILABLE", fileSizeInBytes: content.length })
    expect(yield* Effect.flip(upload("gone", false))).toMatchObject({ _tag: "ConnectionFailed" })
  }))

  test("up: other bytes than those that were begun with are sent, not mixed", Effect.gen(function*() {
    const { control } = yield* Sandbox
    const projectId = yield* firstProject
    let sent = 0
    const Second = Hooks.layer({ attempt: (event) => event.operation === "uploadPart" && ++sent === 2 ? control.fail({ kind: "status", status: 503, method: "PUT", path: "/ica-demo/" }) : Effect.void })
    const upload = (bytes: Uint8Array) => IcaFiles.upload({ projectId }, { from: IcaFiles.bytes("reads.bam", bytes), partSize: 5 * MiB, concurrency: 1, resume: true })
    yield* Effect.flip(upload(content).pipe(Effect.provide(Second)))
    const others = noise(content.length, 7)
    const made = yield* upload(others)
    expect(made.resumed).toBe(0)
    const back = yield* IcaFiles.download({ projectId, dataId: made.dataId }, { to: IcaFiles.memory })
    expect(md5(back.file)).toBe(md5(others))
  }))

  test("up: where the store does not let us look for what was begun, it begins anew", Effect.gen(function*() {
    const { control } = yield* Sandbox
    const projectId = yield* firstProject
    yield* control.fail({ kind: "status", status: 403, method: "GET", path: "/ica-demo/" })
    const made = yield* IcaFiles.upload({ projectId }, { from: IcaFiles.bytes("reads.bam", content), partSize: 5 * MiB, resume: true })
    expect([made.resumed, made.data.details?.status]).toEqual([0, "AVAILABLE"])
  }))

  test("up, a long one to a store that does not speak S3: one PUT, piece by piece", Effect.gen(function*() {
    const { control } = yield* Sandbox
    const projectId = yield* firstProject
    const other = { rcloneTempCredentials: { config: { type: "azureblob" }, filePathPrefix: "a/b", storageType: "AZURE", expirationTime: "2026-01-01T00:00:00Z" } }
    const Other = Hooks.layer({
      attempt: (event) =>
        event.operation === "createTemporaryCredentialsForData"
          ? control.fail({ kind: "status", status: 200, path: `/ica/rest/api/projects/${projectId}/data/`, headers: { "Content-Type": "application/vnd.illumina.v3+json" }, body: other })
          : Effect.void
    })
    const made = yield* IcaFiles.upload({ projectId }, { from: IcaFiles.bytes("reads.bam", content), partSize: 5 * MiB }).pipe(Effect.provide(Other))
    expect(made.data.details).toMatchObject({ status: "AVAILABLE", objectETag: md5(content) })
    expect((yield* parts("PUT")).map(({ bodyLength, headers }) => [bodyLength, headers["content-length"], headers["authorization"]])).toEqual([[content.length, String(content.length), undefined]])
  }))

  test("up: a file that changes while it is read is not put together", Effect.gen(function*() {
    const projectId = yield* firstProject
    const folder = yield* temporaryFolder
    const file = path.join(folder, "reads.bam")
    yield* Effect.promise(() => fs.writeFile(file, content))
    const error = yield* Effect.flip(IcaFiles.upload({ projectId }, {
      from: NodeFile.source(file),
      partSize: 5 * MiB,
      concurrency: 1,
      onProgress: ({ done, total }) => done === total ? Effect.promise(() => fs.utimes(file, 1, 1)) : Effect.void
    }))
    expect(error).toMatchObject({ _tag: "FileFailed", path: file })
    expect((yield* parts("POST")).length).toBe(1)
  }))

  test("no error, and no text of one, holds what a presigned URL proves", Effect.gen(function*() {
    const { control } = yield* Sandbox
    const projectId = yield* firstProject
    const { url } = yield* createDownloadUrlForData({ projectId, dataId: sample })
    const signature = new URL(url).searchParams.get("X-Amz-Signature") ?? "none"
    yield* control.fail({ kind: "reset", path: "/ica-demo/", times: 3 })
    const session = yield* Ica
    const error = yield* Effect.flip(session.request({ method: "GET", url }))
    expect(error._tag).toBe("ConnectionFailed")
    expect(JSON.stringify(error) + error.message + String(error)).not.toContain(signature)
    expect(error.message).toContain("ica-demo")
  }))

  test("a recording of all of it holds no key, no URL that proves anything, and no temporary credential", Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const recording = Recording.make()
    const Live = Ica.layer().pipe(Layer.provide([
      password(),
      Configuration.layer({ baseUrl: sandbox.ica.url }),
      recording.layer.pipe(Layer.provide(NodeTransport.layer()))
    ]))
    const secrets = yield* Effect.gen(function*() {
      const projectId = yield* firstProject
      yield* IcaFiles.download({ projectId, dataId: sample }, { to: IcaFiles.memory })
      yield* IcaFiles.upload({ projectId }, { from: IcaFiles.bytes("reads.bam", content), partSize: 5 * MiB })
      yield* createFileWithUploadUrl({ projectId, body: { name: "b.txt" } })
      const { awsTempCredentials: aws } = yield* createTemporaryCredentialsForData({ projectId, dataId: sample })
      const { rcloneTempCredentials: rclone } = yield* createTemporaryCredentialsForData({ projectId, dataId: sample, body: { credentialsFormat: "RCLONE" } })
      const { url } = yield* createDownloadUrlForData({ projectId, dataId: sample })
      return [
        aws?.accessKey, aws?.secretKey, aws?.sessionToken,
        rclone?.config["access_key_id"], rclone?.config["secret_access_key"], rclone?.config["session_token"],
        new URL(url).searchParams.get("X-Amz-Signature"), "demo-password"
      ]
    }).pipe(Effect.provide(Live))
    const written = JSON.stringify(recording.exchanges)
    expect(secrets.filter((secret) => secret === undefined || secret === null || written.includes(secret))).toEqual([])
    expect(/X-Amz-Signature=[0-9a-f]|Signature=[0-9a-f]/.test(written)).toBe(false)
    expect(recording.exchanges.length).toBeGreaterThan(12)
  }))

  test("credentials that are sent along would be refused: the store is strict", Effect.gen(function*() {
    const projectId = yield* firstProject
    const { url } = yield* createDownloadUrlForData({ projectId, dataId: sample })
    const session = yield* Ica
    const response = yield* session.request({ method: "GET", url, headers: { authorization: "Bearer x" } })
    expect(response.status).toBe(400)
  }))

  test("a transfer can be bounded like any call", Effect.gen(function*() {
    const { control } = yield* Sandbox
    const projectId = yield* firstProject
    yield* control.fail({ kind: "delay", milliseconds: 5_000, path: "/ica-demo/" })
    const error = yield* Effect.flip(IcaFiles.download({ projectId, dataId: sample }, { to: IcaFiles.memory }).pipe(Call.with({ timeout: "200 millis" })))
    expect(error._tag).toBe("Timeout")
    yield* createFile({ projectId, body: { name: "after.txt" } })
  }))
})
