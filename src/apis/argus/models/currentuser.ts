/**
 * Models of the current user's service. Functions are what other endpoints declare as permissions.
 */
import * as Schema from "effect/Schema"
import * as Open from "../../../endpoint/Open.ts"
import { CustomerInfo, Domain } from "./common.ts"

/** A person or a program that may sign in. */
export interface User {
  readonly id: number
  readonly userName: string
  readonly name: string
  readonly customer: CustomerInfo
  readonly domain?: Domain | undefined
  readonly email?: string | undefined
  readonly mobile?: string | undefined
  readonly language?: "ENGLISH" | "NORWEGIAN" | Open.Unrecognized<string> | undefined
  readonly flags: ReadonlyArray<
    | "DISABLED" | "AUTH_SMS" | "AUTH_LDAP" | "AUTH_LOCAL" | "AUTH_OPENID" | "BLOCKED" | "FORCE_PWCHANGE" | "DAEMON_ACCOUNT"
    | "PASSWORD_NOT_SET" | "AUTH_CRYPTO" | "AUTH_TOTP" | "AUTH_APIKEY" | "ANONYMOUS_USER" | Open.Unrecognized<string>
  >
  readonly lastLoginTimestamp?: number | undefined
  readonly lastLoginIP?: string | undefined
  readonly createdTimestamp: number
  readonly lastUpdatedTimestamp: number
  readonly properties?: { readonly [name: string]: string } | undefined
}

export const User: Schema.Codec<User, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    id: Open.Int64,
    userName: Schema.String,
    name: Schema.String,
    customer: CustomerInfo,
    domain: Open.optional(Domain),
    email: Open.optional(Schema.String),
    mobile: Open.optional(Schema.String),
    language: Open.optional(Open.literals(["ENGLISH", "NORWEGIAN"])),
    flags: Schema.Array(Open.literals([
      "DISABLED", "AUTH_SMS", "AUTH_LDAP", "AUTH_LOCAL", "AUTH_OPENID", "BLOCKED", "FORCE_PWCHANGE", "DAEMON_ACCOUNT",
      "PASSWORD_NOT_SET", "AUTH_CRYPTO", "AUTH_TOTP", "AUTH_APIKEY", "ANONYMOUS_USER"
    ])),
    lastLoginTimestamp: Open.optional(Open.Int64),
    lastLoginIP: Open.optional(Schema.String),
    createdTimestamp: Open.Int64,
    lastUpdatedTimestamp: Open.Int64,
    properties: Open.optional(Schema.Record(Schema.String, Schema.String))
  })
)

/** A function: the right to do one kind of thing, and the name that constraints use. */
export interface FunctionInfo {
  readonly id: number
  readonly name: string
  readonly description?: string | undefined
  readonly securityLevel?: "DEFAULT" | "ADMINISTRATIVE" | "EXTERNAL" | Open.Unrecognized<string> | undefined
  readonly flags?: ReadonlyArray<"ROLE" | "SYSADM" | Open.Unrecognized<string>> | undefined
}

export const FunctionInfo: Schema.Codec<FunctionInfo, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    id: Open.Int64,
    name: Schema.String,
    description: Open.optional(Schema.String),
    securityLevel: Open.optional(Open.literals(["DEFAULT", "ADMINISTRATIVE", "EXTERNAL"])),
    flags: Open.optional(Schema.Array(Open.literals(["ROLE", "SYSADM"])))
  })
)

/** A group of users. */
export interface GroupInfo {
  readonly id: number
  readonly name: string
  readonly description?: string | undefined
  readonly type: "user" | "group" | Open.Unrecognized<string>
  readonly customer?: CustomerInfo | undefined
  readonly domain?: Domain | undefined
}

export const GroupInfo: Schema.Codec<GroupInfo, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    id: Open.Int64,
    name: Schema.String,
    description: Open.optional(Schema.String),
    type: Open.literals(["user", "group"]),
    customer: Open.optional(CustomerInfo),
    domain: Open.optional(Domain)
  })
)
