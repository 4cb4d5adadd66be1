import { expect, it } from "@effect/vitest"
import { Call, Endpoint, Hooks, type Session } from "credence"
import { Ica } from "credence/ica"
import { abortAnalysis, createNextflowAnalysis, getAnalyses, getAnalysis, searchAnalyses } from "credence/ica/analyses"
import {
  createBundle,
  deprecateBundle,
  getBundle,
  getBundleData,
  getBundles,
  getProjectBundle,
  getProjectBundles,
  linkDataToBundle,
  linkProjectBundle,
  releaseBundle,
  unlinkDataFromBundle,
  unlinkProjectBundle
} from "credence/ica/bundles"
import {
  createDataInProject,
  createDownloadUrlForData,
  createDownloadUrlsForData,
  createFile,
  createFileWithUploadUrl,
  createFolder,
  createTemporaryCredentialsForData,
  createUploadUrlForData,
  deleteData,
  getProjectData,
  getProjectDataList
} from "credence/ica/data"
import { createProject, getProject, getProjects, hideProject, updateProject } from "credence/ica/projects"
import { getRegions } from "credence/ica/regions"
import { createJwtToken, refreshJwtToken } from "credence/ica/tokens"
import { layer as sandboxLayer, Sandbox } from "credence-kit/sandbox"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { readFileSync } from "node:fs"
import { key, password, received, sessionOf } from "./support.ts"

/** Operations that were called and answered, over all tests. */
const called = new Set<string>()
const Called = Hooks.layer({ response: ({ operation, status }) => Effect.sync(() => status < 300 && called.add(operation)) })

type Needs = Session.Full<Ica> | Sandbox | Scope.Scope

const nowhere = "00000000-0000-4000-8000-00000000ffff"
const sampleId = "fil.00000000000000000000000000000001"

/** the project of that name */
const idOf = (name: string) => Effect.map(getProjects({ search: name }), ({ items }) => items[0]?.id ?? "")

