/** `credence-kit/sandbox`: a faithful local emulation of the supported systems, over real HTTP. */
export type { Control, Lifetimes, ReceivedIdentity, ReceivedRequest } from "./control.ts"
export { makeCertificate, type Certificate } from "./certificate.ts"
export { SandboxFailed } from "./failure.ts"
export type { Fault } from "./faults.ts"
export { fingerprint } from "./fingerprint.ts"
export { records, type SystemRecord } from "./records.ts"
export { type Access, type AnsysAccess, type ArgusAccess, type IcaAccess, layer, make, type RunningSandbox, Sandbox, type SandboxOptions, type TppAccess } from "./sandbox.ts"
