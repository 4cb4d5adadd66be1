/** How TPP answers: refusals of the authorization server and of the API, and what is wrong inside an answer of status 200. */
import * as Predicate from "effect/Predicate"
import type { Answer, HttpRequest } from "../../http/message.ts"

export const ok = (body: unknown, headers: Readonly<Record<string, string>> = {}): Answer => ({ status: 200, headers, body })

/** Nothing at all, as when a token is revoked. */
export const empty: Answer = { status: 200, body: new Uint8Array() }

/** @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2 */
export const oauthError = (status: number, error: string, description: string, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers,
  body: { error, error_description: description }
})

export const unauthenticated = (): Answer =>
  oauthError(401, "invalid_token", "The access token provided is expired, revoked, or otherwise invalid", { "WWW-Authenticate": "Bearer" })

export const error = (status: number, text: string): Answer => ({ status, body: { Error: text } })

/** A configuration call that went well, or not: either way the status is 200. */
export const done = (more: Readonly<Record<string, unknown>> = {}): Answer => ok({ ...more, Result: 1 })

export const refused = (result: number, text: string): Answer => ok({ Error: text, Result: result })

/** Members of a JSON body, and how to read them. */
export interface Input {
  readonly text: (name: string) => string | undefined
  readonly flag: (name: string) => boolean
  readonly get: (name: string) => unknown
}

/** `undefined`: the body is no JSON object. Names of members do not care for case, either. */
export const inputOf = (request: HttpRequest): Input | undefined => {
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(request.body).toString("utf8"))
  } catch {
    return undefined
  }
  if (!Predicate.isReadonlyObject(parsed) || Array.isArray(parsed)) return undefined
  const members = new Map(Object.entries(parsed).map(([name, value]) => [name.toLowerCase(), value]))
  const get = (name: string): unknown => members.get(name.toLowerCase()) ?? undefined
  return {
    get,
    text: (name) => {
      const value = get(name)
      return Predicate.isString(value) && value !== "" ? value : undefined
    },
    flag: (name) => get(name) === true || get(name) === 1
  }
}
