import { expect, it } from "@effect/vitest"
import { Call, Configuration, Endpoint, Hooks, Open, type Session, Transport } from "credence"
import { Argus, ArgusAuth, constrainSession, submitSample } from "credence/argus"
import { getAsset, listAssets, searchAssets } from "credence/argus/assets/v2/asset"
import { ldapAuthentication } from "credence/argus/authentication/v1/ldap"
import { passwordAuthentication } from "credence/argus/authentication/v1/password"
import { deleteSession, getSession, getSessionCustomers, getSessionFunctions } from "credence/argus/authentication/v1/session"
import {
  addComment,
  advancedCaseSearch,
  createCase,
  downloadAttachment,
  getAttachment,
  getCaseMetadataByID,
  listCaseAttachments,
  listCaseComments,
  simpleCaseSearch,
  updateCase,
  uploadStreamingAttachment
} from "credence/argus/cases/v2/case"
import { getCustomers } from "credence/argus/currentuser/v1/customers"
import { getCurrentUserFunctions } from "credence/argus/currentuser/v1/functions"
import { getCurrentUserGroups } from "credence/argus/currentuser/v1/groups"
import { getCurrentUser } from "credence/argus/currentuser/v1/user"
import { getBasicCustomer, listBasicCustomers } from "credence/argus/customers/v2/customer"
import {
  addDocumentByPathRaw,
  deleteDocumentByPath,
  getDocumentContentById,
  getDocumentContentByPath,
  getMetaInfoByPath
} from "credence/argus/documents/v1/document"
import { addDocumentRaw, addFolderByPath, browseFolder, browseFolderByPath, getCurrentUserRootFolder } from "credence/argus/documents/v1/folder"
import { findAggregatedEvents, listAggregatedEvents } from "credence/argus/events/v1/aggregated"
import * as generated from "credence/argus/models"
import { addSample, addSubmission, downloadRawSample, getSampleMetaData, getUploadChallenge } from "credence/argus/sampledb/v2/sample"
import { NodeTransport } from "credence/node"
import { layer as sandboxLayer, Sandbox } from "credence-kit/sandbox"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"

// ---------------------------------------------------------------- one server, and sessions on it

const key = (userName: string) => ArgusAuth.apiKey(Redacted.make(`${userName}-api-key`))

const sessionOf = (auth: ReturnType<typeof key>) =>
  Layer.unwrap(Effect.map(Sandbox, ({ argus }) =>
    Argus.layer().pipe(Layer.provide([auth, Configuration.layer({ baseUrl: argus.url, retry: "none" }), NodeTransport.layer()]))))

/** Operations that were called and answered, over all tests. */
const called = new Set<string>()
const Called = Hooks.layer({ response: ({ operation, status }) => Effect.sync(() => status < 300 && called.add(operation)) })

const refusals = [[403, "Forbidden"], [404, "NotFound"], [412, "PreconditionFailed"], [422, "UnprocessableContent"], [423, "Locked"]] as const

type Needs = Session.Full<Argus> | Sandbox | Scope.Scope

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const sha256 = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex")

const collect = <E, R>(body: Stream.Stream<Uint8Array, E, R>) => Effect.map(Stream.runCollect(body), (chunks) => new Uint8Array(Buffer.concat([...chunks])))

const ids = <Id>(items: ReadonlyArray<{ readonly id: Id }>): ReadonlyArray<Id> => items.map(({ id }) => id)

