/**
 * Argus: the session class, its ways to sign in, its policies. Endpoints are in `credence/argus/<service>/<version>/<resource>`.
 */
export { Argus, type Constraint, constrainSession } from "./Argus.ts"
export * as ArgusAuth from "./ArgusAuth.ts"
export * as ArgusPolicy from "./ArgusPolicy.ts"
export { ArgusMessages, Message } from "./generated/models.ts"
export { type SampleSubmission, submitSample } from "./sampledb/submit.ts"
