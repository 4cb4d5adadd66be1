/** The parts of Credence that need Node. */
export * as Kerberos from "./Kerberos.ts"
export * as NodeFile from "./NodeFile.ts"
export * as NodeTransport from "./NodeTransport.ts"
export * as Probe from "./Probe.ts"
export * as Profile from "./Profile.ts"