it.layer(sandboxLayer(), { excludeTestServices: true })("endpoints of Argus", (it) => {
  /** Fresh data, a session of `demo`, and answers that must be exactly what the models say. */
  const test = <E>(name: string, body: Effect.Effect<void, E, Needs>, auth = key("demo")): void =>
    it.effect(name, () =>
      Effect.gen(function*() {
        yield* (yield* Sandbox).control.reset
        yield* body.pipe(Call.with({ decode: "strict" }), Effect.provide(Called), Effect.provide(sessionOf(auth)))
      }))

  const asBob = <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.provide(self, Argus.override(key("bob")))

  test("the current user", Effect.gen(function*() {
    const { data: user } = yield* getCurrentUser()
    expect([user.userName, user.customer.shortName, user.domain?.name]).toEqual(["demo", "customer1", "MNEMONIC"])
    const functions = yield* getCurrentUserFunctions({ keywords: ["cases"] })
    expect(functions.data.map(({ name }) => name)).toEqual(["viewCases"])
    expect((yield* getCurrentUserGroups()).data[0]?.customer?.id).toBe(1)
    expect((yield* getCustomers({ requiredFunction: ["viewCases"], limit: 1 })).count).toBe(2)
    expect(yield* getCustomers.items({ limit: 1 }).pipe(Stream.map(({ shortName }) => shortName), Stream.runCollect)).toEqual(["customer1", "customer2"])
  }))

  test("the session", Effect.gen(function*() {
    expect((yield* getSession()).data).toMatchObject({ authenticationMethod: "PASSWORD", readOnly: false, securityLevel: "DEFAULT" })
    expect((yield* getSessionFunctions()).data.length).toBe(11)
    expect(ids((yield* getSessionCustomers()).data)).toEqual([1, 2])
    yield* Effect.gen(function*() {
      expect((yield* getSessionFunctions()).data.map(({ name }) => name)).toEqual(["viewCases"])
      expect(ids((yield* getSessionCustomers()).data)).toEqual([1])
    }).pipe(Argus.constrained({ customers: ["customer1"], functions: ["viewCases"] }))
    expect((yield* deleteSession()).data).toBe(null)
    // the server has ended it, and the session logs in again
    expect((yield* getCurrentUser()).data.userName).toBe("demo")
  }), ArgusAuth.password({ username: "demo", password: Redacted.make("demo-password") }))

  test("other sessions, opened by hand, leave this one alone", Effect.gen(function*() {
    const bob = yield* passwordAuthentication({ body: { userName: "bob", password: "bob-password", requestedAuthorizations: ["setPassword"] } })
    expect([bob.responseCode, bob.data.authorizations?.[0]?.identifier]).toEqual([200, "setPassword"])
    const newcomer = yield* passwordAuthentication({ body: { userName: "newcomer", password: "newcomer-password" } })
    expect(newcomer.responseCode).toBe(221)
    const ldap = yield* ldapAuthentication({ body: { userName: "bob", password: "bob-password", domain: "MNEMONIC" } })
    expect(ldap.data.credentials.requestCredentialsType).toBe("sessionToken")
    const constrained = yield* constrainSession({ body: { readOnly: true } })
    expect(constrained.data.sessionKey).not.toBe("")
    const wrong = yield* Effect.flip(passwordAuthentication({ body: { userName: "bob", password: "wrong" } }))
    expect(wrong._tag).toBe("AuthenticationFailed")
    // as demo still, and able to write
    expect((yield* getCurrentUser()).data.userName).toBe("demo")
    expect((yield* addComment({ caseID: 1, body: { comment: "seen" } })).data.addedByUser.userName).toBe("demo")
    // three by hand, and the session's own when it is first needed: neither a cookie nor a 401 of another makes it log in again
    const logins = (yield* (yield* Sandbox).control.received).filter(({ path }) => path === "/authentication/v1/password/authentication")
    expect(logins.map(({ status }) => status)).toEqual([200, 221, 200, 401])
  }), ArgusAuth.password({ username: "demo", password: Redacted.make("demo-password") }))

  test("cases are found, page by page", Effect.gen(function*() {
    const all = yield* simpleCaseSearch.items({ limit: 25, sortBy: ["-id"] }).pipe(Stream.runCollect)
    expect(ids(all)).toEqual(Array.from({ length: 60 }, (_, i) => 60 - i))
    const pages = yield* advancedCaseSearch.pages({ body: { limit: 7 } }).pipe(Stream.map(({ offset, size }) => [offset, size]), Stream.runCollect)
    expect(pages).toEqual([[0, 7], [7, 7], [14, 7], [21, 7], [28, 7], [35, 7], [42, 7], [49, 7], [56, 4]])
    const ofTwo = yield* simpleCaseSearch({ customer: ["customer1"], customerID: [1], status: ["pendingSoc", "workingSoc", "pendingCustomer"], limit: 0 })
    const wanted = all.filter((c) => c.customer.id === 1 && ["pendingSoc", "workingSoc", "pendingCustomer"].some((status) => status === c.status))
    expect(ids(ofTwo.data)).toEqual(ids(wanted).toReversed())
    const found = yield* advancedCaseSearch({ body: { keywords: ["EXAMPLE.com"], keywordMatchStrategy: "any", includeDescription: false } })
    expect(found.data.map(({ description, id }) => [id, description])).toEqual([[1, undefined]])
  }))

  test("a case is opened, changed and left alone", Effect.gen(function*() {
    const created = yield* createCase({ body: { subject: "s", description: "d", service: "ids", type: "informational", customer: "customer2" } })
    expect([created.responseCode, created.data.priority, created.data.category]).toEqual([201, "medium", undefined])
    expect(created.data.customer.shortName).toBe("customer2")
    const id = created.data.id
    expect((yield* updateCase({ id, body: { priority: "high", comment: "and a word" } })).responseCode).toBe(200)
    const again = yield* updateCase({ id, body: { priority: "high" } })
    expect([again.responseCode, again.data.priority]).toEqual([220, "high"])
    const first = yield* addComment({ caseID: id, body: { comment: "done", status: "pendingClose", textFormat: "plainText" } })
    expect([first.data.comment, first.data.status, first.data.textFormat]).toEqual(["done", "pendingClose", "plainText"])
    expect((yield* listCaseComments({ caseID: id })).data.map(({ comment }) => comment)).toContain("and a word")
    expect((yield* getCaseMetadataByID({ id })).data.status).toBe("pendingClose")
  }))

  test("comments are listed from both ends and by page", Effect.gen(function*() {
    const all = yield* listCaseComments.items({ caseID: 1, limit: 2, sortBy: ["addedTimestamp"] }).pipe(Stream.runCollect)
    expect(all.map(({ comment }) => comment)).toEqual(["First seen at noon.", "The link is dead by now.", "Nobody clicked."])
    const last = yield* listCaseComments({ caseID: 1, sortBy: ["-addedTimestamp"], limit: 1 })
    expect([last.count, last.data[0]?.comment]).toEqual([3, "Nobody clicked."])
    expect((yield* listCaseComments({ caseID: 1, afterComment: all[0]!.id })).count).toBe(2)
    expect((yield* listCaseComments({ caseID: 1, beforeComment: all[1]!.id })).count).toBe(1)
  }))

  test("a merged case is followed to its new place, unless told not to", Effect.gen(function*() {
    expect((yield* getCaseMetadataByID({ id: 9301 })).data.id).toBe(1)
    const stayed = yield* getCaseMetadataByID({ id: 9301, skipRedirect: true })
    expect([stayed.data.id, stayed.data.flags]).toEqual([9301, ["PUBLISHED", "MERGED"]])
  }))

  test("refusals are typed, and say why", Effect.gen(function*() {
    const missing = yield* getCaseMetadataByID({ id: 404404 }).pipe(Effect.catchTag("NotFound", (e) => Effect.succeed([e.status, e.body.messages[0]?.message])))
    expect(missing).toEqual([404, "Case not found"])
    const secret = yield* getCaseMetadataByID({ id: 61 }).pipe(Effect.catchTag("Forbidden", (e) => Effect.succeed([e.status, e.body.messages[0]?.message])))
    expect(secret).toEqual([403, "Access denied"])
    const wrong = yield* Effect.flip(createCase({ body: { subject: "", description: "d", service: "nothing", type: "change" } }))
    if (wrong._tag !== "PreconditionFailed") return expect.fail(wrong.message)
    expect(wrong.body.messages.map(({ field, type }) => [type, field])).toEqual([["FIELD_ERROR", "subject"], ["FIELD_ERROR", "service"]])
    expect(wrong.message).toContain("FIELD_ERROR (subject): Value is required")
    const unknown = yield* Effect.flip(getSampleMetaData({ sha256: "0".repeat(64) }))
    expect(unknown.message).toContain("Required permission: viewSamples")
  }))

  test("input is checked before anything is sent", Effect.gen(function*() {
    const { control } = yield* Sandbox
    yield* control.clearReceived
    // what a program without types could pass
    const status: ReadonlyArray<never> = ["asleep"] as never
    const failures = [
      yield* Effect.flip(getCaseMetadataByID({ id: 1.5 })),
      yield* Effect.flip(simpleCaseSearch({ status })),
      yield* Effect.flip(getAttachment({ caseID: 1, attachmentID: ".." })),
      yield* Effect.flip(browseFolderByPath({ path: "reports" })),
      yield* Effect.flip(browseFolderByPath({ path: "/reports/../.." }))
    ]
    expect(failures.map(({ _tag }) => _tag)).toEqual(failures.map(() => "InvalidInput"))
    expect(yield* control.received).toEqual([])
  }))

  test("a file on a case comes back byte by byte, under a name that harms nobody", Effect.gen(function*() {
    const content = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 7919) % 256)
    const filename = "målinger/2026 #1?.bin"
    const { data: attachment } = yield* uploadStreamingAttachment({ caseID: 3, filename, contentType: "application/x-measurements", body: content })
    expect(attachment).toMatchObject({ name: filename, mimeType: "application/x-measurements", size: content.length, sha256: sha256(content) })
    const where = { caseID: 3, attachmentID: attachment.id }
    expect((yield* getAttachment(where)).data).toEqual(attachment)
    const download = yield* downloadAttachment(where)
    expect([download.mediaType, download.size]).toEqual(["application/x-measurements", content.length])
    expect(download.name).not.toContain("/")
    expect(yield* collect(download.body)).toEqual(content)
    const shown = yield* Endpoint.raw(downloadAttachment)({ ...where, inline: true })
    expect([shown.status, new Uint8Array(shown.body)]).toEqual([200, content])
    const names = yield* listCaseAttachments.items({ caseID: 1, limit: 2 }).pipe(Stream.map(({ name }) => name), Stream.runCollect)
    expect(names).toEqual(["notes.txt", "rapport-æøå.pdf", "../../etc/passwd"])
    const gone = yield* Effect.flip(downloadAttachment({ caseID: 3, attachmentID: "00000000-0000-4000-8000-000000000000" }))
    expect(gone._tag).toBe("NotFound")
  }))

  test("assets, customers and events", Effect.gen(function*() {
    expect((yield* listAssets.items({ customer: ["customer1"], limit: 4 }).pipe(Stream.runCollect)).length).toBe(10)
    expect((yield* searchAssets({ body: { keywords: ["host1.customer1", "host2.customer1"], keywordMatchStrategy: "any" } })).count).toBe(2)
    const { data: asset } = yield* getAsset({ idOrShortName: "host1" })
    expect([asset.name, asset.components?.[0]?.type, asset.components?.[0]?.value]).toEqual(["host1.customer1.example", "ipType", "192.0.2.1"])
    expect(asset.criticality?.confidentiality).toBe("high")
    expect((yield* listBasicCustomers({ sortBy: ["-name"] })).data.length).toBe(2)
    expect((yield* getBasicCustomer({ idOrShortName: "customer1" })).data).toMatchObject({ id: 1, type: "leaf" })
    const recent = yield* listAggregatedEvents.items({ startTimestamp: "-2hours", limit: 1 }).pipe(Stream.runCollect)
    expect([recent.length > 0, recent.length < 5]).toEqual([true, true])
    const older = yield* findAggregatedEvents.items({ body: { customerID: [1], startTimestamp: "-30days", limit: 10 } }).pipe(Stream.runCollect)
    expect([older.length, new Set(older.map((e) => e.customerInfo.id)), older[0]?.source?.networkAddress.host]).toEqual([15, new Set([1]), true])
  }))

  test("documents live at paths of any kind", Effect.gen(function*() {
    const content = bytes("Målt: 3,5\n")
    const at = { parentFolderPath: "/rapporter & mer/år 2026", documentName: "mai 100% #1 & 2+2; ï.csv" }
    const missing = yield* Effect.flip(addDocumentByPathRaw({ ...at, contentType: "text/csv", body: content }))
    expect(missing._tag).toBe("NotFound")
    const { data: document } = yield* addDocumentByPathRaw({ ...at, createMissing: true, contentType: "text/csv", body: content })
    expect(document).toMatchObject({ name: at.documentName, mimeType: "text/csv", dataSize: content.length, sha256: sha256(content) })
    expect(document.parentElements?.map(({ name }) => name)).toEqual(["customer1", "rapporter & mer", "år 2026"])
    expect((yield* getMetaInfoByPath(at)).data).toEqual(document)
    const download = yield* getDocumentContentByPath(at)
    expect([download.mediaType, yield* collect(download.body)]).toEqual(["text/csv", content])
    expect(yield* collect(Endpoint.body(getDocumentContentById)({ documentID: document.id }))).toEqual(content)
    const twice = yield* Effect.flip(addDocumentByPathRaw({ ...at, body: content }))
    expect(twice._tag).toBe("PreconditionFailed")
    const { data: next } = yield* addDocumentByPathRaw({ ...at, overwriteExisting: true, body: content })
    expect([next.revision, next.mimeType]).toEqual([2, "application/octet-stream"])
    expect((yield* deleteDocumentByPath(at)).data.id).toBe(document.id)
    expect((yield* Effect.flip(getMetaInfoByPath(at)))._tag).toBe("NotFound")
  }))

  test("folders", Effect.gen(function*() {
    expect(ids((yield* getCurrentUserRootFolder()).data)).toEqual([100, 200])
    const names = yield* browseFolderByPath.items({ path: "/", limit: 2 }).pipe(Stream.map(({ name }) => name), Stream.runCollect)
    expect(names).toEqual(["reports", "hostile", "welcome.txt", "locked.txt"])
    const other = yield* browseFolderByPath({ path: "/", customer: "customer2" })
    expect(other.data.map(({ elementType, name }) => [name, elementType])).toEqual([["plan.txt", "document"]])
    expect(ids((yield* browseFolder({ folderID: 101 })).data)).toEqual([102])
    const body = { name: "Ærlig", accessMode: "roleBased", createMissingFolders: true } as const
    const made = yield* addFolderByPath({ parentFolderPath: "/reports/2026/ny mappe", body })
    expect([made.responseCode, made.data.name]).toEqual([201, "Ærlig"])
    const again = yield* addFolderByPath({ parentFolderPath: "/reports/2026/ny mappe", body })
    expect([again.responseCode, again.data.id]).toEqual([200, made.data.id])
    const contentType = "text/plain; charset=utf-8"
    const document = yield* addDocumentRaw({ folderID: made.data.id, documentName: "x.txt", contentType, accessMode: "explicit", body: bytes("x") })
    expect([document.data.accessMode, document.data.mimeType]).toEqual(["explicit", contentType])
    expect(ids(yield* browseFolder.items({ folderID: made.data.id }).pipe(Stream.runCollect))).toEqual([document.data.id])
  }))

  test("a locked document tells who works on it", Effect.gen(function*() {
    const lock = yield* deleteDocumentByPath({ parentFolderPath: "/", documentName: "locked.txt" }).pipe(
      Effect.flatMap(() => Effect.succeed(undefined)),
      Effect.catchTag("Locked", (e) => Effect.succeed(e.body.data))
    )
    expect(lock).toMatchObject({ elementName: "locked.txt", userName: "bob" })
  }))

  test("samples", Effect.gen(function*() {
    const content = Uint8Array.from({ length: 5000 }, (_, i) => (i * 31) % 251)
    const hash = sha256(content)
    const upload = yield* addSample({ body: content })
    expect([upload.responseCode, upload.data.exists, upload.data.sample]).toEqual([201, false, { id: hash, size: 5000 }])
    expect((yield* addSample({ body: content })).data.exists).toBe(true)
    expect(yield* collect(Endpoint.body(downloadRawSample)({ sha256: hash }))).toEqual(content)
    const { data: challenge } = yield* getUploadChallenge({ sha256: hash })
    const slice = sha256(content.subarray(challenge.offset, challenge.offset + challenge.length))
    const body = { fileName: "a.bin", userAgent: { name: "test", version: "1" }, metaData: { line: 7 } }
    const submitted = yield* addSubmission({ sha256: hash, body: { ...body, challengeToken: { id: challenge.id, sha256: slice } } })
    if (!("id" in submitted.data)) return expect.fail("not kept")
    expect([submitted.responseCode, submitted.data.tlp, submitted.data.metaData]).toEqual([201, "amber", { line: 7 }])
    const { data: known } = yield* getSampleMetaData({ sha256: hash }).pipe(asBob)
    expect(known).toMatchObject({ sha256: hash, size: 5000, lastSubmittedTimestamp: submitted.data.submittedTimestamp })
  }))

  test("a submission uploads only what it must", Effect.gen(function*() {
    const { control } = yield* Sandbox
    const content = Uint8Array.from({ length: 4096 }, (_, i) => (i * 17) % 241)
    const small = bytes("small")
    const userAgent = { name: "test", version: "1" }
    const submit = (sample: Uint8Array, fileName: string) =>
      Effect.gen(function*() {
        yield* control.clearReceived
        const { data, responseCode } = yield* submitSample({ sample, fileName, userAgent })
        return [responseCode, data.sampleSha256 === sha256(sample), (yield* control.received).map(({ path }) => path.split("/").at(-1))]
      })
    // unknown, known, and known but too small to prove
    expect(yield* submit(content, "a.bin")).toEqual([201, true, ["challenge", "sample", "submission"]])
    expect(yield* submit(content, "b.bin")).toEqual([201, true, ["challenge", "submission"]])
    expect(yield* submit(content, "b.bin")).toEqual([220, true, ["challenge", "submission"]])
    yield* addSample({ body: small })
    expect(yield* submit(small, "c.bin")).toEqual([201, true, ["challenge", "sample", "submission"]])
  }))

  test("every operation was called, and every refusal that the document declares is typed", Effect.gen(function*() {
    const { control } = yield* Sandbox
    expect(operations.filter(({ id }) => !called.has(id)).map(({ id }) => id)).toEqual([])
    for (const operation of operations) {
      const endpoint = yield* Effect.promise(() => load(operation))
      for (const [status, tag] of refusals) {
        yield* control.fail({ kind: "status", status })
        const error = yield* Effect.flip(Effect.scoped(endpoint(inputOf(operation))))
        expect([operation.id, status, error._tag]).toEqual([operation.id, status, operation.statuses.includes(status) ? tag : "UnexpectedStatus"])
      }
    }
  }))

  it.effect("every parameter that the document declares is sent", () =>
    Effect.gen(function*() {
      const { control } = yield* Sandbox
      for (const operation of operations) {
        yield* control.clearReceived
        yield* control.fail({ kind: "status", status: 200, body: "" })
        const endpoint = yield* Effect.promise(() => load(operation))
        yield* Effect.scoped(Effect.exit(endpoint(inputOf(operation))))
        const request = (yield* control.received)[0]!
        const names = [...new Set(new URLSearchParams(request.query).keys())].toSorted()
        const declared = operation.parameters.filter((parameter) => parameter.in === "query").map(({ name }) => name).toSorted()
        expect([operation.id, request.method, names]).toEqual([operation.id, operation.method, declared])
        if (operation.parameters.some((p) => p.in === "header")) expect(request.headers["content-type"]).toBe("text/x-sample")
      }
    }).pipe(Effect.provide(sessionOf(key("demo")))))
})

