/** How the engine says things: in XML or JSON, as it was asked, and what it refuses by. */
import type { Answer, HttpRequest } from "../../http/message.ts"
import { type Members, toJson, writeXml } from "./xml.ts"

/** A request that is answered with a fault. */
export class Refused extends Error {
  readonly status: number
  readonly detail: string
  readonly reason: string
  /** the action that failed has a fault inside */
  readonly action: boolean
  constructor(status: number, detail: string, options: { readonly reason?: string; readonly action?: boolean } = {}) {
    super(detail)
    this.status = status
    this.detail = detail
    this.reason = options.reason ?? "Operation Failed"
    this.action = options.action ?? false
  }
}

/** XML unless JSON is asked for, as the engine has it. */
export const wantsJson = ({ headers }: HttpRequest): boolean => /\bjson\b/i.test(headers.accept ?? "")

/** The version of the API that is asked for. */
export const versionOf = ({ headers }: HttpRequest): 3 | 4 => headers["version"] === "3" ? 3 : 4

/** An object or a list in the form that was asked for. */
export const represent = (request: HttpRequest, status: number, root: string, value: Members, headers: Readonly<Record<string, string>> = {}): Answer =>
  wantsJson(request)
    ? { status, headers: { "Content-Type": "application/json;charset=UTF-8", ...headers }, body: toJson(value) }
    : { status, headers: { "Content-Type": "application/xml;charset=UTF-8", ...headers }, body: new TextEncoder().encode(writeXml(root, value, versionOf(request))) }

/** Nothing, in the type that was asked for. */
export const nothing = (request: HttpRequest): Answer => ({
  status: 200,
  headers: { "Content-Type": wantsJson(request) ? "application/json;charset=UTF-8" : "application/xml;charset=UTF-8" },
  body: new Uint8Array(0)
})

/** What a refusal says, in the form that was asked for. */
export const refusal = (request: HttpRequest, { action, detail, reason, status }: Refused): Answer =>
  action
    ? represent(request, status, "action", { fault: { detail, reason }, status: "failed" })
    : represent(request, status, "fault", { detail, reason })

/** Nobody, or nobody any more. What is asked for next is what was tried. */
export const unauthorized = (request: HttpRequest): Answer => {
  const basic = !/^Bearer /i.test(request.headers.authorization ?? "")
  return represent(
    request,
    401,
    "fault",
    { reason: "Unauthorized", detail: basic ? "The user name or the password is wrong, or the session has expired" : "The access token is invalid" },
    { "WWW-Authenticate": `${basic ? "Basic" : "Bearer"} realm="RESTAPI"` }
  )
}
