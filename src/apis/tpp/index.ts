/**
 * Venafi TPP: the session class, its ways to sign in, scopes, and refusals of status 200. Endpoints are in
 * `credence/tpp/<resource>`.
 */
export { TppError } from "./generated/models.ts"
export { CertificateNotIssued, issuedCertificate } from "./issued.ts"
export * as Scope from "./Scope.ts"
export { Tpp } from "./Tpp.ts"
export * as TppAuth from "./TppAuth.ts"
export { TppRefused } from "./TppResult.ts"
export * as TppResult from "./TppResult.ts"
