import { page } from "../envelope.ts"
import { bodyFields, type Fields, queryFields, readPaging } from "../input.ts"
import { customerFilter } from "../lookup.ts"
import { type AggregatedEvent, PRIORITIES } from "../model.ts"
import { type Call, reads, type Route, type Service } from "../route.ts"
import { among, sorter } from "../search.ts"

const DAY = 86_400_000

const search = (service: Service, call: Call, fields: Fields) => {
  const paging = readPaging(fields)
  const customers = [...fields.list("customer"), ...fields.list("customerID")]
  const signatures = fields.list("signature")
  const severities = fields.listOf("severity", PRIORITIES)
  const ips = fields.list("ip")
  const minCount = fields.integer("minCount", 0) ?? 0
  const from = fields.time("startTimestamp", service.now()) ?? service.now() - DAY
  const to = fields.time("endTimestamp", service.now()) ?? service.now()
  const sort = sorter<AggregatedEvent>(fields, ["id", "timestamp", "startTimestamp", "endTimestamp", "severity", "count"])
  fields.done()
  const ofCustomers = customerFilter(service.world, call, customers)
  const found = service.world.events
    .filter((event) => ofCustomers(event.customerInfo) && event.count >= minCount)
    .filter((event) => event.endTimestamp >= from && event.startTimestamp <= to)
    .filter(among(signatures, (event) => event.attackInfo.signature))
    .filter(among(severities, (event) => event.severity))
    .filter(({ destination, source }) =>
      ips.length === 0 || ips.includes(source.networkAddress.address) || ips.includes(destination.networkAddress.address))
  return page(sort(found), paging)
}

export const eventRoutes = (service: Service): ReadonlyArray<Route> => [
  reads("GET", "/events/v1/aggregated", "listAggregatedEvents", ["eventLookup"], (call) => search(service, call, queryFields(call.request))),
  reads("POST", "/events/v1/aggregated/search", "findAggregatedEvents", ["eventLookup"], (call) => search(service, call, bodyFields(call.request)))
]
