/** The parts of Credence that need Node. */
export * as NodeTransport from "./NodeTransport.ts"