it.layer(sandboxLayer(), { excludeTestServices: true })("endpoints of ICA", (it) => {
  /** Fresh data, a session of `demo`, and answers that must be exactly what the models say. */
  const test = <E>(name: string, body: Effect.Effect<void, E, Needs>, auth: Parameters<typeof sessionOf>[0] = key()): void =>
    it.effect(name, () =>
      Effect.gen(function*() {
        yield* (yield* Sandbox).control.reset
        yield* body.pipe(Call.with({ decode: "strict" }), Effect.provide(Called), Effect.provide(sessionOf(auth)))
      }) as Effect.Effect<void, unknown, Sandbox | Scope.Scope>)

  test("tokens and regions", Effect.gen(function*() {
    expect((yield* createJwtToken({ tenant: "demo" })).token.split(".").length).toBe(3)
    expect((yield* refreshJwtToken()).token.split(".").length).toBe(3)
    expect((yield* getRegions()).items.map(({ code }) => code)).toEqual(["US"])
  }), password())

  test("projects: made, read, changed by the version that was read, hidden", Effect.gen(function*() {
    const [region] = (yield* getRegions()).items
    const body = { name: "mine", regionId: region?.id ?? "", billingMode: "PROJECT", dataSharingEnabled: true, storageBundleId: nowhere } as const
    const made = yield* createProject({ body })
    const conflict = yield* Effect.flip(createProject({ body }))
    expect(conflict).toMatchObject({ _tag: "Conflict", status: 409, body: { type: "ICA_PROJECT_409", parameters: { name: "mine" } } })
    expect(conflict.message).toContain("ICA_PROJECT_409 Conflict: A project with this name exists (name: mine)")
    const { headers, value } = yield* Endpoint.withResponse(getProject)({ projectId: made.id })
    const changed = yield* updateProject({ projectId: made.id, ifMatch: headers.etag, body: Object.assign({}, value, { shortDescription: "other" }) })
    expect(changed.shortDescription).toBe("other")
    expect((yield* Effect.flip(updateProject({ projectId: made.id, ifMatch: headers.etag, body: changed })))._tag).toBe("Conflict")
    yield* hideProject({ projectId: made.id })
    expect((yield* getProjects({ search: "mine" })).items).toEqual([])
    expect((yield* getProjects({ search: "mine", includeHiddenProjects: true })).items.length).toBe(1)
  }))

  test("problems are typed: not there, wrong, forbidden, and what nobody declared", Effect.gen(function*() {
    const gone = yield* Effect.flip(getProject({ projectId: nowhere }))
    expect(gone).toMatchObject({ _tag: "NotFound", body: { type: "ICA_PRJ_404", title: "Not Found", detail: "Project not found" } })
    const wrong = yield* Effect.flip(getProjects({ pageOffset: 0, sort: "colour" }))
    expect(wrong).toMatchObject({ _tag: "BadRequest", body: { parameters: { sort: "is not a field" } } })
    yield* (yield* Sandbox).control.fail({ kind: "status", status: 503, path: "/ica/rest/api/projects", headers: { "Content-Type": "application/problem+json" } })
    const down = yield* Effect.flip(getProjects())
    expect(down).toMatchObject({ _tag: "ErrorResponse", status: 503, body: { detail: "Asked for by the test" } })
  }))

  test("who may only read", Effect.gen(function*() {
    const projectId = yield* idOf("project1")
    const error = yield* Effect.flip(createFolder({ projectId, body: { name: "new" } }))
    expect(error).toMatchObject({ _tag: "Forbidden", body: { type: "ICA_SEC_403" } })
  }), key("viewer"))

  test("pages by token, and by offset where an offset is given", Effect.gen(function*() {
    const projectId = yield* idOf("project2")
    const names = (query: { readonly pageOffset?: number; readonly sort?: string; readonly pageToken?: string }) =>
      getProjectDataList.items({ projectId, pageSize: 7, ...query }).pipe(Stream.map(({ data }) => data.details?.name), Stream.runCollect)
    const all = Array.from({ length: 30 }, (_, index) => `part${String(index + 1).padStart(2, "0")}.txt`)
    yield* (yield* Sandbox).control.clearReceived
    expect(yield* names({})).toEqual(all)
    const queries = yield* Effect.map(received("ica"), (entries) => entries.map(({ query }) => new URLSearchParams(query)))
    expect(queries.map((query) => [query.has("pageToken"), query.get("pageOffset")])).toEqual(Array.from({ length: 5 }, () => [true, null]))
    yield* (yield* Sandbox).control.clearReceived
    expect(yield* names({ pageOffset: 0, sort: "name desc" })).toEqual([...all].reverse())
    const offsets = yield* Effect.map(received("ica"), (entries) => entries.map(({ query }) => new URLSearchParams(query)))
    expect(offsets.map((query) => [query.has("pageToken"), query.get("pageOffset")])).toEqual(["0", "7", "14", "21", "28"].map((offset) => [false, offset]))
    // begun in the middle, either way
    expect((yield* names({ pageOffset: 28 })).length).toBe(2)
    const second = (yield* getProjectDataList({ projectId, pageSize: 7, pageToken: "" })).nextPageToken ?? ""
    expect((yield* names({ pageToken: second })).length).toBe(23)
    // what nobody asks for is not fetched
    yield* (yield* Sandbox).control.clearReceived
    yield* getProjectDataList.items({ projectId, pageSize: 7 }).pipe(Stream.take(3), Stream.runDrain)
    expect((yield* received("ica")).length).toBe(1)
  }))

  test("files and folders", Effect.gen(function*() {
    const projectId = yield* idOf("project1")
    const folder = yield* createFolder({ projectId, body: { name: "new" } })
    const file = yield* createFile({ projectId, body: { name: "a.txt", folderId: folder.data.id } })
    expect(file.data.details).toMatchObject({ path: "/new/a.txt", status: "PARTIAL", dataType: "FILE" })
    expect((yield* createUploadUrlForData({ projectId, dataId: file.data.id })).url).toContain("X-Amz-Signature")
    yield* createDataInProject({ projectId, body: { name: "deep", folderPath: "/x/y/", dataType: "FOLDER" } })
    expect((yield* getProjectDataList({ projectId, parentFolderPath: "/x/", type: "FOLDER" })).items.map(({ data }) => data.details?.path)).toEqual(["/x/y/"])
    expect((yield* createFileWithUploadUrl({ projectId, body: { name: "b.txt" } })).uploadUrl).toContain("b.txt")
    expect((yield* Effect.flip(createFile({ projectId, body: { name: "b.txt" } })))._tag).toBe("Conflict")
    expect((yield* Effect.flip(createDownloadUrlForData({ projectId, dataId: file.data.id })))).toMatchObject({ _tag: "BadRequest", body: { parameters: { status: "PARTIAL" } } })
    const { items } = yield* createDownloadUrlsForData({ projectId, body: { dataPaths: ["/runs/samples.csv"] } })
    expect(items.map(({ dataId }) => dataId)).toEqual([sampleId])
    expect((yield* createTemporaryCredentialsForData({ projectId, dataId: sampleId })).awsTempCredentials?.bucket).toBe("ica-demo")
    expect((yield* createDownloadUrlForData({ projectId, dataId: sampleId })).url).toContain("X-Amz-Signature")
    expect((yield* getProjectData({ projectId, dataId: sampleId })).data.details).toMatchObject({ fileSizeInBytes: 32, status: "AVAILABLE" })
    yield* deleteData({ projectId, dataId: folder.data.id })
    expect((yield* Effect.flip(getProjectData({ projectId, dataId: file.data.id })))._tag).toBe("NotFound")
  }))

  test("a file is made once, though the answer was lost and it was asked for again", Effect.gen(function*() {
    const projectId = yield* idOf("project3")
    yield* (yield* Sandbox).control.fail({ kind: "reset", handled: true, method: "POST", path: "/ica/rest/api/projects/" })
    const made = yield* createFile({ projectId, body: { name: "once.txt" } }).pipe(Call.with({ retry: Schedule.recurs(1) }))
    expect((yield* getProjectDataList({ projectId })).items.map(({ data }) => data.id)).toEqual([made.data.id])
  }))

  test("analyses, in both versions", Effect.gen(function*() {
    const projectId = yield* idOf("project1")
    const old = yield* getAnalyses({ projectId })
    expect(old.items.map(({ status }) => status)).toEqual(["SUCCEEDED", "INPROGRESS", "FAILED"])
    const found = yield* searchAnalyses.items({ projectId, body: { status: ["IN_PROGRESS"] } }).pipe(Stream.runCollect)
    expect(found.map(({ userReference }) => userReference)).toEqual(["run2"])
    const analysisId = found[0]?.id ?? ""
    expect((yield* getAnalysis({ projectId, analysisId })).owner.id).not.toBe("")
    expect((yield* getAnalysis.as("application/vnd.illumina.v3+json")({ projectId, analysisId })).status).toBe("INPROGRESS")
    const made = yield* createNextflowAnalysis({ projectId, body: { userReference: "mine", pipelineId: nowhere, analysisInput: { inputs: [] } } })
    expect(made.status).toBe("REQUESTED")
    yield* abortAnalysis({ projectId, analysisId: made.id })
    expect((yield* Effect.flip(abortAnalysis({ projectId, analysisId: made.id })))._tag).toBe("Conflict")
  }))

  test("bundles", Effect.gen(function*() {
    const projectId = yield* idOf("project1")
    const names = yield* getBundles.items({ pageSize: 1 }).pipe(Stream.map(({ name }) => name), Stream.runCollect)
    expect(names).toEqual(["references", "drafts", "panels"])
    const [references] = (yield* getProjectBundles({ projectId })).items
    const bundleId = references?.bundle.id ?? ""
    expect((yield* getBundleData({ bundleId })).items.map(({ data }) => data.id)).toEqual([sampleId])
    yield* linkDataToBundle({ bundleId, dataId: "fil.00000000000000000000000000000002" })
    yield* unlinkDataFromBundle({ bundleId, dataId: sampleId })
    expect((yield* getBundleData({ bundleId })).items.length).toBe(1)
    const [region] = (yield* getRegions()).items
    const made = yield* createBundle({ body: { name: "mine", shortDescription: "d", bundleReleaseVersion: "1", bundleStatus: "DRAFT", regionId: region?.id ?? "", categories: [] } })
    yield* releaseBundle({ bundleId: made.id })
    yield* deprecateBundle({ bundleId: made.id })
    expect((yield* getBundle({ bundleId: made.id })).status).toBe("DEPRECATED")
    expect((yield* linkProjectBundle({ projectId, bundleId: made.id })).bundle.name).toBe("mine")
    expect((yield* getProjectBundle({ projectId, bundleId: made.id })).bundle.id).toBe(made.id)
    yield* unlinkProjectBundle({ projectId, bundleId: made.id })
    expect((yield* Effect.flip(getProjectBundle({ projectId, bundleId: made.id })))._tag).toBe("NotFound")
  }))

  it.effect("every operation of the document was called", () =>
    Effect.sync(() => {
      const document: unknown = JSON.parse(readFileSync(new URL("../../../specs/ica.json", import.meta.url), "utf8"))
      const paths = Predicate.hasProperty(document, "paths") && Predicate.isObject(document.paths) ? Object.values(document.paths) : []
      const operations = paths.flatMap((item) => Object.values(item as Readonly<Record<string, { readonly operationId: string }>>).map(({ operationId }) => operationId))
      expect(operations.length).toBe(36)
      expect(operations.filter((name) => !called.has(name))).toEqual([])
    }))
})
