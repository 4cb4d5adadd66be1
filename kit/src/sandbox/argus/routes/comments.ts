import { randomUUID } from "node:crypto"
import { one, page } from "../envelope.ts"
import { bodyFields, queryFields, readPaging } from "../input.ts"
import { requireCase } from "../lookup.ts"
import { type Case, CASE_OPEN_STATUSES, type CaseStatus, type Comment, TEXT_FORMATS, type TextFormat, userInfo } from "../model.ts"
import { type Call, reads, type Route, type Service, writes } from "../route.ts"
import { sorter } from "../search.ts"

interface NewComment {
  readonly comment: string
  readonly textFormat: TextFormat
  readonly status: CaseStatus | null
  readonly internal: boolean
}

/** Puts a comment on a case; with a status, the case takes it over. */
export const addComment = ({ now, world }: Service, call: Call, on: Case, { comment, internal, status, textFormat }: NewComment): Comment => {
  const added: Comment = {
    id: randomUUID(),
    comment,
    textFormat,
    addedByUser: userInfo(call.identity.user),
    addedTimestamp: now(),
    lastUpdatedTimestamp: now(),
    status,
    flags: internal ? ["INTERNAL"] : []
  }
  world.comments.set(on.id, [...world.comments.get(on.id) ?? [], added])
  world.cases.set(on.id, { ...on, status: status ?? on.status, lastUpdatedTimestamp: now(), lastUpdatedByUser: added.addedByUser })
  return added
}

export const commentRoutes = (service: Service): ReadonlyArray<Route> => [
  reads("GET", "/cases/v2/case/{caseID}/comments", "listCaseComments", ["viewCases"], (call) => {
    const fields = queryFields(call.request)
    const paging = readPaging(fields)
    const sort = sorter<Comment>(fields, ["addedTimestamp"])
    const before = fields.text("beforeComment")
    const after = fields.text("afterComment")
    fields.done()
    const comments = service.world.comments.get(requireCase(service, call, "caseID").id) ?? []
    const position = (id: string) => comments.findIndex((comment) => comment.id === id)
    const from = after === undefined ? 0 : position(after) + 1
    const to = before === undefined || position(before) < 0 ? comments.length : position(before)
    return page(sort(comments.slice(from, to)), paging)
  }),

  writes("POST", "/cases/v2/case/{caseID}/comments", "addComment", ["updateCase"], (call) => {
    const on = requireCase(service, call, "caseID")
    const fields = bodyFields(call.request)
    const comment = fields.requiredText("comment")
    const textFormat = fields.oneOf("textFormat", TEXT_FORMATS) ?? "html"
    const status = fields.oneOf("status", CASE_OPEN_STATUSES) ?? null
    const internal = fields.flag("internal")
    fields.done()
    return one(addComment(service, call, on, { comment, textFormat, status, internal }))
  })
]
