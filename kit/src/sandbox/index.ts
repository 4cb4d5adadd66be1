/** `credence-kit/sandbox`: a faithful local emulation of the supported systems, over real HTTP. */
export type { Control, Lifetimes, ReceivedIdentity, ReceivedRequest } from "./control.ts"
export { makeCertificate, type Certificate } from "./certificate.ts"
export { SandboxFailed } from "./failure.ts"
export type { Fault } from "./faults.ts"
export { fingerprint } from "./fingerprint.ts"
export { type Access, type ArgusAccess, layer, make, type RunningSandbox, Sandbox, type SandboxOptions } from "./sandbox.ts"
