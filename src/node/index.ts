/** The parts of Credence that need Node. */
export * as FileStore from "./store/FileStore.ts"
export * as Kerberos from "./Kerberos.ts"
export * as Keyring from "./store/Keyring.ts"
export * as NodeFile from "./NodeFile.ts"
export * as NodeTransport from "./NodeTransport.ts"
export * as Probe from "./Probe.ts"
export * as Profile from "./Profile.ts"
export * as Secrets from "./Secrets.ts"