// ---------------------------------------------------------------- the document

type Json = Readonly<Record<string, unknown>>
const record = (value: unknown): Json => (Predicate.isReadonlyObject(value) ? { ...value } : {})
const list = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

const document = record(JSON.parse(readFileSync(new URL("../../../specs/argus.json", import.meta.url), "utf8")))
const resolve = (value: unknown): Json => {
  const { $ref } = record(value)
  return Predicate.isString($ref) ? resolve($ref.split("/").slice(1).reduce<unknown>((at, name) => record(at)[name], document)) : record(value)
}
const schemas = record(record(document["components"])["schemas"])

interface Operation {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly permissions: ReadonlyArray<unknown>
  readonly statuses: ReadonlyArray<number>
  readonly parameters: ReadonlyArray<{ readonly name: string; readonly in: string; readonly schema: unknown }>
  readonly body: { readonly json: unknown } | "bytes" | undefined
}

const bodyOf = (request: Json): Operation["body"] => {
  const content = record(request["content"])
  return "application/json" in content ? { json: record(content["application/json"])["schema"] } : Object.keys(content).length > 0 ? "bytes" : undefined
}

const operations: ReadonlyArray<Operation> = Object.entries(record(document["paths"])).flatMap(([path, item]) =>
  Object.entries(record(item)).map(([method, value]) => {
    const operation = record(value)
    return {
      id: String(operation["operationId"]),
      method: method.toUpperCase(),
      path,
      permissions: list(operation["x-Argus-Required-Permissions"]),
      statuses: Object.keys(record(operation["responses"])).map(Number),
      parameters: list(operation["parameters"]).map(resolve).map((p) => ({ name: String(p["name"]), in: String(p["in"]), schema: p["schema"] })),
      body: bodyOf(record(operation["requestBody"]))
    }
  })
)

