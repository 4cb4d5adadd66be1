/**
 * Typed API sessions for Effect. Nothing in here needs Node: `credence/node` has what does.
 */
export * from "./errors/index.ts"
export * as Auth from "./layers/auth/Auth.ts"
export * as Call from "./services/Call.ts"
export * as Configuration from "./layers/config/Configuration.ts"
export * as Cookies from "./layers/cookies/Cookies.ts"
export * as Endpoint from "./endpoint/Endpoint.ts"
export * as Hooks from "./services/Hooks.ts"
export * as Open from "./endpoint/Open.ts"
export * as Policy from "./layers/policy/Policy.ts"
export * as Scheme from "./layers/auth/challenge/Scheme.ts"
export * as Session from "./layers/session/Session.ts"
export * as TokenStore from "./layers/store/TokenStore.ts"
export * as Transport from "./layers/transport/Transport.ts"
export type { Can, Permission } from "./services/Permission.ts"
export { version } from "./version.ts"
