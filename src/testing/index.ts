/**
 * Tests without a server.
 */
export { type DeepPartial, example, type ExampleOptions } from "./example.ts"
export { download, failWith, handle, type HandledResponse, type Handler, handleResponse, layerTest } from "./layerTest.ts"
export * as Recording from "./recording.ts"
export * as Script from "./Script.ts"