interface Loaded {
  (input: unknown): Effect.Effect<unknown, { readonly _tag: string }, Session.Full<Argus> | Scope.Scope>
  readonly operation: { readonly name: string; readonly method: string; readonly path: string; readonly permissions: ReadonlyArray<string> }
}

/** The endpoint, from the module that its path names. */
const load = async ({ id, path }: Operation): Promise<Loaded> => {
  const [service, version, resource] = path.split("/").slice(1)
  // one stands beside the class, a static of which is built on it
  const module: Readonly<Record<string, Loaded>> = id === "constrainSession" ? await import("../../../src/apis/argus/Argus.ts") : await import(`../../../src/apis/argus/generated/${service}/${version}/${resource}.ts`)
  const endpoint = module[id]
  if (endpoint === undefined) throw new Error(`${service}/${version}/${resource} does not export ${id}`)
  return endpoint
}

/** A value that fits a schema. `turn` picks among the values of an enum; `full`: with what may be left out. */
const sample = (schema: unknown, turn: number, full: boolean, depth = 0): unknown => {
  const resolved = resolve(schema)
  const type = list(resolved["type"])[0] ?? resolved["type"]
  const [variant] = [...list(resolved["oneOf"]), ...list(resolved["anyOf"])]
  if (variant !== undefined) return sample(variant, turn, full, depth)
  const values = list(resolved["enum"])
  if (values.length > 0) return values[turn % values.length]
  switch (type) {
    case "array":
      return depth > 3 ? [] : [sample(resolved["items"], turn, full, depth + 1)]
    case "integer":
      return 7
    case "number":
      return 7.5
    case "boolean":
      return true
    case "string":
      return resolved["format"] === "uuid" ? "6f1c2f7e-5a0b-4c3d-8e9f-0a1b2c3d4e5f" : "sample"
    case "object": {
      const required = list(resolved["required"])
      const properties = Object.entries(record(resolved["properties"])).filter(([name]) => (full && depth < 4) || required.includes(name))
      const additional = resolved["additionalProperties"]
      return Object.fromEntries([
        ...properties.map(([name, property]) => [name, sample(property, turn, full, depth + 1)]),
        ...(additional === undefined ? [] : [["extra", sample(additional, turn, full, depth + 1)]])
      ])
    }
    default:
      return "anything"
  }
}

