import { notFound, one, page } from "../envelope.ts"
import { queryFields, readPaging } from "../input.ts"
import { findCustomer, maySee, requireSight } from "../lookup.ts"
import type { Customer } from "../model.ts"
import { reads, type Route, type Service } from "../route.ts"
import { keywordFilter, sorter } from "../search.ts"

const present = (customer: Customer) => ({ ...customer, type: "leaf", flags: [], language: "english", timeZone: "UTC" })

export const customerRoutes = ({ world }: Service): ReadonlyArray<Route> => [
  reads("GET", "/customers/v2/customer", "listBasicCustomers", ["viewBasicCustomer"], (call) => {
    const fields = queryFields(call.request)
    const paging = readPaging(fields)
    const keywords = fields.list("keywords")
    const parents = fields.list("parent")
    const sort = sorter<Customer>(fields, ["id", "name", "shortName", "relevance"])
    fields.done()
    const found = world.customers
      .filter((customer) => parents.length === 0 && maySee(call, customer)) // these customers have no parents
      .filter(keywordFilter(keywords, (c) => `${c.shortName} ${c.name}`))
    return page(sort(found).map(present), paging)
  }),

  reads("GET", "/customers/v2/customer/{idOrShortName}", "getBasicCustomer", ["viewBasicCustomer"], (call) => {
    const customer = findCustomer(world, call.params["idOrShortName"] ?? "")
    if (customer === undefined) return notFound("Customer")
    requireSight(call, customer)
    return one(present(customer))
  })
]
