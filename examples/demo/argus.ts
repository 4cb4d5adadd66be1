/**
 * Argus: sessions, typed failures, overrides, permissions, renewal, retries, pages, downloads.
 */
import { Call, Configuration, Endpoint, Hooks } from "credence"
import { Argus, ArgusAuth } from "credence/argus"
import { addComment, getCaseMetadataByID, simpleCaseSearch } from "credence/argus/cases/v2/case"
import { getCurrentUser } from "credence/argus/currentuser/v1/user"
import { NodeFile, NodeTransport } from "credence/node"
import { downloadAttachment } from "credence/argus/cases/v2/case"
import type * as Sandbox from "credence-kit/sandbox"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { createHash } from "node:crypto"
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { compileWrongProgram } from "./compiler.ts"
import { bold, code, dim, expect, say, step } from "./screen.ts"

/** how often the sandbox saw a request whose path begins so */
const received = (sandbox: Sandbox.RunningSandbox, prefix: string) =>
  Effect.map(sandbox.control.received, (requests) => requests.filter((request) => request.path.startsWith(prefix)).length)

const steps = (sandbox: Sandbox.RunningSandbox) =>
  Effect.gen(function*() {
    const { control } = sandbox

    yield* step("1. A session signs in on first use", Effect.gen(function*() {
      yield* code("const me = yield* getCurrentUser()")
      const me = yield* getCurrentUser()
      yield* say(`signed in as ${bold(me.data.userName)}`)
      yield* expect("one login, by password, with a cookie and a CSRF token for each URL", (yield* received(sandbox, "/authentication/v1/password")) === 1)
    }))

    yield* step("2. Failures are values with a type", Effect.gen(function*() {
      yield* code("getCaseMetadataByID({ id: 404404 }).pipe(Effect.catchTag(\"NotFound\", (e) => …))")
      const said = yield* getCaseMetadataByID({ id: 404404 }).pipe(
        Effect.map(() => "found"),
        Effect.catchTag("NotFound", (e) => Effect.as(say(e.message), e.body.messages[0]?.message ?? "no message"))
      )
      yield* expect(`NotFound, and its body is typed: "${said}"`, said !== "found")
    }))

    yield* step("3. Another user, for a part of the program", Effect.gen(function*() {
      yield* code("part.pipe(Effect.provide(Argus.override(ArgusAuth.password({ username: \"bob\", … }))))")
      const who = Effect.map(getCurrentUser(), (user) => user.data.userName)
      const inside = yield* who.pipe(Effect.provide(Argus.override(ArgusAuth.password({ username: "bob", password: Redacted.make("bob-password") }))))
      const outside = yield* who
      yield* expect(`inside ${inside}, outside still ${outside}`, inside === "bob" && outside === "demo")
    }))

    yield* step("4. A session narrowed by the server, and by the compiler", Effect.gen(function*() {
      yield* code("getCaseMetadataByID({ id: 1 }).pipe(Argus.constrained({ customers: [\"customer1\"], functions: [\"viewCases\"] }))")
      const narrow = Argus.constrained({ customers: ["customer1"], functions: ["viewCases"] })
      const own = yield* getCaseMetadataByID({ id: 1 }).pipe(narrow)
      yield* say(`case 1 of ${own.data.customer.shortName}: ${own.data.subject}`)
      const other = yield* Effect.exit(getCaseMetadataByID({ id: 7 }).pipe(narrow))
      yield* expect("a case of another customer is Forbidden", Exit.isFailure(other) && Cause.pretty(other.cause).includes("403 Forbidden"))
      const error = yield* compileWrongProgram
      yield* say(dim("tsc, on the same with addComment inside:"))
      yield* code(error)
      yield* expect("what needs another permission does not compile", error.includes("needs a permission outside the constraint"))
    }))

    yield* step("5. The server forgets the session; nobody notices", Effect.gen(function*() {
      yield* control.expireSessions()
      yield* control.clearReceived
      yield* code("Effect.all(…100 calls…, { concurrency: \"unbounded\" })")
      yield* Effect.all(Array.from({ length: 100 }, () => getCurrentUser()), { concurrency: "unbounded" })
      yield* expect("100 calls at once, one new login", (yield* received(sandbox, "/authentication/v1/password")) === 1)
    }))

    yield* step("6. Retries are Schedules, and safe", Effect.gen(function*() {
      yield* control.fail({ kind: "status", status: 503, path: "/currentuser", times: 2 })
      const attempts: Array<number> = []
      yield* getCurrentUser().pipe(Effect.provide(Hooks.layer({ attempt: (event) => Effect.sync(() => void attempts.push(event.attempt)) })))
      yield* expect(`two answers of 503, then success at attempt ${attempts.at(-1)}`, attempts.length === 3)
      yield* control.clearReceived
      yield* control.fail({ kind: "reset", handled: true, path: "/cases/v2/case/1/comments", method: "POST" })
      const lost = yield* Effect.flip(addComment({ caseID: 1, body: { comment: "seen" } }))
      yield* say(lost.message)
      yield* expect("a POST whose answer was lost is not sent again", (yield* received(sandbox, "/cases/v2/case/1/comments")) === 1)
    }))

    yield* step("7. Pages are a Stream", Effect.gen(function*() {
      yield* control.clearReceived
      yield* code("simpleCaseSearch.items({ limit: 25 }).pipe(Stream.runCount)")
      const count = yield* Stream.runCount(simpleCaseSearch.items({ limit: 25 }))
      yield* expect(`${count} cases from ${yield* received(sandbox, "/cases/v2/case")} pages`, count === 60)
      yield* control.clearReceived
      yield* Stream.runDrain(Stream.take(simpleCaseSearch.items({ limit: 25 }), 10))
      yield* expect("the first ten take one page: what nobody asks for is not fetched", (yield* received(sandbox, "/cases/v2/case")) === 1)
    }))

    yield* step("8. A download, to disk, with progress", Effect.scoped(Effect.gen(function*() {
      const folder = yield* Effect.acquireRelease(Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "credence-demo-"))), (dir) => Effect.promise(() => fs.rm(dir, { recursive: true, force: true })))
      const seen: Array<number> = []
      const file = yield* NodeFile.download(downloadAttachment, { caseID: 2, attachmentID: "00000000-0000-4000-8000-a00000000004" }, {
        folder,
        onProgress: (progress) => Effect.sync(() => void seen.push(progress.received))
      }).pipe(Call.with({ deadline: "1 minute" }))
      const hash = createHash("sha256").update(yield* Effect.promise(() => fs.readFile(file.path))).digest("hex")
      yield* expect(`${file.name}: ${file.size} bytes in ${seen.length} chunks, SHA-256 ${hash.slice(0, 12)}…`, hash.startsWith("bb601664bca9") && seen.at(-1) === file.size)
      const hostile = yield* NodeFile.download(downloadAttachment, { caseID: 1, attachmentID: "00000000-0000-4000-8000-a00000000003" }, { folder })
      yield* expect(`a server that names its file ../../etc/passwd gets ${hostile.name}, inside the folder`, path.dirname(hostile.path) === folder)
    })))

    yield* step("9. What would happen, and why?", Effect.gen(function*() {
      yield* code((yield* Argus.explain(getCaseMetadataByID)).text)
      const response = yield* Endpoint.raw(getCaseMetadataByID)({ id: 404404 })
      yield* expect("and where no types are wanted, the response itself: status 404", response.status === 404)
    }))
  })

/** Every step, against the sandbox's Argus. */
export const walk = (sandbox: Sandbox.RunningSandbox) =>
  steps(sandbox).pipe(Effect.provide(Argus.layer().pipe(Layer.provide([
    ArgusAuth.password({ username: sandbox.argus.username, password: Redacted.make(sandbox.argus.password) }),
    Configuration.layer({ baseUrl: sandbox.argus.url }),
    NodeTransport.layer()
  ]))))
