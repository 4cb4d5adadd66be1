/**
 * Models of the authentication service.
 */
import * as Schema from "effect/Schema"
import * as Open from "../../../endpoint/Open.ts"
import * as Optional from "./optional.ts"

/** Who signs in. */
export interface LoginRequest {
  readonly userName: string
  readonly password: string
  /** the login domain; `MNEMONIC` for most users */
  readonly domain?: string | undefined
  readonly requestedAuthorizations?: ReadonlyArray<"enrollPublicKey" | "setPassword"> | undefined
}

export const LoginRequest: Schema.Codec<LoginRequest, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    userName: Schema.String,
    password: Schema.String,
    domain: Optional.string,
    requestedAuthorizations: Schema.optional(Schema.Array(Schema.Literals(["enrollPublicKey", "setPassword"])))
  })
)

/** What later requests must show. */
export interface RequestCredentials {
  readonly requestCredentialsType: "sessionToken" | "signature" | "apikey" | Open.Unrecognized<string>
  readonly requestCredentialsData: string
  readonly clientIP?: string | null | undefined
  readonly forwardedIP?: string | null | undefined
  readonly uri?: string | null | undefined
}

export const RequestCredentials: Schema.Codec<RequestCredentials, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    requestCredentialsType: Open.literals(["sessionToken", "signature", "apikey"]),
    requestCredentialsData: Schema.String,
    clientIP: Schema.optional(Schema.NullOr(Schema.String)),
    forwardedIP: Schema.optional(Schema.NullOr(Schema.String)),
    uri: Schema.optional(Schema.NullOr(Schema.String))
  })
)

/** Leave to do one thing that the login asked for. */
export interface UserAuthorization {
  readonly authorization: string
  readonly expires?: number | undefined
  readonly identifier: "enrollPublicKeyMobile" | "enrollPublicKey" | "setPassword" | "initializeTOTP" | Open.Unrecognized<string>
  readonly nextURI?: string | undefined
  readonly operation?: string | undefined
}

export const UserAuthorization: Schema.Codec<UserAuthorization, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    authorization: Schema.String,
    expires: Open.optional(Open.Int64),
    identifier: Open.literals(["enrollPublicKeyMobile", "enrollPublicKey", "setPassword", "initializeTOTP"]),
    nextURI: Open.optional(Schema.String),
    operation: Open.optional(Schema.String)
  })
)

/** A session that was just opened. */
export interface Authentication {
  /** base64 of the key that signs `Argus-Csrf-Token` */
  readonly sessionKey: string
  readonly credentials: RequestCredentials
  readonly authorizations?: ReadonlyArray<UserAuthorization> | undefined
}

export const Authentication: Schema.Codec<Authentication, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    sessionKey: Schema.String,
    credentials: RequestCredentials,
    authorizations: Open.optional(Schema.Array(UserAuthorization))
  })
)

/** The session that a request belongs to. */
export interface SessionInfo {
  readonly authenticationMethod:
    | "PASSWORD" | "SIGNATURE" | "SMS" | "TOTP" | "APIKEY" | "LDAP" | "IMPERSONATED" | "OPENID" | "ENROLLMENT"
    | Open.Unrecognized<string>
  readonly clientIP: string
  readonly createdTimestamp: number
  /** the server's clock */
  readonly timestamp: number
  readonly validUntilTimestamp: number
  readonly readOnly: boolean
  readonly securityLevel: "ADMINISTRATIVE" | "DEFAULT" | "EXTERNAL" | Open.Unrecognized<string>
  readonly passwordNotSet?: boolean | undefined
  readonly sessionKey?: string | null | undefined
}

export const SessionInfo: Schema.Codec<SessionInfo, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    authenticationMethod: Open.literals(["PASSWORD", "SIGNATURE", "SMS", "TOTP", "APIKEY", "LDAP", "IMPERSONATED", "OPENID", "ENROLLMENT"]),
    clientIP: Schema.String,
    createdTimestamp: Open.Int64,
    timestamp: Open.Int64,
    validUntilTimestamp: Open.Int64,
    readOnly: Schema.Boolean,
    securityLevel: Open.literals(["ADMINISTRATIVE", "DEFAULT", "EXTERNAL"]),
    passwordNotSet: Open.optional(Schema.Boolean),
    sessionKey: Schema.optional(Schema.NullOr(Schema.String))
  })
)
