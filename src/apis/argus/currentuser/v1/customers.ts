/**
 * Argus: customers of the user.
 */
import * as Endpoint from "../../../../endpoint/Endpoint.ts"
import { Argus } from "../../Argus.ts"
import { page } from "../../envelope.ts"
import { CustomerInfo } from "../../models/common.ts"
import * as Optional from "../../models/optional.ts"
import * as Paging from "../../paging.ts"

/**
 * Customers that the user may see.
 *
 * `GET /currentuser/v1/customers`
 */
export const getCustomers = /*#__PURE__*/ Paging.byQuery(/*#__PURE__*/ Endpoint.get(Argus, "/currentuser/v1/customers", {
  name: "getCustomers",
  query: {
    offset: Optional.integer,
    /** default 25; 0: all */
    limit: Optional.integer,
    keywords: Optional.strings,
    /** only customers for which the user has these functions */
    requiredFunction: Optional.strings
  },
  success: /*#__PURE__*/ page(CustomerInfo)
}))