/** An input with everything that the document declares. */
const inputOf = ({ body, parameters }: Operation): Json => ({
  ...Object.fromEntries(parameters.map(({ in: place, name, schema }) =>
    place === "header" ? ["contentType", "text/x-sample"] : [name, /path$/i.test(name) ? "/sample" : sample(schema, 0, true)])),
  ...(body === undefined ? {} : { body: body === "bytes" ? bytes("sample") : sample(body.json, 0, true) })
})

it("every operation of the document is an endpoint of its module, as the document says", async () => {
  expect(operations.length).toBe(44)
  for (const operation of operations) {
    const { id, method, path, permissions } = operation
    expect((await load(operation)).operation).toMatchObject({ name: id, method, path, permissions })
  }
})

const models: Readonly<Record<string, unknown>> = generated

/** What a model did not know, however deep. */
const unrecognized = (value: unknown): number => {
  if (value instanceof Open.Unrecognized) return 1
  return typeof value === "object" && value !== null ? Object.values(value).reduce<number>((n, member) => n + unrecognized(member), 0) : 0
}

it("every schema of the document has a model that knows all its members and values, and needs no more than the document", () => {
  const exact = { onExcessProperty: "error" } as const
  for (const [name, schema] of Object.entries(schemas)) {
    const model = models[name]
    if (!Schema.isSchema(model)) return expect.fail(`there is no model ${name}`)
    const codec = Schema.make<Schema.Codec<unknown>>(model.ast)
    const decode = (value: unknown) => Schema.decodeUnknownExit(codec)(value, exact)
    for (let turn = 0; turn < 16; turn++) {
      for (const full of [true, false]) {
        const value = sample(schema, turn, full)
        const exit = decode(value)
        if (Exit.isFailure(exit)) return expect.fail(`${name} ${JSON.stringify(value)}: ${String(exit.cause)}`)
        expect([name, value, unrecognized(exit.value)]).toEqual([name, value, 0])
        expect(Schema.encodeUnknownExit(codec)(exit.value)).toEqual(Exit.succeed(value))
      }
    }
    for (const required of list(record(schema)["required"]).map(String)) {
      const { [required]: _, ...rest } = record(sample(schema, 0, true))
      expect([name, required, Exit.isFailure(decode(rest))]).toEqual([name, required, true])
    }
  }
})

