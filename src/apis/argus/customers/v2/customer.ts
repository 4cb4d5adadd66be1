/**
 * Argus: customers.
 */
import * as Schema from "effect/Schema"
import * as Endpoint from "../../../../endpoint/Endpoint.ts"
import { Argus } from "../../Argus.ts"
import { page, refusals, result } from "../../envelope.ts"
import { BasicCustomer } from "../../models/customers.ts"
import * as Optional from "../../models/optional.ts"
import * as Paging from "../../paging.ts"

/**
 * Customers.
 *
 * `GET /customers/v2/customer`, needs `viewBasicCustomer`.
 */
export const listBasicCustomers = /*#__PURE__*/ Paging.byQuery(/*#__PURE__*/ Endpoint.get(Argus, "/customers/v2/customer", {
  name: "listBasicCustomers",
  query: {
    offset: Optional.integer,
    /** default 25; 0: all */
    limit: Optional.integer,
    parent: Optional.strings,
    keywords: Optional.strings,
    includeProperties: Optional.strings,
    includePropertiesWithPrefix: Optional.strings,
    /** a leading `-` sorts downwards */
    sortBy: /*#__PURE__*/ Schema.optional(/*#__PURE__*/ Schema.Array(
      /*#__PURE__*/ Schema.Literals(["id", "name", "shortName", "relevance", "-id", "-name", "-shortName", "-relevance"])
    ))
  },
  success: /*#__PURE__*/ page(BasicCustomer),
  errors: refusals,
  permission: "viewBasicCustomer"
}))

/**
 * One customer.
 *
 * `GET /customers/v2/customer/{idOrShortName}`, needs `viewBasicCustomer`.
 */
export const getBasicCustomer = /*#__PURE__*/ Endpoint.get(Argus, "/customers/v2/customer/{idOrShortName}", {
  name: "getBasicCustomer",
  path: { idOrShortName: Schema.String },
  query: {
    domain: Optional.string,
    includeProperties: Optional.strings,
    includePropertiesWithPrefix: Optional.strings
  },
  success: /*#__PURE__*/ result(BasicCustomer),
  errors: refusals,
  permission: "viewBasicCustomer"
})
