/**
 * Argus: signing in with a password, by hand. `ArgusAuth.password` does it for a session.
 */
import * as Endpoint from "../../../../endpoint/Endpoint.ts"
import { Argus } from "../../Argus.ts"
import { ArgusMessages, result } from "../../envelope.ts"
import { Authentication, LoginRequest } from "../../models/authentication.ts"

/**
 * Opens another session with a password; this one stays as it is. `responseCode` 221: it is open, but the password must be
 * changed. A wrong password is `AuthenticationFailed`.
 *
 * `POST /authentication/v1/password/authentication`
 */
export const passwordAuthentication = /*#__PURE__*/ Endpoint.post(Argus, "/authentication/v1/password/authentication", {
  name: "passwordAuthentication",
  body: LoginRequest,
  success: { 200: /*#__PURE__*/ result(Authentication), 221: /*#__PURE__*/ result(Authentication) },
  errors: { 412: ArgusMessages },
  // neither sends this session's cookie nor keeps the new one's; a 401 is about the password, not about this session
  auth: false
})
