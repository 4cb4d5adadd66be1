/**
 * ansys: ways to sign in as ansys-openapi-common's builder has them, for any session class; and `Ansys`, the generic API of the
 * sandbox, whose endpoints are in `credence/ansys/<resource>`.
 */
export { Ansys, ansysOptions, connected } from "./Ansys.ts"
export * as AnsysAuth from "./AnsysAuth.ts"
export * as AnsysPolicy from "./AnsysPolicy.ts"
export { ApiError, Item, ItemKind, NewItem, StoredFile } from "./generated/models.ts"
