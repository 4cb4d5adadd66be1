/** A plain HTTP client for the sandbox's tests: nothing of the library under development is in it. */
import { expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type { Sandbox } from "credence-kit/sandbox"
import { createHmac } from "node:crypto"
import { breaches } from "./contract.ts"

export type Running = Sandbox["Service"]

/** Headers that sign a request in. */
export type Credentials = Readonly<Record<string, string>>

export const demo: Credentials = { "Argus-API-Key": "demo-api-key" }
export const bob: Credentials = { "Argus-API-Key": "bob-api-key" }

export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Uint8Array
  /** The parsed body, where it is JSON. */
  readonly body: unknown
}

export interface Options {
  readonly as?: Credentials
  readonly json?: unknown
  readonly raw?: string | Uint8Array<ArrayBuffer>
  readonly headers?: Readonly<Record<string, string>>
  /** The answer is on purpose none of the document's. */
  readonly offContract?: boolean
}

const parse = (bytes: Uint8Array, type: string | null): unknown =>
  type?.startsWith("application/json") === true ? JSON.parse(Buffer.from(bytes).toString("utf8")) : undefined

/** Sends a request, follows nothing, and holds the answer against the document. */
export const send = (sandbox: Running, method: string, target: string, options: Options = {}): Effect.Effect<Answered> =>
  Effect.promise(async () => {
    const body = options.json === undefined ? options.raw : JSON.stringify(options.json)
    const response = await fetch(`${sandbox.url}${target}`, {
      method,
      redirect: "manual",
      headers: { ...(options.json === undefined ? {} : { "Content-Type": "application/json" }), ...options.as, ...options.headers },
      ...(body === undefined ? {} : { body })
    })
    const bytes = new Uint8Array(await response.arrayBuffer())
    const answered = { status: response.status, headers: response.headers, bytes, body: parse(bytes, response.headers.get("content-type")) }
    if (options.offContract !== true) expect(breaches(method, target.split("?")[0] ?? "", answered.status, answered.body) ?? []).toEqual([])
    return answered
  })

/** A member deep in a body. */
export const at = (value: unknown, ...path: ReadonlyArray<string | number>): unknown =>
  path.reduce<unknown>((inside, name) => Array.isArray(inside) || Predicate.isReadonlyObject(inside) ? Reflect.get(inside, name) : undefined, value)

/** The same as text, for addresses and headers. */
export const text = (value: unknown, ...path: ReadonlyArray<string | number>): string => String(at(value, ...path))

export const items = (answered: Answered): ReadonlyArray<unknown> => {
  const data = at(answered.body, "data")
  return Array.isArray(data) ? data : []
}

/** What a login gives. */
export interface Login {
  readonly token: string
  readonly key: Uint8Array
  readonly cookie: Credentials
  readonly bearer: Credentials
}

export const readLogin = (answered: Answered): Login => {
  const token = text(answered.body, "data", "credentials", "requestCredentialsData")
  return {
    token,
    key: Buffer.from(text(answered.body, "data", "sessionKey"), "base64"),
    cookie: { Cookie: `argus_session=${token}` },
    bearer: { Authorization: `Bearer ${token}` }
  }
}

export const logIn = (sandbox: Running, userName = "demo", method: "password" | "ldap" = "password") =>
  Effect.map(
    send(sandbox, "POST", `/authentication/v1/${method}/authentication`, { json: { userName, password: `${userName}-password` } }),
    readLogin
  )

export const constrain = (sandbox: Running, as: Credentials, json: unknown) =>
  send(sandbox, "POST", "/authentication/v1/session/constrain", { as, json })

/** Makes a CSRF token; the parts that a test wants wrong are given. */
export const csrf = (
  key: Uint8Array,
  url: string,
  options: { readonly timestamp?: number; readonly alg?: string; readonly spaced?: boolean } = {}
): string => {
  const part = (value: unknown): string => {
    const json = options.spaced === true ? JSON.stringify(value, null, 2) : JSON.stringify(value)
    return Buffer.from(json).toString("base64url")
  }
  const signed = `${part({ alg: options.alg ?? "HS256", type: "JWT" })}.${part({ url, timestamp: options.timestamp ?? Date.now() })}`
  return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`
}
