/**
 * Argus: signing in with the password of a directory, by hand. `ArgusAuth.ldap` does it for a session.
 */
import * as Endpoint from "../../../../endpoint/Endpoint.ts"
import { Argus } from "../../Argus.ts"
import { ArgusMessages, result } from "../../envelope.ts"
import { Authentication, LoginRequest } from "../../models/authentication.ts"

/**
 * Opens another session with the password of a directory; this one stays as it is. A wrong password is
 * `AuthenticationFailed`.
 *
 * `POST /authentication/v1/ldap/authentication`
 */
export const ldapAuthentication = /*#__PURE__*/ Endpoint.post(Argus, "/authentication/v1/ldap/authentication", {
  name: "ldapAuthentication",
  body: LoginRequest,
  success: /*#__PURE__*/ result(Authentication),
  errors: { 412: ArgusMessages },
  // neither sends this session's cookie nor keeps the new one's; a 401 is about the password, not about this session
  auth: false
})
