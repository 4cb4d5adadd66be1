/** What many cases say of their clients. */
import * as Effect from "effect/Effect"
import { expect } from "vitest"
import type { Case } from "./support.ts"

export type Behaviour = NonNullable<Case["behaves"]>[string]

/** `things.getThing` and then `things.putThing` with what it gave: the same JSON. */
export const roundTrip = (body: unknown): Behaviour => (client) =>
  Effect.gen(function*() {
    const got = yield* client.call("things.getThing", undefined, { body })
    expect(got.error).toBeUndefined()
    const put = yield* client.call("things.putThing", { body: got.value }, { body })
    expect(put.error).toBeUndefined()
    expect(put.sent?.body).toEqual(body)
  })

/** This answer is no answer of the endpoint: the member at `path` does not fit. */
export const fails = (endpoint: string, input: unknown, body: unknown, path: string): Behaviour => (client) =>
  Effect.gen(function*() {
    const { error } = yield* client.call(endpoint, input, { body })
    expect(error).toMatchObject({ _tag: "DecodeFailed" })
    expect((error as { readonly issues: ReadonlyArray<{ readonly path: string }> }).issues.map((issue) => issue.path).some((at) => at === path || at.startsWith(`${path}.`) || at.startsWith(`${path}[`))).toBe(true)
  })

/** This input is refused before anything is sent. */
export const refuses = (endpoint: string, input: unknown, path: string): Behaviour => (client) =>
  Effect.gen(function*() {
    const { error, sent } = yield* client.call(endpoint, input)
    expect(error).toMatchObject({ _tag: "InvalidInput" })
    expect((error as { readonly issues: ReadonlyArray<{ readonly path: string }> }).issues.map((issue) => issue.path)).toContain(path)
    expect(sent).toBeUndefined()
  })

/** This input goes on the wire so: `GET /path?query`. */
export const sends = (endpoint: string, input: unknown, line: string, reply: { readonly status?: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> } = { status: 204 }): Behaviour => (client) =>
  Effect.gen(function*() {
    const { error, sent } = yield* client.call(endpoint, input, reply)
    expect(error).toBeUndefined()
    expect(`${sent?.method} ${sent?.path}`).toBe(line)
  })
