/**
 * Models of the customer service.
 */
import * as Schema from "effect/Schema"
import * as Open from "../../../endpoint/Open.ts"
import { Domain } from "./common.ts"

/** A customer, or a group of them. */
export interface BasicCustomer {
  readonly id: number
  readonly shortName: string
  readonly name: string
  readonly type: "group" | "leaf" | Open.Unrecognized<string>
  readonly parentID?: number | undefined
  readonly ancestorIDs?: ReadonlyArray<number> | undefined
  readonly domain?: Domain | undefined
  readonly language?: "norwegian" | "english" | Open.Unrecognized<string> | undefined
  readonly timeZone?: string | undefined
  readonly flags: ReadonlyArray<
    | "disabled" | "denySubmitForAnonymousUser" | "allowGlobalData" | "excludeFromProduction" | "networkBaseCustomer"
    | "singleNetworkDomain" | "customerDataDeleted" | "rootCustomerGroup" | Open.Unrecognized<string>
  >
}

export const BasicCustomer: Schema.Codec<BasicCustomer, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    id: Open.Int64,
    shortName: Schema.String,
    name: Schema.String,
    type: Open.literals(["group", "leaf"]),
    parentID: Open.optional(Open.Int64),
    ancestorIDs: Open.optional(Schema.Array(Open.Int64)),
    domain: Open.optional(Domain),
    language: Open.optional(Open.literals(["norwegian", "english"])),
    timeZone: Open.optional(Schema.String),
    flags: Schema.Array(Open.literals([
      "disabled", "denySubmitForAnonymousUser", "allowGlobalData", "excludeFromProduction", "networkBaseCustomer",
      "singleNetworkDomain", "customerDataDeleted", "rootCustomerGroup"
    ]))
  })
)
