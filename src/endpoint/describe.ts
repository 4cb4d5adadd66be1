/**
 * Endpoints that carry their own description.
 */

/** An operation as its document describes it (OpenAPI Operation Object), with its method and path. */
export type Fragment = { readonly [name: string]: unknown }

/** What has been described. */
export interface Described {
  readonly openapi: Fragment
}

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
export const describe = <T extends (...input: never) => unknown>(endpoint: T, fragment: Fragment): T & Described =>
  // a function of its own with all that the endpoint has: the endpoint itself stays as it is. `T` is a function, whose parameters are its own
  Object.assign(((...input: never) => endpoint(...input)) as T, endpoint, { openapi: fragment })
