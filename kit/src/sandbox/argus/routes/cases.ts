import { actionError, fieldError, one, page, refusal, refuse } from "../envelope.ts"
import { bodyFields, type Fields, queryFields, readPaging } from "../input.ts"
import { customerFilter, namedCustomer, requireCase } from "../lookup.ts"
import {
  ACCESS_MODES,
  type Case,
  CASE_OPEN_STATUSES,
  CASE_STATUSES,
  CASE_TYPES,
  type Named,
  PRIORITIES,
  TEXT_FORMATS,
  userInfo
} from "../model.ts"
import { type Call, reads, type Route, type Service, writes } from "../route.ts"
import { among, keywordFilter, sorter } from "../search.ts"
import { addComment } from "./comments.ts"

const SORTABLE = ["id", "subject", "customer", "service", "category", "type", "status", "priority", "createdTimestamp", "lastUpdatedTimestamp"]

const named = (fields: Fields, field: string, names: ReadonlyArray<Named>, value: string | undefined): Named | undefined => {
  const found = names.find((candidate) => candidate.shortName === value || String(candidate.id) === value)
  if (value !== undefined && value !== "" && found === undefined) fields.wrong(field, `Unknown ${field} ${value}`, "UNKNOWN")
  return found
}

/** Both searches: what they differ in is where their members come from, and what only one of them has is absent from the other. */
const search = (service: Service, call: Call, fields: Fields) => {
  const paging = readPaging(fields)
  const customers = fields.list("customer")
  const customerIDs = fields.list("customerID")
  const ids = fields.list("caseID")
  const services = fields.list("service")
  const categories = fields.list("category")
  const types = fields.listOf("type", CASE_TYPES)
  const statuses = fields.listOf("status", CASE_STATUSES)
  const priorities = fields.listOf("priority", PRIORITIES)
  const keywords = fields.list("keywords")
  const match = fields.oneOf("keywordMatchStrategy", ["any", "all"])
  const from = fields.time("startTimestamp", service.now())
  const to = fields.time("endTimestamp", service.now())
  const described = fields.flag("includeDescription", true)
  const sort = sorter<Case>(fields, SORTABLE)
  fields.done()

  const ofCustomers = customerFilter(service.world, call, [...customers, ...customerIDs])
  const found = [...service.world.cases.values()]
    .filter((c) => !service.world.moved.has(c.id) && ofCustomers(c.customer))
    .filter(among(ids, (c) => String(c.id)))
    .filter(among(services, (c) => c.service.shortName))
    .filter(among(categories, (c) => c.category?.shortName ?? ""))
    .filter(among(types, (c) => c.type))
    .filter(among(statuses, (c) => c.status))
    .filter(among(priorities, (c) => c.priority))
    .filter(keywordFilter(keywords, (c) => `${c.id} ${c.subject} ${c.description}`, match))
    .filter((c) => c.createdTimestamp >= (from ?? -Infinity) && c.createdTimestamp <= (to ?? Infinity))
  return page(sort(found).map((c) => described ? c : { ...c, description: null }), paging)
}

const create = (service: Service, call: Call) => {
  const { now, world } = service
  const fields = bodyFields(call.request)
  const subject = fields.requiredText("subject")
  const description = fields.requiredText("description")
  const serviceName = named(fields, "service", world.services, fields.requiredText("service"))
  const type = fields.requiredOneOf("type", CASE_TYPES)
  const priority = fields.oneOf("priority", PRIORITIES) ?? "medium"
  const accessMode = fields.oneOf("accessMode", ACCESS_MODES) ?? "roleBased"
  const status = fields.oneOf("status", CASE_OPEN_STATUSES) ?? "pendingSoc"
  const descriptionTextFormat = fields.oneOf("descriptionTextFormat", TEXT_FORMATS) ?? "html"
  const category = named(fields, "category", world.categories, fields.text("category"))
  const customerReference = fields.text("customerReference") ?? null
  const customerName = fields.text("customer") ?? fields.text("customerID")
  const publish = fields.flag("publish", true)
  fields.done()
  const customer = namedCustomer(world, call, customerName)
  const by = userInfo(call.identity.user)
  const created: Case = {
    id: ++world.lastId.case,
    subject,
    description,
    descriptionTextFormat,
    customer,
    service: serviceName ?? refuse(412, fieldError("service", "Value is required", "REQUIRED")),
    category: category ?? null,
    type,
    status,
    initialStatus: status,
    priority,
    initialPriority: priority,
    accessMode,
    customerReference,
    flags: publish ? ["PUBLISHED"] : [],
    createdByUser: by,
    reporter: by,
    lastUpdatedByUser: by,
    createdTimestamp: now(),
    lastUpdatedTimestamp: now(),
    publishedTimestamp: publish ? now() : null,
    closedTimestamp: null
  }
  world.cases.set(created.id, created)
  return one(created, 201)
}

const update = (service: Service, call: Call) => {
  const { now, world } = service
  const before = requireCase(service, call, "id")
  const fields = bodyFields(call.request)
  const subject = fields.has("subject") ? fields.requiredText("subject") : before.subject
  const description = fields.text("description") ?? before.description
  const status = fields.oneOf("status", CASE_OPEN_STATUSES) ?? before.status
  const priority = fields.oneOf("priority", PRIORITIES) ?? before.priority
  const category = named(fields, "category", world.categories, fields.text("category")) ?? before.category
  const customerReference = fields.text("customerReference") ?? before.customerReference
  const comment = fields.text("comment")
  const textFormat = fields.oneOf("textFormat", TEXT_FORMATS) ?? "html"
  fields.done()
  const unchanged = subject === before.subject && description === before.description && status === before.status
    && priority === before.priority && category === before.category && customerReference === before.customerReference
  if (unchanged && comment === undefined) return one(before, 220)
  const after: Case = {
    ...before,
    subject,
    description,
    status,
    priority,
    category,
    customerReference,
    lastUpdatedTimestamp: now(),
    lastUpdatedByUser: userInfo(call.identity.user)
  }
  world.cases.set(after.id, after)
  if (comment !== undefined) addComment(service, call, after, { comment, textFormat, status: null, internal: false })
  return one(after)
}

const show = (service: Service, call: Call) => {
  const fields = queryFields(call.request)
  const skipRedirect = fields.flag("skipRedirect")
  fields.done()
  const found = requireCase(service, call, "id")
  const to = service.world.moved.get(found.id)
  if (to === undefined || skipRedirect) return one(found)
  return { ...refusal(301, [actionError(`The case was merged into case ${to}`, "case.moved")]), headers: { Location: `/cases/v2/case/${to}` } }
}

export const caseRoutes = (service: Service): ReadonlyArray<Route> => [
  reads("GET", "/cases/v2/case", "simpleCaseSearch", ["viewCases"], (call) => search(service, call, queryFields(call.request))),
  writes("POST", "/cases/v2/case", "createCase", ["createCase"], (call) => create(service, call)),
  reads("POST", "/cases/v2/case/search", "advancedCaseSearch", ["viewCases"], (call) => search(service, call, bodyFields(call.request))),
  reads("GET", "/cases/v2/case/{id}", "getCaseMetadataByID", ["viewCases"], (call) => show(service, call)),
  writes("PUT", "/cases/v2/case/{id}", "updateCase", ["updateCase"], (call) => update(service, call))
]
