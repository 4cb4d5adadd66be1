import { all, one, page } from "../envelope.ts"
import { FUNCTIONS, functionInfo } from "../functions.ts"
import { queryFields, readPaging } from "../input.ts"
import type { User } from "../model.ts"
import { type Call, reads, type Route, type Service } from "../route.ts"
import { keywordFilter } from "../search.ts"

const CREATED = Date.UTC(2025, 0, 1)

const present = (user: User) => ({
  id: user.id,
  userName: user.userName,
  name: user.name,
  customer: user.customer,
  domain: { id: 1, name: "MNEMONIC" },
  email: `${user.userName}@${user.customer.shortName}.example`,
  language: "ENGLISH",
  flags: ["AUTH_LOCAL", "AUTH_LDAP", "AUTH_APIKEY", ...(user.mustChangePassword ? ["FORCE_PWCHANGE"] : [])],
  createdTimestamp: CREATED,
  lastUpdatedTimestamp: CREATED,
  properties: {}
})

const SECURITY_LEVELS = ["current", "external", "standard", "administrative"] as const

/** Functions left to a session, in the service's form. */
export const functionsOf = (call: Call) => FUNCTIONS.filter((name) => call.identity.rights.functions.has(name)).map(functionInfo)

/** Customers left to a session. */
export const customersOf = ({ world }: Service, call: Call) => world.customers.filter((customer) => call.identity.rights.customers.has(customer.id))

export const currentUserRoutes = (service: Service): ReadonlyArray<Route> => [
  reads("GET", "/currentuser/v1/user", "getCurrentUser", [], (call) => one(present(call.identity.user))),

  reads("GET", "/currentuser/v1/functions", "getCurrentUserFunctions", [], (call) => {
    const fields = queryFields(call.request)
    const paging = readPaging(fields)
    const onlyRoles = fields.flag("onlyRoles")
    fields.oneOf("maxSecurityLevel", SECURITY_LEVELS)
    const keywords = fields.list("keywords")
    fields.done()
    return page(onlyRoles ? [] : functionsOf(call).filter(keywordFilter(keywords, (f) => f.name)), paging)
  }),

  reads("GET", "/currentuser/v1/groups", "getCurrentUserGroups", [], (call) => {
    const fields = queryFields(call.request)
    const paging = readPaging(fields)
    fields.done()
    const { customer } = call.identity.user
    return page([{ id: 1000 + customer.id, name: `users of ${customer.shortName}`, description: "", type: "group", customer }], paging)
  }),

  reads("GET", "/currentuser/v1/customers", "getCustomers", [], (call) => {
    const fields = queryFields(call.request)
    const paging = readPaging(fields)
    const keywords = fields.list("keywords")
    const required = fields.list("requiredFunction")
    fields.done()
    if (!required.every((name) => call.identity.rights.functions.has(name))) return all([])
    return page(customersOf(service, call).filter(keywordFilter(keywords, (c) => `${c.shortName} ${c.name}`)), paging)
  })
]
