/**
 * What a server says to a Bearer token that is not enough.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-3 the WWW-Authenticate field
 */
import { parseChallenges } from "./challenge.ts"
import { getAll, type ResponseHeaders } from "./headers.ts"

/**
 * The scopes that a request would have needed, where the server says `insufficient_scope` and names them; `undefined`: it
 * does not.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-3.1 the error codes
 */
export const insufficientScope = ({ headers }: { readonly headers: ResponseHeaders }): ReadonlyArray<string> | undefined => {
  for (const { parameters, scheme } of parseChallenges(getAll(headers, "www-authenticate"))) {
    if (scheme.toLowerCase() !== "bearer" || parameters.get("error") !== "insufficient_scope") continue
    // RFC 6749 section 3.3: names in one text, between them a space
    const scopes = (parameters.get("scope") ?? "").split(" ").filter((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))
    if (scopes.length > 0) return scopes
  }
  return undefined
}
