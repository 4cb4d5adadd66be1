/**
 * Ways to prove who a session is, for any API. Each is a recipe: it needs no other part and may be shared.
 */
export { Authentication } from "../../services/Authentication.ts"
export type {
  AuthenticationContext,
  AuthenticationHop,
  AuthenticationOffer,
  AuthenticationRequest,
  AuthenticationResponse,
  AuthenticationStatus,
  Authenticator,
  Credentials,
  SecurityRequirement
} from "../../services/Authentication.ts"
export { auto, type AutoOptions, digest } from "./challenge/auto.ts"
export type { DigestOptions } from "./challenge/digest.ts"
export { anonymous, apiKey, basic, bearer, type KeyPlace, type UserPassword } from "./fixed.ts"
export { refreshToken, type RefreshTokenOptions } from "./refreshToken.ts"
export { type CredentialOf, type GivenSchemes, type Recipe, type Schemes, schemes, type SecurityScheme } from "./schemes.ts"
