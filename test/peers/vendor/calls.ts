/**
 * Calls of every operation that the sandbox has, by the client that is generated from the vendor's documents.
 *
 * It stands beside that client only while `../vendor.ts` runs, which lays out both, type-checks this and runs it.
 */
import { Call, Configuration, Endpoint, Hooks, type InvalidInput, type Session } from "credence"
import { NodeTransport } from "credence/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { deepEqual, equal, ok } from "node:assert/strict"
import { createHash } from "node:crypto"
import { getAsset, listAssets, searchAssets } from "./client/assets/v2/asset.ts"
import { ldapAuthentication } from "./client/authentication/v1/ldap.ts"
import { passwordAuthentication } from "./client/authentication/v1/password.ts"
import { constrainSession, deleteSession, getSession, getSessionCustomers, getSessionFunctions } from "./client/authentication/v1/session.ts"
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
} from "./client/cases/v2/case.ts"
import { getCustomers } from "./client/currentuser/v1/customers.ts"
import { getCurrentUserFunctions } from "./client/currentuser/v1/functions.ts"
import { getCurrentUserGroups } from "./client/currentuser/v1/groups.ts"
import { getCurrentUser } from "./client/currentuser/v1/user.ts"
import { getBasicCustomer, listBasicCustomers } from "./client/customers/v2/customer.ts"
import {
  addDocumentByPathRaw,
  deleteDocumentByPath,
  getDocumentContentById,
  getDocumentContentByPath,
  getMetaInfoByPath
} from "./client/documents/v1/document.ts"
import { addDocumentRaw, addFolderByPath, browseFolder, browseFolderByPath, getCurrentUserRootFolder } from "./client/documents/v1/folder.ts"
import { findAggregatedEvents, listAggregatedEvents } from "./client/events/v1/aggregated.ts"
import type { CaseVO } from "./client/models/cases.ts"
import { addSample, addSubmission, downloadRawSample, getSampleMetaData, getUploadChallenge } from "./client/sampledb/v2/sample.ts"
import { Argus, ArgusAuth } from "./client/session.ts"
import type { Row, Rows } from "./row.ts"

// ---------------------------------------------------------------- what the compiler knows

type Needs<F extends (...input: never) => Effect.Effect<unknown, unknown, unknown>> = Effect.Services<ReturnType<F>>
type Fails<F extends (...input: never) => Effect.Effect<unknown, unknown, unknown>> = Effect.Error<ReturnType<F>>
type Same<A, B> = [A] extends [B] ? [B] extends [A] ? true : false : false

/** Does not compile where one of these is not so. */
export const types: [
  Same<Needs<typeof getCaseMetadataByID>, Argus | Session.Can<Argus, "viewCases">>,
  Same<Needs<typeof downloadRawSample>, Argus | Session.Can<Argus, "downloadRawSample" | "downloadSampleUnrestricted"> | Scope.Scope>,
  Same<Needs<typeof getCurrentUser>, Argus>,
  Same<Extract<Fails<typeof getCaseMetadataByID>, { readonly _tag: "NotFound" | "Forbidden" | "PreconditionFailed" }>["status"], 404 | 403 | 412>,
  Same<Effect.Success<ReturnType<typeof createCase>>["data"], CaseVO>
] = [true, true, true, true, true]

// ---------------------------------------------------------------- rows

const blank = { subject: "", description: "", service: "ids", type: "informational", priority: "low", accessMode: "roleBased" } as const
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const sha256 = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex")
const read = ({ body }: Endpoint.Download) => Effect.map(Stream.runCollect(body), (chunks) => new Uint8Array(Buffer.concat([...chunks])))
const ids = <Id>(items: ReadonlyArray<{ readonly id?: Id }>) => items.map(({ id }) => id)
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

/** The error of an effect; a success is one that should not be. */
const failing = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<E, never, R> => Effect.orDie(Effect.flip(self))

const refused = <E extends { readonly _tag: string }, const Tag extends E["_tag"]>(error: E, tag: Tag): Extract<E, { readonly _tag: Tag }> => {
  equal(error._tag, tag, String(error))
  // the tag was looked at
  return error as Extract<E, { readonly _tag: Tag }>
}

