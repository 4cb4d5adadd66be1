/**
 * Argus: signing in with the password of a directory, by hand. `ArgusAuth.ldap` does it for a session.
 */
import * as Endpoint from "../../../../endpoint/Endpoint.ts"
import { Argus } from "../../Argus.ts"
import { ArgusMessages, result } from "../../envelope.ts"
import { Authentication, LoginRequest } from "../../models/authentication.ts"

/**
 * Opens another session with the password of a directory; this one stays as it is. A wrong password is
 * `AuthenticationFailed`; call it with `Call.with({ auth: false })`, or this session takes that 401 for its own end, logs in
 * anew and tries again.
 *
 * `POST /authentication/v1/ldap/authentication`
 */
export const ldapAuthentication = /*#__PURE__*/ Endpoint.post(Argus, "/authentication/v1/ldap/authentication", {
  name: "ldapAuthentication",
  body: LoginRequest,
  success: /*#__PURE__*/ result(Authentication),
  errors: { 412: ArgusMessages },
  // the answer sets the cookie of the new session, which must not replace this one's
  ignoreSetCookie: true
})
