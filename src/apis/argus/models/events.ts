/**
 * Models of the event service. All timestamps are epoch milliseconds.
 */
import * as Schema from "effect/Schema"
import * as Open from "../../../endpoint/Open.ts"
import { CasePriority, priorities } from "./cases.ts"
import * as Optional from "./optional.ts"

/** Where in the world an address is. */
export interface GeoInfo {
  readonly countryCode?: string | undefined
  readonly countryName?: string | undefined
  readonly locationName?: string | undefined
  readonly latitude?: number | undefined
  readonly longitude?: number | undefined
}

export const GeoInfo: Schema.Codec<GeoInfo, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    countryCode: Open.optional(Schema.String),
    countryName: Open.optional(Schema.String),
    locationName: Open.optional(Schema.String),
    latitude: Open.optional(Schema.Finite),
    longitude: Open.optional(Schema.Finite)
  })
)

/** An address, or a range of them. */
export interface IPNetworkAddress {
  readonly address: string
  readonly host?: boolean | undefined
  readonly ipv6?: boolean | undefined
  readonly maskBits?: number | undefined
  readonly multicast?: boolean | undefined
  readonly public?: boolean | undefined
}

export const IPNetworkAddress: Schema.Codec<IPNetworkAddress, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    address: Schema.String,
    host: Open.optional(Schema.Boolean),
    ipv6: Open.optional(Schema.Boolean),
    maskBits: Open.optional(Schema.Int),
    multicast: Open.optional(Schema.Boolean),
    public: Open.optional(Schema.Boolean)
  })
)

/** One side of a connection. */
export interface IPEndPoint {
  readonly networkAddress: IPNetworkAddress
  readonly port?: number | undefined
  readonly geoLocation?: GeoInfo | undefined
}

export const IPEndPoint: Schema.Codec<IPEndPoint, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    networkAddress: IPNetworkAddress,
    port: Open.optional(Schema.Int),
    geoLocation: Open.optional(GeoInfo)
  })
)

/** The customer that an event belongs to. */
export interface EventCustomerInfo {
  readonly id: number
  readonly shortName: string
  readonly name: string
}

export const EventCustomerInfo: Schema.Codec<EventCustomerInfo, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    id: Open.Int64,
    shortName: Schema.String,
    name: Schema.String
  })
)

/** What was recognized, and by which signature. */
export interface AttackInfo {
  readonly alarmID?: number | undefined
  readonly alarmDescription?: string | undefined
  readonly attackCategoryID?: number | undefined
  readonly attackCategoryName?: string | undefined
  readonly signature: string
}

export const AttackInfo: Schema.Codec<AttackInfo, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    alarmID: Open.optional(Open.Int64),
    alarmDescription: Open.optional(Schema.String),
    attackCategoryID: Open.optional(Open.Int64),
    attackCategoryName: Open.optional(Schema.String),
    signature: Schema.String
  })
)

/** The case that an event led to. */
export interface AssociatedCaseInfo {
  readonly id: number
  readonly subject: string
  readonly categoryID?: number | undefined
  readonly categoryName?: string | undefined
  readonly priority?: CasePriority | Open.Unrecognized<string> | undefined
  readonly service?: string | undefined
  readonly status?: string | undefined
}

export const AssociatedCaseInfo: Schema.Codec<AssociatedCaseInfo, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    id: Open.Int64,
    subject: Schema.String,
    categoryID: Open.optional(Open.Int64),
    categoryName: Open.optional(Schema.String),
    priority: Open.optional(Open.literals(priorities)),
    service: Open.optional(Schema.String),
    status: Open.optional(Schema.String)
  })
)

/** Like events of one source and one target, counted together. */
export interface AggregatedEvent {
  readonly id: string
  readonly customerInfo: EventCustomerInfo
  readonly severity: CasePriority | Open.Unrecognized<string>
  readonly attackInfo: AttackInfo
  /** how many events these are */
  readonly count: number
  readonly source?: IPEndPoint | undefined
  readonly destination?: IPEndPoint | undefined
  readonly protocol?: string | undefined
  readonly timestamp?: number | undefined
  readonly startTimestamp: number
  readonly endTimestamp: number
  readonly lastUpdatedTimestamp: number
  readonly uri?: string | undefined
  readonly properties?: { readonly [name: string]: string } | undefined
  readonly associatedCase?: AssociatedCaseInfo | undefined
  readonly detailedEventIDS?: ReadonlyArray<string> | undefined
  readonly flags: ReadonlyArray<string>
}

export const AggregatedEvent: Schema.Codec<AggregatedEvent, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    id: Schema.String,
    customerInfo: EventCustomerInfo,
    severity: Open.literals(priorities),
    attackInfo: AttackInfo,
    count: Schema.Int,
    source: Open.optional(IPEndPoint),
    destination: Open.optional(IPEndPoint),
    protocol: Open.optional(Schema.String),
    timestamp: Open.optional(Open.Int64),
    startTimestamp: Open.Int64,
    endTimestamp: Open.Int64,
    lastUpdatedTimestamp: Open.Int64,
    uri: Open.optional(Schema.String),
    properties: Open.optional(Schema.Record(Schema.String, Schema.String)),
    associatedCase: Open.optional(AssociatedCaseInfo),
    detailedEventIDS: Open.optional(Schema.Array(Schema.String)),
    flags: Schema.Array(Schema.String)
  })
)

/** Which events to find. */
export interface AggregatedEventSearchCriteria {
  /** default 25; 0: all */
  readonly limit?: number | undefined
  readonly offset?: number | undefined
  readonly customerID?: ReadonlyArray<number> | undefined
  /** short names or ids */
  readonly customer?: ReadonlyArray<string> | undefined
  readonly severity?: ReadonlyArray<CasePriority> | undefined
  readonly minSeverity?: CasePriority | undefined
  readonly maxSeverity?: CasePriority | undefined
  readonly signature?: ReadonlyArray<string> | undefined
  /** of either side */
  readonly ip?: ReadonlyArray<string> | undefined
  readonly sourceIP?: ReadonlyArray<string> | undefined
  readonly destinationIP?: ReadonlyArray<string> | undefined
  readonly minCount?: number | undefined
  readonly associatedCaseID?: ReadonlyArray<number> | undefined
  /** epoch milliseconds, or a relative time such as `-24hours` */
  readonly startTimestamp?: string | undefined
  /** as `startTimestamp` */
  readonly endTimestamp?: string | undefined
  /** names of fields; a leading `-` sorts downwards */
  readonly sortBy?: ReadonlyArray<string> | undefined
}

export const AggregatedEventSearchCriteria: Schema.Codec<AggregatedEventSearchCriteria, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    limit: Optional.integer,
    offset: Optional.integer,
    customerID: Optional.integers,
    customer: Optional.strings,
    severity: Schema.optional(Schema.Array(CasePriority)),
    minSeverity: Schema.optional(CasePriority),
    maxSeverity: Schema.optional(CasePriority),
    signature: Optional.strings,
    ip: Optional.strings,
    sourceIP: Optional.strings,
    destinationIP: Optional.strings,
    minCount: Optional.integer,
    associatedCaseID: Optional.integers,
    startTimestamp: Optional.string,
    endTimestamp: Optional.string,
    sortBy: Optional.strings
  })
)
