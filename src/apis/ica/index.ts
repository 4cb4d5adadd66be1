/**
 * ICA: the session class, its ways to sign in, its files. Endpoints are in `credence/ica/<resource>`.
 */
export { Ica } from "./Ica.ts"
export * as IcaAuth from "./IcaAuth.ts"
export * as IcaFiles from "./IcaFiles.ts"
export { Problem } from "./generated/models.ts"
