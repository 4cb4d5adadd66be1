/**
 * Request methods.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2 idempotent methods
 */

/** names of methods are compared as they are (RFC 9110 section 9.1): `patch` is no PATCH, and unknown */
const idempotent = /*#__PURE__*/ new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"])

/** May a request be repeated although the server may have acted on it? Of an unknown method nobody knows. */
export const isIdempotent = (method: string): boolean => idempotent.has(method)
