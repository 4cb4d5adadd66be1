/**
 * Argus: aggregated events.
 */
import * as Endpoint from "../../../../endpoint/Endpoint.ts"
import { Argus } from "../../Argus.ts"
import { ArgusMessages, page } from "../../envelope.ts"
import { AggregatedEvent, AggregatedEventSearchCriteria } from "../../models/events.ts"
import * as Optional from "../../models/optional.ts"
import * as Paging from "../../paging.ts"

/**
 * Recent events.
 *
 * `GET /events/v1/aggregated`, needs `eventLookup`. Only those of the last 24 hours, unless told otherwise.
 */
export const listAggregatedEvents = /*#__PURE__*/ Paging.byQuery(/*#__PURE__*/ Endpoint.get(Argus, "/events/v1/aggregated", {
  name: "listAggregatedEvents",
  query: {
    customerID: Optional.integers,
    signature: Optional.strings,
    ip: Optional.strings,
    /** epoch milliseconds, or a relative time. Default `-24hours` */
    startTimestamp: Optional.string,
    /** as `startTimestamp`. Default `now` */
    endTimestamp: Optional.string,
    offset: Optional.integer,
    /** default 25; 0: all */
    limit: Optional.integer
  },
  success: /*#__PURE__*/ page(AggregatedEvent),
  errors: { 403: ArgusMessages, 412: ArgusMessages },
  permission: "eventLookup"
}))

/**
 * Finds events by any criteria.
 *
 * `POST /events/v1/aggregated/search`, needs `eventLookup`.
 */
export const findAggregatedEvents = /*#__PURE__*/ Paging.byBody(/*#__PURE__*/ Endpoint.post(Argus, "/events/v1/aggregated/search", {
  name: "findAggregatedEvents",
  body: AggregatedEventSearchCriteria,
  success: /*#__PURE__*/ page(AggregatedEvent),
  errors: { 403: ArgusMessages, 412: ArgusMessages },
  permission: "eventLookup"
}))
