/** The envelope around every JSON answer of Argus. */
import type { Answer } from "../../http/message.ts"

/** One remark about a request; `field` names the member that a `FIELD_ERROR` is about. */
export interface Message {
  readonly message: string
  readonly messageTemplate: string
  readonly type: "FIELD_ERROR" | "ACTION_ERROR" | "WARNING" | "NOTIFICATION" | "INFO"
  readonly field: string | null
  readonly parameter: string | null
}

/** Which part of a list was asked for; a limit of 0 asks for all of it. */
export interface Paging {
  readonly limit: number
  readonly offset: number
}

const envelope = (
  status: number,
  data: unknown,
  counts: { readonly limit: number; readonly offset: number; readonly count: number; readonly size: number },
  messages: ReadonlyArray<Message>
): Answer => ({ status, body: { responseCode: status, ...counts, metaData: {}, messages, data } })

const none = { limit: 0, offset: 0, count: 0, size: 0 }

/** One object. */
export const one = (data: unknown, status = 200): Answer => envelope(status, data, { limit: 0, offset: 0, count: 1, size: 1 }, [])

/** No object: something was done, and there is nothing to show. */
export const nothing = (): Answer => envelope(200, null, none, [])

/** A page of a list. */
export const page = (items: ReadonlyArray<unknown>, { limit, offset }: Paging): Answer => {
  const data = items.slice(offset, limit === 0 ? undefined : offset + limit)
  return envelope(200, data, { limit, offset, count: items.length, size: data.length }, [])
}

/** A whole list, for operations without paging. */
export const all = (items: ReadonlyArray<unknown>): Answer => page(items, { limit: 0, offset: 0 })

/** A message about the request as a whole. */
export const actionError = (message: string, messageTemplate: string = message): Message => ({
  message,
  messageTemplate,
  type: "ACTION_ERROR",
  field: null,
  parameter: null
})

/** A message about one member of the request. */
export const fieldError = (field: string, message: string, messageTemplate: string = message, parameter: string | null = null): Message => ({
  message,
  messageTemplate,
  type: "FIELD_ERROR",
  field,
  parameter
})

/** A refusal with its reasons. */
export const refusal = (status: number, messages: ReadonlyArray<Message>, data: unknown = null): Answer => envelope(status, data, none, messages)

/** Thrown by a handler that cannot go on; the dispatcher sends its answer. */
export class Refused extends Error {
  readonly answer: Answer
  constructor(answer: Answer) {
    super(`refused with ${answer.status}`)
    this.answer = answer
  }
}

/** Ends a handler with a refusal. */
export const refuse = (status: number, ...messages: ReadonlyArray<Message>): never => {
  throw new Refused(refusal(status, messages))
}

/** The answer for whoever is not signed in; it tells nobody why. */
export const unauthenticated = (): never => refuse(401, actionError("Authentication failed", "authentication.failed"))

/** The answer for an object that is not there. */
export const notFound = (what: string): never => refuse(404, actionError(`${what} not found`, "object.not.found"))

/** The answer for data outside the rights of the session. */
export const accessDenied = (why = "Access denied"): never => refuse(403, actionError(why, "access.denied"))
