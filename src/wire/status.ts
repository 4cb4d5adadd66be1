/**
 * What statuses say.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-15.3 successful 2xx
 */
export const isSuccess = (status: number): boolean => status >= 200 && status < 300
