/**
 * Argus: the session itself.
 */
import * as Schema from "effect/Schema"
import * as Endpoint from "../../../../endpoint/Endpoint.ts"
import { Argus } from "../../Argus.ts"
import { page, result } from "../../envelope.ts"
import { SessionInfo } from "../../models/authentication.ts"
import { CustomerInfo } from "../../models/common.ts"
import { FunctionInfo } from "../../models/currentuser.ts"
import * as Optional from "../../models/optional.ts"

export { constrainSession } from "../../Argus.ts"

/**
 * The session that this request belongs to: how it was opened, until when it lasts.
 *
 * `GET /authentication/v1/session`
 */
export const getSession = /*#__PURE__*/ Endpoint.get(Argus, "/authentication/v1/session", {
  name: "getSession",
  query: { domain: Optional.string },
  success: /*#__PURE__*/ result(SessionInfo)
})

/**
 * Signs out, on the server. A session that logs in by itself does so again at its next call; it signs out by itself
 * when it closes.
 *
 * `DELETE /authentication/v1/session`
 */
export const deleteSession = /*#__PURE__*/ Endpoint.delete(Argus, "/authentication/v1/session", {
  name: "deleteSession",
  success: /*#__PURE__*/ result(Schema.Unknown)
})

/**
 * Functions left to this session; all of them at once.
 *
 * `GET /authentication/v1/session/function`
 */
export const getSessionFunctions = /*#__PURE__*/ Endpoint.get(Argus, "/authentication/v1/session/function", {
  name: "getSessionFunctions",
  success: /*#__PURE__*/ page(FunctionInfo)
})

/**
 * Customers left to this session; all of them at once.
 *
 * `GET /authentication/v1/session/customer`
 */
export const getSessionCustomers = /*#__PURE__*/ Endpoint.get(Argus, "/authentication/v1/session/customer", {
  name: "getSessionCustomers",
  success: /*#__PURE__*/ page(CustomerInfo)
})
