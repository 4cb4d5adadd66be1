import { randomUUID } from "node:crypto"
import { makeAttachment } from "../data.ts"
import { download } from "../download.ts"
import { fieldError, notFound, one, page, refuse } from "../envelope.ts"
import { queryFields, readPaging } from "../input.ts"
import { requireCase } from "../lookup.ts"
import { type Attachment, userInfo } from "../model.ts"
import { type Call, reads, type Route, type Service, writes } from "../route.ts"

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const attachmentsOf = (service: Service, call: Call): ReadonlyArray<Attachment> =>
  service.world.attachments.get(requireCase(service, call, "caseID").id) ?? []

const requireAttachment = (service: Service, call: Call): Attachment => {
  const id = call.params["attachmentID"] ?? ""
  const attachments = attachmentsOf(service, call)
  if (!UUID.test(id)) return refuse(412, fieldError("attachmentID", "Must be a UUID", "INVALID"))
  return attachments.find(({ info }) => info.id === id.toLowerCase()) ?? notFound("Attachment")
}

export const attachmentRoutes = (service: Service): ReadonlyArray<Route> => [
  reads("GET", "/cases/v2/case/{caseID}/attachments", "listCaseAttachments", ["viewCases"], (call) => {
    const fields = queryFields(call.request)
    const paging = readPaging(fields)
    fields.done()
    return page(attachmentsOf(service, call).map(({ info }) => info), paging)
  }),

  writes("POST", "/cases/v2/case/{caseID}/attachments/upload/{filename}", "uploadStreamingAttachment", ["updateCase"], (call) => {
    const on = requireCase(service, call, "caseID")
    const { body, headers } = call.request
    const type = headers["content-type"]
    if (type === undefined) return refuse(412, fieldError("Content-Type", "Value is required", "REQUIRED"))
    const by = userInfo(call.identity.user)
    const attachment = makeAttachment(randomUUID(), call.params["filename"] ?? "", type, body, by, service.now())
    service.world.attachments.set(on.id, [...service.world.attachments.get(on.id) ?? [], attachment])
    return one(attachment.info, 201)
  }),

  reads("GET", "/cases/v2/case/{caseID}/attachments/{attachmentID}", "getAttachment", ["viewCases"], (call) =>
    one(requireAttachment(service, call).info)),

  reads("GET", "/cases/v2/case/{caseID}/attachments/{attachmentID}/download", "downloadAttachment", ["viewCases"], (call) => {
    const fields = queryFields(call.request)
    const inline = fields.flag("inline")
    fields.done()
    const { bytes, info } = requireAttachment(service, call)
    return download(info.name, info.mimeType, bytes, inline ? "inline" : "attachment")
  })
]
