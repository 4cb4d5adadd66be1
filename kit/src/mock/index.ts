/** `credence-kit/mock`: a typed mock of any endpoints, as a server or as a transport. */
export { ServerFailed } from "../http/server.ts"
export type { MockOptions } from "./handler.ts"
export { layer, make, Mock, type RunningMock, type ServerOptions } from "./mock.ts"
export type { Endpoints, MockEndpoint } from "./MockEndpoint.ts"
export type { Schemes } from "./security.ts"
export { transport, type TransportOptions } from "./transport.ts"
