export * from "./CallError.ts"
export type { Failure, FailureEncoded } from "./Failure.ts"
export * from "./ResponseError.ts"
export * from "./SessionError.ts"
