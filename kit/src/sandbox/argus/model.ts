/** What the emulated service stores. Members are named and typed as they go over the wire. */

export interface Customer {
  readonly id: number
  readonly shortName: string
  readonly name: string
}

/** A user, with the secrets that only the sandbox would keep in clear. */
export interface User {
  readonly id: number
  readonly userName: string
  readonly name: string
  readonly customer: Customer
  readonly password: string
  readonly apiKey: string
  readonly mustChangePassword: boolean
  readonly functions: ReadonlySet<string>
  readonly customers: ReadonlySet<number>
}

export interface UserInfo {
  readonly id: number
  readonly userName: string
  readonly name: string
  readonly type: "user"
}

export const CASE_TYPES = ["securityIncident", "operationalIncident", "informational", "change"] as const
export const CASE_OPEN_STATUSES = ["pendingCustomer", "pendingSoc", "pendingVendor", "workingSoc", "workingCustomer", "pendingClose"] as const
export const CASE_STATUSES = [...CASE_OPEN_STATUSES, "closed"] as const
export const PRIORITIES = ["low", "medium", "high", "critical"] as const
export const ACCESS_MODES = ["roleBased", "readRestricted", "writeRestricted", "explicit"] as const
export const TEXT_FORMATS = ["plainText", "html"] as const

export type Priority = (typeof PRIORITIES)[number]
export type CaseStatus = (typeof CASE_STATUSES)[number]
export type AccessMode = (typeof ACCESS_MODES)[number]
export type TextFormat = (typeof TEXT_FORMATS)[number]

/** A service or a category: an id and its names. */
export interface Named {
  readonly id: number
  readonly shortName: string
  readonly name: string
}

export interface Case {
  readonly id: number
  readonly subject: string
  readonly description: string
  readonly descriptionTextFormat: TextFormat
  readonly customer: Customer
  readonly service: Named
  readonly category: Named | null
  readonly type: (typeof CASE_TYPES)[number]
  readonly status: CaseStatus
  readonly initialStatus: CaseStatus
  readonly priority: Priority
  readonly initialPriority: Priority
  readonly accessMode: AccessMode
  readonly customerReference: string | null
  readonly flags: ReadonlyArray<string>
  readonly createdByUser: UserInfo
  readonly reporter: UserInfo
  readonly lastUpdatedByUser: UserInfo
  readonly createdTimestamp: number
  readonly lastUpdatedTimestamp: number
  readonly publishedTimestamp: number | null
  readonly closedTimestamp: number | null
}

export interface Comment {
  readonly id: string
  readonly comment: string
  readonly textFormat: TextFormat
  readonly addedByUser: UserInfo
  readonly addedTimestamp: number
  readonly lastUpdatedTimestamp: number
  readonly status: CaseStatus | null
  readonly flags: ReadonlyArray<string>
}

export interface Attachment {
  readonly info: {
    readonly id: string
    readonly name: string
    readonly mimeType: string
    readonly size: number
    readonly sha256: string
    readonly addedByUser: UserInfo
    readonly addedTimestamp: number
    readonly flags: ReadonlyArray<string>
  }
  readonly bytes: Uint8Array
}

export interface Asset {
  readonly id: string
  readonly shortName: string
  readonly name: string
  readonly description: string
  readonly customer: Customer
  readonly assetDefinition: { readonly id: string; readonly shortName: string; readonly name: string }
  readonly components: ReadonlyArray<{ readonly id: string; readonly type: string; readonly value: unknown }>
  readonly criticality: { readonly availability: string; readonly confidentiality: string; readonly integrity: string }
  readonly flags: ReadonlyArray<string>
  readonly totalCVSS: number
  readonly vulnerabilitiesCount: number
  readonly createdTimestamp: number
  readonly lastUpdatedTimestamp: number
  readonly lastSeenTimestamp: number
}

/** One end of an event's traffic. */
export interface EndPoint {
  readonly networkAddress: { readonly address: string; readonly host: boolean; readonly ipv6: boolean; readonly maskBits: number }
  readonly port: number
}

export interface AggregatedEvent {
  readonly id: string
  readonly customerInfo: Customer
  readonly severity: Priority
  readonly attackInfo: { readonly alarmID: number; readonly alarmDescription: string; readonly signature: string }
  readonly count: number
  readonly source: EndPoint
  readonly destination: EndPoint
  readonly protocol: string
  readonly timestamp: number
  readonly startTimestamp: number
  readonly endTimestamp: number
  readonly lastUpdatedTimestamp: number
  readonly properties: Readonly<Record<string, string>>
  readonly associatedCase: { readonly id: number; readonly subject: string } | null
  readonly flags: ReadonlyArray<string>
}

interface Element {
  readonly id: number
  readonly name: string
  readonly accessMode: AccessMode
  readonly effectiveAccessMode: AccessMode
  readonly customer: Customer
  readonly createdByUser: UserInfo
  readonly createdTimestamp: number
  readonly lastUpdatedByUser: UserInfo
  readonly lastUpdatedTimestamp: number
}

/** A folder; a customer's root has no parent. */
export interface Folder {
  readonly info: Element & { readonly elementType: "folder"; readonly flags: ReadonlyArray<string> }
  readonly parent: number | undefined
}

export interface Document {
  readonly info: Element & {
    readonly elementType: "document"
    readonly mimeType: string
    readonly dataSize: number
    readonly sha256: string
    readonly revision: number
    readonly state: "published"
    readonly flags: ReadonlyArray<string>
  }
  readonly parent: number
  readonly bytes: Uint8Array
  /** Who holds a lock on it. */
  readonly lockedBy: UserInfo | undefined
}

export interface Sample {
  readonly sha256: string
  readonly bytes: Uint8Array
  readonly createdTimestamp: number
}

export interface Submission {
  readonly id: string
  readonly sampleSha256: string
  readonly fileName: string
  readonly mimeType: string
  readonly customer: Customer
  readonly userAgent: { readonly name: string; readonly version: string }
  readonly observedTimestamp: number
  readonly submittedTimestamp: number
  readonly tlp: string
  readonly metaData: unknown
}

/** All of it. Ids count up from `lastId`. */
export interface World {
  readonly customers: ReadonlyArray<Customer>
  readonly users: ReadonlyArray<User>
  readonly services: ReadonlyArray<Named>
  readonly categories: ReadonlyArray<Named>
  readonly cases: Map<number, Case>
  /** Where merged cases went. */
  readonly moved: ReadonlyMap<number, number>
  readonly comments: Map<number, ReadonlyArray<Comment>>
  readonly attachments: Map<number, ReadonlyArray<Attachment>>
  readonly assets: ReadonlyArray<Asset>
  readonly events: ReadonlyArray<AggregatedEvent>
  readonly folders: Map<number, Folder>
  readonly documents: Map<number, Document>
  readonly samples: Map<string, Sample>
  readonly submissions: Array<Submission>
  readonly lastId: { case: number; element: number }
}

export const userInfo = (user: User): UserInfo => ({ id: user.id, userName: user.userName, name: user.name, type: "user" })