it.effect("pages end where the facts say so, not where a count does", () =>
  Effect.gen(function*() {
    const total = 10
    /** A server with ten customers that allows at most three a page; `lie` is what it says of them. */
    const pagesOf = (limit: number, lie: (offset: number) => { readonly count: number; readonly limit: number; readonly offset?: number }) => {
      const send = (request: { readonly url: URL }) => {
        const offset = Number(request.url.searchParams.get("offset") ?? 0)
        const data = Array.from({ length: total }, (_, id) => ({ id, shortName: `c${id}`, name: `C${id}` })).slice(offset, offset + 3)
        const body = { responseCode: 200, offset, size: data.length, metaData: {}, messages: [], data, ...lie(offset) }
        return Effect.succeed({ status: 200, headers: { "content-type": "application/json" }, body: bytes(JSON.stringify(body)) })
      }
      const Fake = Layer.succeed(Transport.Transport, Transport.Transport.of({ name: "fake", send, open: () => Effect.die("not used") }))
      const Live = Argus.layer().pipe(Layer.provide([key("demo"), Configuration.layer({ baseUrl: "https://argus.example" }), Fake]))
      return getCustomers.pages({ limit }).pipe(Stream.take(20), Stream.map(({ size }) => size), Stream.runCollect, Effect.provide(Live))
    }
    expect(yield* pagesOf(3, () => ({ count: 10, limit: 3 }))).toEqual([3, 3, 3, 1])
    expect(yield* pagesOf(3, () => ({ count: -1, limit: 3 }))).toEqual([3, 3, 3, 1])
    // capped below what was asked for, said or unsaid
    expect(yield* pagesOf(100, () => ({ count: -1, limit: 3 }))).toEqual([3, 3, 3, 1])
    expect(yield* pagesOf(100, () => ({ count: 10, limit: 100 }))).toEqual([3, 3, 3, 1])
    // counts that are wrong
    expect(yield* pagesOf(3, () => ({ count: 4, limit: 3 }))).toEqual([3, 3, 3, 1])
    expect(yield* pagesOf(3, () => ({ count: 99, limit: 3 }))).toEqual([3, 3, 3, 1, 0])
    // the offset is ignored
    expect(yield* pagesOf(3, () => ({ count: 10, limit: 3, offset: 0 }))).toEqual([3, 3])
  }))
