/**
 * ICA: a JWT that looks after itself, pages, and a file in parts through another origin.
 */
import { Configuration, Hooks } from "credence"
import { Ica, IcaAuth, IcaFiles } from "credence/ica"
import { getAnalyses } from "credence/ica/analyses"
import { createFolder, getProjectDataList } from "credence/ica/data"
import { getProject, getProjects } from "credence/ica/projects"
import { NodeFile, NodeTransport } from "credence/node"
import type { RunningSandbox } from "credence-kit/sandbox"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { createHash } from "node:crypto"
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { bold, code, expect, say, step } from "./screen.ts"

const MiB = 1024 * 1024

/** Every step, against a sandbox. */
export const walk = (sandbox: RunningSandbox): Effect.Effect<void, unknown> => {
  const { control, ica } = sandbox
  /** what one of the two hosts has received below a path */
  const received = (system: "ica" | "ica-storage", part: string) =>
    Effect.map(control.received, (requests) => requests.filter((request) => request.system === system && request.path.includes(part)))

  const steps = Effect.gen(function*() {
    yield* step("1. A password makes a JWT, which makes the calls", Effect.gen(function*() {
      yield* code("IcaAuth.password({ username, password, tenant })")
      const names = yield* getProjects.items({ pageSize: 2 }).pipe(Stream.map(({ name }) => name), Stream.runCollect)
      yield* say(`projects: ${names.join(", ")}`)
      yield* expect("one JWT for three pages by token", (yield* received("ica", "/tokens")).length === 1 && (yield* received("ica", "/projects")).length === 3)
    }))

    yield* step("2. The server ends the JWT; nobody notices", Effect.gen(function*() {
      yield* control.expireSessions()
      yield* control.clearReceived
      yield* Effect.all(Array.from({ length: 50 }, () => getProjects({ pageSize: 1 })), { concurrency: "unbounded" })
      const made = (yield* received("ica", "/tokens")).filter(({ status }) => status === 200)
      yield* expect("50 calls at once, one new JWT", made.length === 1)
    }))

    yield* step("3. Each operation gets the credentials that it takes", Effect.gen(function*() {
      yield* code("Ica.override(IcaAuth.apiKey(key))")
      yield* control.clearReceived
      yield* getProjects({ pageSize: 1 }).pipe(Effect.provide(Ica.override(IcaAuth.apiKey(Redacted.make(ica.apiKey)))))
      const [call] = yield* received("ica", "/projects")
      yield* expect("with the API key, and no JWT", call?.identity?.method === "APIKEY" && (yield* received("ica", "/tokens")).length === 0)
    }))

    const projectId = (yield* getProjects({ search: "project1" })).items[0]?.id ?? ""

    yield* step("4. Refusals are problems, with a type", Effect.gen(function*() {
      const missing = yield* Effect.flip(getProject({ projectId: "00000000-0000-4000-8000-00000000ffff" }))
      yield* say(missing.message)
      yield* expect("NotFound, and its body is a problem", missing._tag === "NotFound" && missing.body.type === "ICA_PRJ_404")
      const viewer = Ica.override(IcaAuth.password({ username: "viewer", password: Redacted.make("viewer-password") }))
      const forbidden = yield* Effect.flip(createFolder({ projectId, body: { name: "new" } }).pipe(Effect.provide(viewer)))
      yield* expect("who may only read is Forbidden to write", forbidden._tag === "Forbidden")
    }))

    yield* step("5. A file in parts, from another origin, without our credentials", Effect.scoped(Effect.gen(function*() {
      const folder = yield* Effect.acquireRelease(Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "credence-demo-"))), (dir) => Effect.promise(() => fs.rm(dir, { recursive: true, force: true })))
      const [reads] = (yield* getProjectDataList({ projectId, filename: ["reads.bin"] })).items
      const dataId = reads?.data.id ?? ""
      yield* code("IcaFiles.download({ projectId, dataId }, { to: NodeFile.parts({ folder, resume: true }) })")
      // the connection breaks down half way
      let asked = 0
      const Break = Hooks.layer({ attempt: (event) => event.operation === "downloadPart" && ++asked === 4 ? control.fail({ kind: "status", status: 500, path: "/ica-demo/", times: 10 }) : Effect.void })
      const download = IcaFiles.download({ projectId, dataId }, { to: NodeFile.parts({ folder, resume: true }), partSize: 2 * MiB, concurrency: 1 })
      const broken = yield* Effect.flip(download.pipe(Effect.provide(Break)))
      yield* say(broken.message)
      yield* control.clearFaults
      yield* control.clearReceived
      const file = yield* download
      const parts = yield* received("ica-storage", "/reads.bin")
      yield* expect(`gone on with: ${file.resumed / MiB} MiB were there, ${parts.length} of 6 parts came, whole by its ${file.verified}`, file.resumed === 6 * MiB && file.verified === "md5")
      yield* expect("no API key, no JWT went there", parts.every(({ headers }) => headers["authorization"] === undefined && headers["x-api-key"] === undefined))

      yield* code("IcaFiles.upload({ projectId, folderPath }, { from: NodeFile.source(file), resume: true })")
      const seen: Array<number> = []
      const made = yield* IcaFiles.upload({ projectId, folderPath: "/copies/" }, {
        from: NodeFile.source(file.file.path),
        partSize: 5 * MiB,
        onProgress: ({ done, total }) => Effect.sync(() => void seen.push(Math.round(done / total * 100)))
      })
      yield* say(`progress: ${seen.map((percent) => `${percent} %`).join(", ")}`)
      const copy = yield* IcaFiles.download({ projectId, dataId: made.dataId }, { to: IcaFiles.memory })
      const same = createHash("sha256").update(copy.file).digest("hex") === createHash("sha256").update(yield* Effect.promise(() => fs.readFile(file.file.path))).digest("hex")
      yield* expect(`${bold(made.data.details?.path ?? "")} is there, and what came back is the same`, same && made.data.details?.status === "AVAILABLE")
    })))

    yield* step("6. Analyses", Effect.gen(function*() {
      const analyses = yield* getAnalyses.items({ projectId, pageOffset: 0, sort: "userReference desc" }).pipe(Stream.map(({ userReference }) => userReference), Stream.runCollect)
      yield* expect(`by offset, sorted: ${analyses.join(", ")}`, analyses.join() === "run3,run2,run1")
    }))
  })

  const Live = Ica.layer().pipe(Layer.provide([
    IcaAuth.password({ username: ica.username, password: Redacted.make(ica.password), tenant: ica.tenant }),
    Configuration.layer({ baseUrl: ica.url }),
    NodeTransport.layer()
  ]))
  return Effect.provide(steps, Live)
}
