/**
 * User name and password as they are, encoded only.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7617#section-2
 */

/** The token68 of a user name and a password, as UTF-8. As good as the password: a secret. */
export const encode = (username: string, password: string): string => {
  const bytes = new TextEncoder().encode(`${username}:${password}`)
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
}

/** What is expected of a user name and a password that are none, or `undefined`: the first colon ends the user name, and control characters are not allowed. */
export const problem = (username: string, password: string): string | undefined =>
  username.includes(":")
    ? "expected a user name without a colon (RFC 7617)"
    : /\p{Cc}/u.test(username + password)
    ? "expected a user name and password without control characters (RFC 7617)"
    : undefined
