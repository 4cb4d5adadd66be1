/** The parts of Credence that need Node. */
export * as NodeFile from "./NodeFile.ts"
export * as NodeTransport from "./NodeTransport.ts"
export * as Profile from "./Profile.ts"
