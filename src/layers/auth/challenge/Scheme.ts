/**
 * Ways to answer the challenges of servers and proxies, for `Auth.auto` and for the `schemes` of a proxy. More of them are
 * in subpaths of their own, and anybody can write one.
 */
export { SchemeError } from "../../../services/Scheme.ts"
export type { Challenge, Scheme, SchemeLogin, SchemePeer, SchemeRequest, SchemeResponse, SchemeState } from "../../../services/Scheme.ts"
export { basic } from "./basic.ts"
export { digest, type DigestOptions } from "./digest.ts"
