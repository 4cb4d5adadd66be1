/** What narrows or overrides a session in a program works in a test of that program as well. */
import { assert, it } from "@effect/vitest"
import { Endpoint, UnexpectedStatus } from "credence"
import { Argus, ArgusAuth } from "credence/argus"
import { getCaseMetadataByID } from "credence/argus/cases/v2/case"
import { example, failWith, handle, layerTest } from "credence/testing"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"

const subject = Effect.map(getCaseMetadataByID({ id: 1 }), (answer) => answer.data.subject)
const test = layerTest(Argus, [handle(getCaseMetadataByID, ({ id }) =>
  id === 1 ? Effect.succeed(example(getCaseMetadataByID, { data: { subject: "phishing" } })) : failWith(getCaseMetadataByID, 404, { messages: [] }))])

it.effect("constrained and override are answered by the same handlers", () =>
  Effect.gen(function*() {
    assert.strictEqual(yield* subject.pipe(Argus.constrained({ functions: ["viewCases"] })), "phishing")
    assert.strictEqual(yield* subject.pipe(Effect.provide(Argus.override(ArgusAuth.apiKey(Redacted.make("key"))))), "phishing")
  }).pipe(Effect.provide(test)))

it.effect("raw gives a declared status as a response, and a failure of the call as one", () =>
  Effect.gen(function*() {
    assert.strictEqual((yield* Endpoint.raw(getCaseMetadataByID)({ id: 2 })).status, 404)
    const unexpected = layerTest(Argus, [handle(getCaseMetadataByID, () => Effect.fail(new UnexpectedStatus({ operation: "x", method: "GET", url: "-", attempts: 1, status: 418, body: {} })))])
    assert.strictEqual((yield* Endpoint.raw(getCaseMetadataByID)({ id: 1 }).pipe(Effect.provide(unexpected))).status, 418)
  }).pipe(Effect.provide(test)))
