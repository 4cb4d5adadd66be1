/**
 * Argus: the user who is signed in.
 */
import * as Endpoint from "../../../../endpoint/Endpoint.ts"
import { Argus } from "../../Argus.ts"
import { result } from "../../envelope.ts"
import { User } from "../../models/currentuser.ts"

/**
 * Who is signed in.
 *
 * `GET /currentuser/v1/user`
 */
export const getCurrentUser = /*#__PURE__*/ Endpoint.get(Argus, "/currentuser/v1/user", {
  name: "getCurrentUser",
  success: /*#__PURE__*/ result(User)
})
