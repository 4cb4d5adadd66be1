/**
 * Models of the asset service. All timestamps are epoch milliseconds.
 */
import * as Schema from "effect/Schema"
import * as Open from "../../../endpoint/Open.ts"
import { CustomerInfo, Domain } from "./common.ts"
import * as Optional from "./optional.ts"

const levels = ["unknown", "low", "medium", "high", "critical"] as const

type Level = (typeof levels)[number] | Open.Unrecognized<string>

/** What the loss of an asset's properties would mean. */
export interface Criticality {
  readonly availability?: Level | undefined
  readonly confidentiality?: Level | undefined
  readonly integrity?: Level | undefined
}

export const Criticality: Schema.Codec<Criticality, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    availability: Open.optional(Open.literals(levels)),
    confidentiality: Open.optional(Open.literals(levels)),
    integrity: Open.optional(Open.literals(levels))
  })
)

/** The kind of thing that an asset is. */
export interface AssetDefinitionInfo {
  readonly id: string
  readonly shortName: string
  readonly name: string
  readonly domain?: Domain | undefined
}

export const AssetDefinitionInfo: Schema.Codec<AssetDefinitionInfo, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    id: Schema.String,
    shortName: Schema.String,
    name: Schema.String,
    domain: Open.optional(Domain)
  })
)

/** One property of an asset, such as an address. */
export interface AssetComponent {
  readonly id: string
  readonly type:
    | "booleanType" | "intType" | "longType" | "doubleType" | "stringType" | "fullTextType" | "ipType" | "socketType" | "domainType"
    | "cpeType" | "userType" | "assetType" | "dateType" | "enumType" | Open.Unrecognized<string>
  /** as `type` says */
  readonly value: unknown
  readonly componentDefinition?: {
    readonly id: string
    readonly shortName: string
    readonly name: string
  } | undefined
}

export const AssetComponent: Schema.Codec<AssetComponent, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    id: Schema.String,
    type: Open.literals([
      "booleanType", "intType", "longType", "doubleType", "stringType", "fullTextType", "ipType", "socketType", "domainType",
      "cpeType", "userType", "assetType", "dateType", "enumType"
    ]),
    value: Schema.Unknown,
    componentDefinition: Open.optional(Schema.Struct({
      id: Schema.String,
      shortName: Schema.String,
      name: Schema.String
    }))
  })
)

/** Something that a customer wants watched, such as a host. */
export interface Asset {
  readonly id: string
  readonly shortName: string
  readonly name: string
  readonly description?: string | undefined
  readonly customer: CustomerInfo
  readonly assetDefinition: AssetDefinitionInfo
  readonly components?: ReadonlyArray<AssetComponent> | undefined
  readonly criticality?: Criticality | undefined
  readonly flags: ReadonlyArray<"deleted" | "hasHighVulnerability" | "hasCriticalVulnerability" | "exploitAvailable" | Open.Unrecognized<string>>
  readonly totalCVSS?: number | undefined
  readonly vulnerabilitiesCount?: number | undefined
  readonly createdTimestamp: number
  readonly lastUpdatedTimestamp: number
  readonly firstSeenTimestamp?: number | undefined
  readonly lastSeenTimestamp?: number | undefined
}

export const Asset: Schema.Codec<Asset, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    id: Schema.String,
    shortName: Schema.String,
    name: Schema.String,
    description: Open.optional(Schema.String),
    customer: CustomerInfo,
    assetDefinition: AssetDefinitionInfo,
    components: Open.optional(Schema.Array(AssetComponent)),
    criticality: Open.optional(Criticality),
    flags: Schema.Array(Open.literals(["deleted", "hasHighVulnerability", "hasCriticalVulnerability", "exploitAvailable"])),
    totalCVSS: Open.optional(Schema.Finite),
    vulnerabilitiesCount: Open.optional(Schema.Int),
    createdTimestamp: Open.Int64,
    lastUpdatedTimestamp: Open.Int64,
    firstSeenTimestamp: Open.optional(Open.Int64),
    lastSeenTimestamp: Open.optional(Open.Int64)
  })
)

/** Which assets to find. */
export interface AssetSearchRequest {
  /** default 25; 0: all */
  readonly limit?: number | undefined
  readonly offset?: number | undefined
  /** short names or ids */
  readonly customer?: ReadonlyArray<string> | undefined
  /** ids or short names */
  readonly asset?: ReadonlyArray<string> | undefined
  readonly assetDefinition?: ReadonlyArray<string> | undefined
  readonly dataSource?: ReadonlyArray<string> | undefined
  readonly parent?: ReadonlyArray<string> | undefined
  readonly keywords?: ReadonlyArray<string> | undefined
  /** default `any` */
  readonly keywordMatchStrategy?: "any" | "all" | undefined
  /** default `false` */
  readonly includeDeleted?: boolean | undefined
  readonly minimumTotalCvss?: number | undefined
  readonly maximumTotalCvss?: number | undefined
  /** epoch milliseconds, or a relative time such as `-24hours` */
  readonly startTimestamp?: string | undefined
  /** as `startTimestamp` */
  readonly endTimestamp?: string | undefined
  /** names of fields; a leading `-` sorts downwards */
  readonly sortBy?: ReadonlyArray<string> | undefined
}

export const AssetSearchRequest: Schema.Codec<AssetSearchRequest, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    limit: Optional.integer,
    offset: Optional.integer,
    customer: Optional.strings,
    asset: Optional.strings,
    assetDefinition: Optional.strings,
    dataSource: Optional.strings,
    parent: Optional.strings,
    keywords: Optional.strings,
    keywordMatchStrategy: Schema.optional(Schema.Literals(["any", "all"])),
    includeDeleted: Optional.boolean,
    minimumTotalCvss: Optional.number,
    maximumTotalCvss: Optional.number,
    startTimestamp: Optional.string,
    endTimestamp: Optional.string,
    sortBy: Optional.strings
  })
)
