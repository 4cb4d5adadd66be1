/**
 * Endpoints that carry their own description.
 */

/** What has been described. */
type Described<F> = { readonly openapi: F }

/**
 * The same endpoint with its own OpenAPI fragment, as data, in a member `openapi`. In a module of its own a bundle carries it
 * only where it is used.
 *
 * @example
 * ```ts
 * import * as pets from "./pets.ts"
 * export const getPet = Endpoint.describe(pets.getPet, { operationId: "getPet", responses: { 200: { description: "a pet" } } })
 * ```
 */
export const describe = <T extends (...input: never) => unknown, const F>(endpoint: T, fragment: F): T & Described<F> =>
  // a function of its own with all that the endpoint has: the endpoint itself stays as it is. `T` is a function, whose parameters are its own
  Object.assign(((...input: never) => endpoint(...input)) as T, endpoint, { openapi: fragment })
