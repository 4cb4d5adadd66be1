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
export { type Answered, ask, type AskOptions } from "./ask.ts"
export { auto, type AutoOptions, digest } from "./challenge/auto.ts"
export { clientCredentials, type ClientCredentialsOptions } from "./clientCredentials.ts"
export type { DigestOptions } from "./challenge/digest.ts"
export { anonymous, apiKey, basic, bearer, type KeyPlace, type UserPassword } from "./fixed.ts"
export { refreshToken, type RefreshTokenOptions } from "./refreshToken.ts"
export { deviceCode, type DeviceCode, type DeviceCodeOptions, type DevicePrompt, devicePrompt } from "./deviceCode.ts"
export { type GivenToken, type IssuedToken, type LoginRequest, renewable, type RenewableOptions, type RenewalRequest } from "./renewable.ts"
export { insufficientScope } from "../../wire/bearer.ts"
export { fromConfig } from "./fromConfig.ts"
export { type CredentialOf, type GivenSchemes, type Recipe, type Schemes, schemes, type SecurityScheme } from "./schemes.ts"
