/**
 * Argus: groups of the user.
 */
import * as Endpoint from "../../../../endpoint/Endpoint.ts"
import { Argus } from "../../Argus.ts"
import { page } from "../../envelope.ts"
import { GroupInfo } from "../../models/currentuser.ts"
import * as Optional from "../../models/optional.ts"
import * as Paging from "../../paging.ts"

/**
 * Groups that the user belongs to.
 *
 * `GET /currentuser/v1/groups`
 */
export const getCurrentUserGroups = /*#__PURE__*/ Paging.byQuery(/*#__PURE__*/ Endpoint.get(Argus, "/currentuser/v1/groups", {
  name: "getCurrentUserGroups",
  query: {
    offset: Optional.integer,
    /** default 25; 0: all */
    limit: Optional.integer,
    /** also the groups that those belong to. Default `false` */
    includeAncestors: Optional.boolean
  },
  success: /*#__PURE__*/ page(GroupInfo)
}))
