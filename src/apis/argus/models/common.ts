/**
 * Models that several services of Argus share. All timestamps are epoch milliseconds.
 */
import * as Schema from "effect/Schema"
import * as Open from "../../../endpoint/Open.ts"

/** A login domain. */
export interface Domain {
  readonly id: number
  readonly name: string
}

export const Domain: Schema.Codec<Domain, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    id: Schema.Int,
    name: Schema.String
  })
)

/** A customer, in brief. */
export interface CustomerInfo {
  readonly id: number
  readonly shortName: string
  readonly name: string
  readonly domain?: Domain | undefined
}

export const CustomerInfo: Schema.Codec<CustomerInfo, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    id: Open.Int64,
    shortName: Schema.String,
    name: Schema.String,
    domain: Open.optional(Domain)
  })
)

/** A user or a group, in brief. */
export interface UserInfo {
  readonly id: number
  readonly userName: string
  readonly name: string
  readonly type: "user" | "group" | Open.Unrecognized<string>
  readonly customer?: CustomerInfo | undefined
  readonly domain?: Domain | undefined
}

export const UserInfo: Schema.Codec<UserInfo, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    id: Open.Int64,
    userName: Schema.String,
    name: Schema.String,
    type: Open.literals(["user", "group"]),
    customer: Open.optional(CustomerInfo),
    domain: Open.optional(Domain)
  })
)

export const accessModes = ["roleBased", "readRestricted", "writeRestricted", "explicit"] as const

/** Who may see and change a thing: those with the role, or only those who are named. */
export type AccessMode = (typeof accessModes)[number]

export const AccessMode: Schema.Codec<AccessMode> = /*#__PURE__*/ Schema.Literals(accessModes)
