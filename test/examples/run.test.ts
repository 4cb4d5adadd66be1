/**
 * The programs in `examples/` run, against the sandbox over real HTTP or a scripted network.
 */
import { expect, it, layer } from "@effect/vitest"
import { Configuration } from "credence"
import { Argus, ArgusAuth } from "credence/argus"
import { NodeTransport } from "credence/node"
import { Script } from "credence/testing"
import * as Sandbox from "credence-kit/sandbox"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { spawn } from "node:child_process"
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import * as Endpoints from "../../examples/endpoints.ts"
import { archive } from "../../examples/pipeline.ts"
import * as Policies from "../../examples/policies.ts"
import * as Sessions from "../../examples/sessions.ts"

const root = path.resolve(import.meta.dirname, "../..")

/** a session of the key's user, over real HTTP */
const live = Layer.unwrap(Effect.map(Sandbox.Sandbox, ({ argus }) =>
  Argus.layer().pipe(Layer.provide([ArgusAuth.apiKey(Redacted.make(argus.apiKey)), Configuration.layer({ baseUrl: argus.url }), NodeTransport.layer()]))))

const first = (environment: Record<string, string>): Promise<{ readonly code: number | null; readonly output: string }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ["--conditions=credence-source", path.join(root, "examples/first.ts")], { cwd: root, env: { PATH: process.env["PATH"], ...environment } })
    let output = ""
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()))
    child.on("close", (code) => resolve({ code, output }))
  })

layer(Sandbox.layer(), { excludeTestServices: true })("examples against the sandbox", (it) => {
  it.effect("first.ts signs in by key or by password, and prints ten cases", () =>
    Effect.gen(function*() {
      const { argus } = yield* Sandbox.Sandbox
      for (const credentials of [{ ARGUS_API_KEY: argus.apiKey }, { ARGUS_API_USERNAME: argus.username, ARGUS_API_PASSWORD: argus.password, ARGUS_API_METHOD: "ldap" }]) {
        const { code, output } = yield* Effect.promise(() => first({ ARGUS_API_URL: argus.url, ARGUS_API_TIMEOUT: "10", ...credentials }))
        expect(output.split("\n")[0]).toBe("signed in as demo")
        expect(output.match(/^#\d+ /gm)).toHaveLength(10)
        expect(code).toBe(0)
      }
    }))

  it.effect("first.ts says what is wrong with its environment, and never a secret", () =>
    Effect.gen(function*() {
      const { argus } = yield* Sandbox.Sandbox
      const none = yield* Effect.promise(() => first({ ARGUS_API_URL: argus.url }))
      expect(none.output).toContain("expected ARGUS_API_KEY, or ARGUS_API_USERNAME and ARGUS_API_PASSWORD")
      expect(none.code).toBe(1)
      const wrong = yield* Effect.promise(() => first({ ARGUS_API_URL: argus.url, ARGUS_API_KEY: "CANARY-key", ARGUS_API_TIMEOUT: "soon" }))
      expect(wrong.output).toContain("ARGUS_API_TIMEOUT: expected a number of seconds above 0")
      expect(wrong.output).not.toContain("CANARY-key")
      const refused = yield* Effect.promise(() => first({ ARGUS_API_URL: argus.url, ARGUS_API_KEY: "CANARY-key" }))
      expect(refused.output).toContain("getCurrentUser: authentication failed (rejected, status 401)")
      expect(refused.output).not.toContain("CANARY-key")
    }))

  it.effect("sessions.ts: a constrained part, a patient part, a check", () =>
    Effect.gen(function*() {
      expect((yield* Sessions.readOnly).data.id).toBe(1)
      expect((yield* Sessions.patient).data.comment).toBe("seen")
      yield* Sessions.check
      // the example's password is no password
      expect(yield* Effect.flip(Sessions.asBob)).toMatchObject({ _tag: "AuthenticationFailed", reason: "login" })
    }).pipe(Effect.provide(live)))

  it.effect("sessions.ts: two servers at once", () =>
    Effect.gen(function*() {
      const { argus } = yield* Sandbox.Sandbox
      const parts = Layer.mergeAll(ArgusAuth.apiKey(Redacted.make(argus.apiKey)), Configuration.layer({ baseUrl: argus.url }), NodeTransport.layer())
      const both = yield* Sessions.both.pipe(Effect.provide([Argus.named("eu").layer().pipe(Layer.provide(parts)), Argus.named("us").layer().pipe(Layer.provide(parts))]))
      expect([both.eu.data.comment, both.us.data.comment]).toEqual(["seen", "seen"])
    }))

  it.effect("pipeline.ts archives every attachment of a customer", () =>
    Effect.scoped(Effect.gen(function*() {
      const folder = yield* Effect.acquireRelease(Effect.promise(() => fs.mkdtemp(path.join(os.tmpdir(), "credence-archive-"))), (dir) => Effect.promise(() => fs.rm(dir, { recursive: true, force: true })))
      const bytes = yield* archive("customer1", folder)
      const files = yield* Effect.promise(() => fs.readdir(folder, { recursive: true }))
      expect(files).toEqual(expect.arrayContaining(["1/notes.txt", "1/passwd", "2/capture.pcap"]))
      const sizes = yield* Effect.promise(() => Promise.all(files.filter((file) => path.dirname(file) !== ".").map((file) => fs.stat(path.join(folder, file)).then((stat) => stat.size))))
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(bytes)
      expect(bytes).toBeGreaterThan(2_097_169)
    })).pipe(Effect.provide(live)))

  it.effect("policies.ts explains itself", () =>
    Effect.gen(function*() {
      const explained = yield* Policies.explained.pipe(Effect.provide(Policies.patient))
      expect(explained.text).toContain("simpleCaseSearch (GET /cases/v2/case)")
      expect(explained.settings).toContainEqual({ stage: "deadline", setting: "deadline", value: "1 minute", source: "Policy.layer" })
    }).pipe(Effect.provide(live)))
})

it.effect("endpoints.ts: what its errors are caught as", () =>
  Effect.gen(function*() {
    const draft = { id: "42", total: "1200", state: "draft" }
    const script = yield* Script.make([
      Script.times(1, Endpoints.getInvoice, { body: draft }),
      Script.times(1, Endpoints.getInvoice, { status: 404, body: { title: "none" } }),
      Script.once(Endpoints.sendInvoice, { fault: "reset" }),
      Script.once(Endpoints.sendInvoice, { status: 409, body: { title: "sent already" } })
    ])
    const keys = () => script.seen.filter((seen) => seen.step === Endpoints.sendInvoice.operation.name).map((seen) => seen.request.headers["idempotency-key"])
    yield* Endpoints.program.pipe(script.run(Endpoints.Billing, { configuration: { retry: "none" } }), Effect.ignore)
    expect(keys()).toHaveLength(1)
    expect(keys()[0]).toMatch(/^[0-9a-f]{32}$/)
    yield* Endpoints.program.pipe(script.run(Endpoints.Billing))
  }))
