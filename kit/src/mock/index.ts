/** `credence-kit/mock`: a typed mock of any endpoints, as a server or as a transport. */
export { ServerFailed } from "../http/server.ts"
export { layer, make, Mock, type MockOptions, type RunningMock, type ServerOptions, transport } from "./mock.ts"
export type { Endpoints, MockEndpoint } from "./MockEndpoint.ts"
export type { Schemes } from "./security.ts"
