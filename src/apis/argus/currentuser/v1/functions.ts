/**
 * Argus: what the user may do.
 */
import * as Schema from "effect/Schema"
import * as Endpoint from "../../../../endpoint/Endpoint.ts"
import { Argus } from "../../Argus.ts"
import { ArgusMessages, page } from "../../envelope.ts"
import { FunctionInfo } from "../../models/currentuser.ts"
import * as Optional from "../../models/optional.ts"
import * as Paging from "../../paging.ts"

/**
 * Functions that the user has: the permissions that endpoints declare.
 *
 * `GET /currentuser/v1/functions`. See `getSessionFunctions` for those that a narrowed session keeps.
 */
export const getCurrentUserFunctions = /*#__PURE__*/ Paging.byQuery(/*#__PURE__*/ Endpoint.get(Argus, "/currentuser/v1/functions", {
  name: "getCurrentUserFunctions",
  query: {
    offset: Optional.integer,
    /** default 25; 0: all */
    limit: Optional.integer,
    onlyRoles: Optional.boolean,
    /** default `true` */
    requirePermission: Optional.boolean,
    /** default `current` */
    maxSecurityLevel: /*#__PURE__*/ Schema.optional(/*#__PURE__*/ Schema.Literals(["current", "external", "standard", "administrative"])),
    keywords: Optional.strings
  },
  success: /*#__PURE__*/ page(FunctionInfo),
  errors: { 403: ArgusMessages, 412: ArgusMessages }
}))