export const rows: Rows = (argus, control, told) => {
  const session = (auth: ReturnType<typeof ArgusAuth.apiKey>) =>
    Argus.layer().pipe(Layer.provide([auth, Configuration.layer({ baseUrl: argus.url, retry: "none" }), NodeTransport.layer()]))
  const as = (userName: string) => session(ArgusAuth.apiKey(Redacted.make(`${userName}-api-key`)))
  const login = { userName: argus.username, password: argus.password, domain: argus.domain }
  const Told = Hooks.layer({
    response: ({ operation, status }) => Effect.sync(() => status < 300 && told.answered(operation, status)),
    drift: ({ drift, operation }) => Effect.sync(() => told.drift(operation, drift))
  })
  /** answers have to be exactly what the documents say */
  const row = <E>(name: string, body: Effect.Effect<void, E, Session.Full<Argus> | Scope.Scope>, layer = as("demo")): Row => ({
    name,
    check: Effect.andThen(control.reset, Effect.scoped(body)).pipe(Call.with({ decode: "strict" }), Effect.provide(Told), Effect.provide(layer))
  })

  const byHand = ArgusAuth.password({ username: argus.username, password: Redacted.make(argus.password) })
  const cookieLogin = Effect.gen(function*() {
    equal((yield* getCurrentUser()).data.userName, "demo")
    equal((yield* addComment({ caseID: 3, body: { comment: "signed" } })).data.comment, "signed")
    equal((yield* getMetaInfoByPath({ parentFolderPath: "/reports/2026", documentName: "\u00e5rsrapport 2026.txt" })).data.id, 1002)
    equal((yield* getSession()).data.authenticationMethod, "PASSWORD")
  })

  return [
    row("current user: who, functions, groups, customers", Effect.gen(function*() {
      const me = yield* getCurrentUser()
      equal(me.responseCode, 200)
      equal(me.data.userName, "demo")
      ok((yield* getCurrentUserFunctions({ limit: 100 })).data.some(({ name }) => name === "viewCases"))
      equal((yield* getCurrentUserFunctions({ keywords: ["viewcases"] })).count, 1)
      equal((yield* getCurrentUserGroups()).data[0]?.type, "group")
      deepEqual((yield* getCustomers()).data.map(({ shortName }) => shortName), ["customer1", "customer2"])
    })),

    row("sessions: described, with their functions and customers, and ended", Effect.gen(function*() {
      equal((yield* getSession()).data.authenticationMethod, "APIKEY")
      equal((yield* getSessionCustomers()).count, 2)
      ok((yield* getSessionFunctions()).data.length > 5)
      yield* deleteSession()
    })),

    row("sessions: a narrower one, whose token works as a bearer token", Effect.gen(function*() {
      const { data } = yield* constrainSession({ body: { customer: ["customer1"], function: ["viewCases"] } })
      const token = Redacted.make(data.credentials?.requestCredentialsData ?? "")
      const narrow = Effect.gen(function*() {
        deepEqual(ids((yield* advancedCaseSearch({ body: {} })).data), range(1, 6))
        const error = refused(yield* failing(addComment({ caseID: 1, body: { comment: "x" } })), "Forbidden")
        ok(error.body.messages[0]?.message?.includes("updateCase"))
      })
      yield* Effect.provide(narrow, session(ArgusAuth.sessionToken(token)))
      // no document declares a refusal of this one
      equal(refused(yield* failing(constrainSession({ body: { customer: ["nobody"] } })), "UnexpectedStatus").status, 412)
    })),

    row("log-ins: both kinds, and 221 where the password must be changed", Effect.gen(function*() {
      const password = yield* passwordAuthentication({ body: login })
      ok("credentials" in password.data && password.data.credentials?.requestCredentialsData !== undefined)
      ok((yield* ldapAuthentication({ body: login })).data.sessionKey !== undefined)
      // of a 221 the documents describe an older form, which the server does not send
      const newcomer = { userName: "newcomer", password: "newcomer-password" }
      const answered = yield* Endpoint.withResponse(passwordAuthentication)({ body: newcomer }).pipe(Call.with({ decode: "tolerant" }))
      equal(answered.status, 221)
      equal(answered.value.responseCode, 221)
      ok(answered.value.data.sessionKey !== undefined)
    })),

    row("log-ins: the hand-made one serves the generated session class", cookieLogin, session(byHand)),

    row("log-ins: a wrong key is AuthenticationFailed", Effect.gen(function*() {
      equal(refused(yield* failing(getCurrentUser()), "AuthenticationFailed").status, 401)
    }), as("nobody")),

    row("cases: found by either search, all 60 of them page by page", Effect.gen(function*() {
      deepEqual(ids(yield* Stream.runCollect(simpleCaseSearch.items({ limit: 7, sortBy: ["id"] }))), range(1, 60))
      deepEqual(ids(yield* Stream.runCollect(advancedCaseSearch.items({ body: { limit: 25, sortBy: ["id"] } }))), range(1, 60))
      deepEqual((yield* Stream.runCollect(simpleCaseSearch.pages({ limit: 25 }))).map(({ size }) => size), [25, 25, 10])
      const page = yield* simpleCaseSearch({ status: ["pendingSoc", "workingSoc"], limit: 3, offset: 1 })
      ok(page.data.every(({ status }) => status === "pendingSoc" || status === "workingSoc"))
      equal((yield* simpleCaseSearch({ keywords: ["\u00e5&=c"] })).count, 0)
    })),

    row("cases: created, read, changed, and 220 where nothing differs", Effect.gen(function*() {
      const made = yield* createCase({ body: { ...blank, subject: "s", description: "d", customer: "customer2" } })
      equal(made.responseCode, 201)
      const id = made.data.id ?? 0
      deepEqual((yield* getCaseMetadataByID({ id })).data, made.data)
      equal((yield* updateCase({ id, body: { priority: "high" } })).data.priority, "high")
      const again = yield* Endpoint.withResponse(updateCase)({ id, body: { priority: "high" } })
      equal(again.status, 220)
      equal(again.value.data.id, id)
    })),

    row("cases: a merged one is followed, unless it is asked for itself", Effect.gen(function*() {
      equal((yield* getCaseMetadataByID({ id: 9301 })).data.id, 1)
      equal((yield* getCaseMetadataByID({ id: 9301, skipRedirect: true })).data.id, 9301)
    })),

    row("refusals: 404, 403 and 412 with their envelope, and input that never leaves", Effect.gen(function*() {
      const absent = refused(yield* failing(getCaseMetadataByID({ id: 404404 })), "NotFound")
      equal(absent.body.messages[0]?.message, "Case not found")
      const others = refused(yield* failing(getCaseMetadataByID({ id: 61 })), "Forbidden")
      equal(others.body.messages[0]?.type, "ACTION_ERROR")
      // past the types, which do not let an empty type through
      const wrong = refused(yield* failing(Call.with({ body: { type: "" } })(createCase({ body: blank }))), "PreconditionFailed")
      deepEqual(wrong.body.messages.map(({ field }) => field), ["subject", "description", "type"])
      const invalid: InvalidInput = refused(yield* failing(getCaseMetadataByID({ id: 0 })), "InvalidInput")
      equal(invalid.issues[0]?.path, "id")
    })),

    row("comments: added and listed", Effect.gen(function*() {
      const one = yield* addComment({ caseID: 5, body: { comment: "one" } })
      yield* addComment({ caseID: 5, body: { comment: "two", status: "workingSoc" } })
      deepEqual((yield* listCaseComments({ caseID: 5 })).data.map(({ comment }) => comment), ["one", "two"])
      deepEqual((yield* listCaseComments({ caseID: 5, afterComment: one.data.id ?? "" })).data.map(({ comment }) => comment), ["two"])
      equal((yield* getCaseMetadataByID({ id: 5 })).data.status, "workingSoc")
      equal((yield* Stream.runCollect(listCaseComments.items({ caseID: 1, limit: 2 }))).length, 3)
    })),

    row("attachments: listed, described, downloaded with safe names, uploaded", Effect.gen(function*() {
      const { data } = yield* listCaseAttachments({ caseID: 1 })
      deepEqual(data.map(({ name }) => name), ["notes.txt", "rapport-\u00e6\u00f8\u00e5.pdf", "../../etc/passwd"])
      for (const [index, name] of ["notes.txt", "rapport-\u00e6\u00f8\u00e5.pdf", "passwd"].entries()) {
        const attachmentID = data[index]?.id ?? ""
        equal((yield* getAttachment({ caseID: 1, attachmentID })).data.id, attachmentID)
        const file = yield* downloadAttachment({ caseID: 1, attachmentID })
        equal(file.name, name)
        equal(sha256(yield* read(file)), data[index]?.sha256)
      }
      const [big] = (yield* listCaseAttachments({ caseID: 2 })).data
      equal(sha256(yield* read(yield* downloadAttachment({ caseID: 2, attachmentID: big?.id ?? "" }))), big?.sha256)
      const raw = Uint8Array.from({ length: 256 }, (_, index) => index)
      const made = yield* uploadStreamingAttachment({ caseID: 4, filename: "r\u00e5 data.bin", contentType: "application/x-thing", body: raw })
      deepEqual([made.responseCode, made.data.mimeType, made.data.name], [201, "application/x-thing", "r\u00e5 data.bin"])
      deepEqual(yield* read(yield* downloadAttachment({ caseID: 4, attachmentID: made.data.id ?? "" })), raw)
    })),

    row("assets: listed, searched, read", Effect.gen(function*() {
      equal((yield* listAssets({ customer: ["customer1"] })).count, 10)
      equal((yield* Stream.runCollect(listAssets.items({ limit: 9 }))).length, 35)
      const found = yield* searchAssets({ body: { keywords: ["host7.customer1"], keywordMatchStrategy: "all" } })
      deepEqual(found.data.map(({ shortName }) => shortName), ["host7"])
      equal((yield* getAsset({ idOrShortName: "host7" })).data.criticality?.confidentiality, "high")
    })),

    row("assets: Forbidden without the function", Effect.gen(function*() {
      const error = refused(yield* failing(listAssets()), "Forbidden")
      ok(error.body.messages[0]?.message?.includes("viewAssets"))
    }), as("bob")),

    row("customers: listed and read", Effect.gen(function*() {
      deepEqual((yield* listBasicCustomers({ sortBy: ["name"] })).data.map(({ shortName }) => shortName), ["customer1", "customer2"])
      equal((yield* getBasicCustomer({ idOrShortName: "customer2" })).data.type, "leaf")
      refused(yield* failing(getBasicCustomer({ idOrShortName: "customer3" })), "Forbidden")
    })),

    row("events: listed and found", Effect.gen(function*() {
      const all = yield* findAggregatedEvents({ body: { customerID: [1], startTimestamp: "-30days", limit: 0 } })
      equal(all.count, 15)
      const address = all.data[0]?.destination?.networkAddress?.address ?? ""
      const near = yield* listAggregatedEvents({ ip: [address], startTimestamp: "-30days", limit: 0 })
      ok(near.count > 0)
      ok(near.data.every(({ destination, source }) => [destination, source].some((end) => end?.networkAddress?.address === address)))
      ok((yield* listAggregatedEvents({ signature: ["ET SCAN"] })).data.every((event) => event.attackInfo?.signature === "ET SCAN"))
    })),

    row("folders: browsed by id and by path, and made with what is above them", Effect.gen(function*() {
      deepEqual(ids((yield* getCurrentUserRootFolder()).data), [100, 200])
      deepEqual((yield* browseFolder({ folderID: 101 })).data.map(({ name }) => name), ["2026"])
      deepEqual((yield* browseFolderByPath({ path: "/reports/2026" })).data.map(({ name }) => name), ["\u00e5rsrapport 2026.txt"])
      ok((yield* browseFolderByPath({ path: "/" })).data.length > 3)
      const add = Endpoint.withResponse(addFolderByPath)
      const wanted = { parentFolderPath: "/a b/\u00e5", body: { name: "new", accessMode: "roleBased", createMissingFolders: true } } as const
      const made = yield* add(wanted)
      deepEqual([made.status, made.value.data.name, made.value.data.parentElements?.map(({ name }) => name)], [201, "new", ["customer1", "a b", "\u00e5"]])
      equal((yield* add(wanted)).status, 200)
    })),

    row("documents: a path keeps its slashes, from the upload to the end", Effect.gen(function*() {
      const name = "b\u00e5t #1.txt"
      const place = { parentFolderPath: "/reports/2026/q 1", documentName: name }
      const raw = new Uint8Array([...bytes("hello "), 255, ...bytes(" bytes")])
      refused(yield* failing(addDocumentByPathRaw({ ...place, contentType: "text/plain", body: raw })), "NotFound")
      const made = yield* addDocumentByPathRaw({ ...place, createMissing: true, contentType: "text/plain", body: raw })
      deepEqual([made.data.revision, made.data.mimeType, made.data.dataSize], [1, "text/plain", raw.length])
      equal((yield* getMetaInfoByPath(place)).data.sha256, sha256(raw))
      const file = yield* getDocumentContentByPath(place)
      equal(file.name, name)
      deepEqual(yield* read(file), raw)
      deepEqual(yield* read(yield* getDocumentContentById({ documentID: made.data.id ?? 0 })), raw)
      refused(yield* failing(addDocumentByPathRaw({ ...place, contentType: "text/plain", body: raw })), "PreconditionFailed")
      equal((yield* addDocumentByPathRaw({ ...place, overwriteExisting: true, contentType: "text/plain", body: bytes("2") })).data.revision, 2)
      yield* deleteDocumentByPath(place)
      refused(yield* failing(getMetaInfoByPath(place)), "NotFound")
      const pdf = yield* addDocumentRaw({ folderID: 101, documentName: "x.pdf", contentType: "application/pdf", body: bytes("%PDF-1") })
      equal(pdf.data.mimeType, "application/pdf")
    })),

    row("documents: `..` never leaves, locks are told of", Effect.gen(function*() {
      yield* control.clearReceived
      for (const parentFolderPath of ["/reports/../../etc", "/..", "/./x"]) {
        refused(yield* failing(getMetaInfoByPath({ parentFolderPath, documentName: "passwd" })), "InvalidInput")
      }
      refused(yield* failing(getMetaInfoByPath({ parentFolderPath: "/reports", documentName: ".." })), "InvalidInput")
      equal((yield* control.received).length, 0)
      const locked = refused(yield* failing(deleteDocumentByPath({ parentFolderPath: "/", documentName: "locked.txt" })), "Locked")
      equal(locked.status, 423)
      ok(JSON.stringify(locked.body).includes("locked.txt"))
    })),

    row("samples: uploaded, proved, submitted, 220 for a like one, downloaded", Effect.gen(function*() {
      const raw = Uint8Array.from({ length: 5000 }, (_, index) => (index * 7) % 251)
      const hash = sha256(raw)
      const uploaded = yield* Endpoint.withResponse(addSample)({ body: raw })
      deepEqual([uploaded.status, uploaded.value.data.exists, uploaded.value.data.sample?.size], [201, false, 5000])
      const submit = Effect.gen(function*() {
        const { data } = yield* getUploadChallenge({ sha256: hash })
        const { length = 0, offset = 0 } = data
        const challengeToken = { id: data.id ?? "", sha256: sha256(raw.subarray(offset, offset + length)) }
        return yield* Endpoint.withResponse(addSubmission)({
          sha256: hash,
          body: { challengeToken, fileName: "f.bin", userAgent: { name: "agent", version: "1" }, customer: "customer1", metaData: { a: "1" }, tlp: "green" }
        })
      })
      const first = yield* submit
      equal(first.status, 201)
      ok("fileName" in first.value.data && first.value.data.fileName === "f.bin")
      const second = yield* submit
      equal(second.status, 220)
      equal(second.value.data.sampleSha256, hash)
      const file = yield* downloadRawSample({ sha256: hash })
      equal(sha256(yield* read(file)), hash)
      refused(yield* failing(getSampleMetaData({ sha256: hash })), "Forbidden")
      refused(yield* failing(downloadRawSample({ sha256: "0".repeat(64) })), "NotFound")
      equal((yield* Effect.provide(getSampleMetaData({ sha256: hash }), as("bob"))).data.size, 5000)
      const small = yield* addSample({ body: bytes("tiny") })
      refused(yield* failing(getUploadChallenge({ sha256: small.data.sample?.id ?? "" })), "UnprocessableContent")
    }))
  ]
}
