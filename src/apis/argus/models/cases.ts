/**
 * Models of the case service. All timestamps are epoch milliseconds.
 */
import * as Schema from "effect/Schema"
import * as Open from "../../../endpoint/Open.ts"
import { AccessMode, accessModes, CustomerInfo, UserInfo } from "./common.ts"
import * as Optional from "./optional.ts"

const openStatuses = ["pendingCustomer", "pendingSoc", "pendingVendor", "workingSoc", "workingCustomer", "pendingClose"] as const
const statuses = ["pendingCustomer", "pendingSoc", "pendingVendor", "workingSoc", "workingCustomer", "pendingClose", "closed"] as const
const types = ["securityIncident", "operationalIncident", "informational", "change"] as const
const textFormats = ["plainText", "html"] as const

export const priorities = ["low", "medium", "high", "critical"] as const

/** A state that a request may put a case into. */
export type CaseOpenStatus = (typeof openStatuses)[number]
export const CaseOpenStatus: Schema.Codec<CaseOpenStatus> = /*#__PURE__*/ Schema.Literals(openStatuses)

/** Who has to act on a case, or that nobody has to. */
export type CaseStatus = (typeof statuses)[number]
export const CaseStatus: Schema.Codec<CaseStatus> = /*#__PURE__*/ Schema.Literals(statuses)

/** What a case is about. */
export type CaseType = (typeof types)[number]
export const CaseType: Schema.Codec<CaseType> = /*#__PURE__*/ Schema.Literals(types)

/** How urgent a case is; of events, how severe. */
export type CasePriority = (typeof priorities)[number]
export const CasePriority: Schema.Codec<CasePriority> = /*#__PURE__*/ Schema.Literals(priorities)

/** How a text is to be read. */
export type TextFormat = (typeof textFormats)[number]
export const TextFormat: Schema.Codec<TextFormat> = /*#__PURE__*/ Schema.Literals(textFormats)

/** The kind of matter that a case belongs to. */
export interface CategoryInfo {
  readonly id: number
  readonly shortName: string
  readonly name: string
  readonly localizedName?: string | undefined
}

export const CategoryInfo: Schema.Codec<CategoryInfo, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    id: Open.Int64,
    shortName: Schema.String,
    name: Schema.String,
    localizedName: Open.optional(Schema.String)
  })
)

/** The service that a case belongs to. */
export interface ServiceInfo {
  readonly id: number
  readonly shortName: string
  readonly name: string
  readonly localizedName?: string | undefined
}

export const ServiceInfo: Schema.Codec<ServiceInfo, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    id: Open.Int64,
    shortName: Schema.String,
    name: Schema.String,
    localizedName: Open.optional(Schema.String)
  })
)

/** A case: one matter between a customer and the analysts. */
export interface Case {
  readonly id: number
  readonly subject: string
  readonly customer: CustomerInfo
  readonly service: ServiceInfo
  readonly category?: CategoryInfo | undefined
  readonly type: CaseType | Open.Unrecognized<string>
  readonly status: CaseStatus | Open.Unrecognized<string>
  readonly initialStatus?: CaseStatus | Open.Unrecognized<string> | undefined
  readonly priority: CasePriority | Open.Unrecognized<string>
  readonly initialPriority?: CasePriority | Open.Unrecognized<string> | undefined
  readonly accessMode: AccessMode | Open.Unrecognized<string>
  /** text or safe HTML, as `descriptionTextFormat` says; searches may leave it out */
  readonly description?: string | undefined
  readonly descriptionTextFormat?: TextFormat | Open.Unrecognized<string> | undefined
  readonly customerReference?: string | undefined
  readonly flags: ReadonlyArray<
    | "DELETED" | "EXTERNAL_SYNC" | "HAS_ATTACHMENT" | "INTERNAL" | "MAIL_UPDATE" | "MERGED" | "NOTIFIED" | "PUBLISHED"
    | "SUBMITTED_BY_ANONYMOUS_USER" | "SUBMITTED_BY_OTHER_USER" | "DEFAULT_CONTACTS" | "DESCRIPTION_EDITED" | "SUBMITTED_BY_TECH"
    | "SUBJECT_EDITED" | "HAS_EVENTS" | "TEST" | Open.Unrecognized<string>
  >
  readonly createdByUser?: UserInfo | undefined
  readonly reporter?: UserInfo | undefined
  /** of the customer */
  readonly assignedUser?: UserInfo | undefined
  /** of the analysts */
  readonly assignedTech?: UserInfo | undefined
  readonly lastUpdatedByUser?: UserInfo | undefined
  readonly createdTimestamp: number
  readonly lastUpdatedTimestamp: number
  readonly publishedTimestamp?: number | undefined
  readonly closedTimestamp?: number | undefined
}

export const Case: Schema.Codec<Case, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    id: Open.Int64,
    subject: Schema.String,
    customer: CustomerInfo,
    service: ServiceInfo,
    category: Open.optional(CategoryInfo),
    type: Open.literals(types),
    status: Open.literals(statuses),
    initialStatus: Open.optional(Open.literals(statuses)),
    priority: Open.literals(priorities),
    initialPriority: Open.optional(Open.literals(priorities)),
    accessMode: Open.literals(accessModes),
    description: Open.optional(Schema.String),
    descriptionTextFormat: Open.optional(Open.literals(textFormats)),
    customerReference: Open.optional(Schema.String),
    flags: Schema.Array(Open.literals([
      "DELETED", "EXTERNAL_SYNC", "HAS_ATTACHMENT", "INTERNAL", "MAIL_UPDATE", "MERGED", "NOTIFIED", "PUBLISHED",
      "SUBMITTED_BY_ANONYMOUS_USER", "SUBMITTED_BY_OTHER_USER", "DEFAULT_CONTACTS", "DESCRIPTION_EDITED", "SUBMITTED_BY_TECH",
      "SUBJECT_EDITED", "HAS_EVENTS", "TEST"
    ])),
    createdByUser: Open.optional(UserInfo),
    reporter: Open.optional(UserInfo),
    assignedUser: Open.optional(UserInfo),
    assignedTech: Open.optional(UserInfo),
    lastUpdatedByUser: Open.optional(UserInfo),
    createdTimestamp: Open.Int64,
    lastUpdatedTimestamp: Open.Int64,
    publishedTimestamp: Open.optional(Open.Int64),
    closedTimestamp: Open.optional(Open.Int64)
  })
)

/** A remark on a case. */
export interface CaseComment {
  readonly id: string
  /** text or safe HTML, as `textFormat` says */
  readonly comment: string
  readonly textFormat: TextFormat | Open.Unrecognized<string>
  readonly addedByUser: UserInfo
  readonly addedTimestamp: number
  readonly lastUpdatedTimestamp?: number | undefined
  /** what the comment set the case's status to */
  readonly status?: CaseStatus | Open.Unrecognized<string> | undefined
  /** what the comment set the case's priority to */
  readonly priority?: CasePriority | Open.Unrecognized<string> | undefined
  readonly flags: ReadonlyArray<
    | "DELETED" | "REPLACED" | "UPDATED" | "INTERNAL" | "MERGED" | "MAIL_UPDATE" | "SUBMITTED_BY_ANONYMOUS_USER"
    | "SUBMITTED_BY_TECH" | Open.Unrecognized<string>
  >
}

export const CaseComment: Schema.Codec<CaseComment, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    id: Schema.String,
    comment: Schema.String,
    textFormat: Open.literals(textFormats),
    addedByUser: UserInfo,
    addedTimestamp: Open.Int64,
    lastUpdatedTimestamp: Open.optional(Open.Int64),
    status: Open.optional(Open.literals(statuses)),
    priority: Open.optional(Open.literals(priorities)),
    flags: Schema.Array(Open.literals([
      "DELETED", "REPLACED", "UPDATED", "INTERNAL", "MERGED", "MAIL_UPDATE", "SUBMITTED_BY_ANONYMOUS_USER", "SUBMITTED_BY_TECH"
    ]))
  })
)

/** A file on a case; its bytes have their own address. */
export interface CaseAttachment {
  readonly id: string
  /** as its author chose it: not to be trusted as a path */
  readonly name: string
  readonly mimeType: string
  /** bytes */
  readonly size: number
  /** of the bytes, in hex */
  readonly sha256: string
  readonly addedByUser: UserInfo
  readonly addedTimestamp: number
  readonly originEmailAddress?: string | undefined
  readonly flags: ReadonlyArray<
    | "DELETED" | "MERGED" | "ZIP_ENCRYPTED" | "SUBMITTED_BY_ANONYMOUS_USER" | "SUBMITTED_BY_TECH" | "MAIL_UPDATE" | "INCOMPLETE"
    | "INTERNAL" | "PREPARED" | Open.Unrecognized<string>
  >
}

export const CaseAttachment: Schema.Codec<CaseAttachment, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    id: Schema.String,
    name: Schema.String,
    mimeType: Schema.String,
    size: Open.Int64,
    sha256: Schema.String,
    addedByUser: UserInfo,
    addedTimestamp: Open.Int64,
    originEmailAddress: Open.optional(Schema.String),
    flags: Schema.Array(Open.literals([
      "DELETED", "MERGED", "ZIP_ENCRYPTED", "SUBMITTED_BY_ANONYMOUS_USER", "SUBMITTED_BY_TECH", "MAIL_UPDATE", "INCOMPLETE",
      "INTERNAL", "PREPARED"
    ]))
  })
)

/** A free mark on a case. */
export interface CaseTag {
  /** letters, digits and `_ : - .` */
  readonly key: string
  readonly value?: string | undefined
}

export const CaseTag: Schema.Codec<CaseTag, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    key: Schema.String,
    value: Optional.string
  })
)

/** A new case. */
export interface CaseCreateRequest {
  readonly subject: string
  readonly description: string
  /** the service's short name, such as `ids` */
  readonly service: string
  readonly type: CaseType
  /** default `medium` */
  readonly priority?: CasePriority | undefined
  /** default `roleBased` */
  readonly accessMode?: AccessMode | undefined
  /** short name or id. Default: the user's own customer */
  readonly customer?: string | undefined
  readonly customerID?: number | undefined
  readonly category?: string | undefined
  readonly status?: CaseOpenStatus | undefined
  readonly customerReference?: string | undefined
  /** default `html` */
  readonly descriptionTextFormat?: TextFormat | undefined
  readonly assignedUser?: string | undefined
  readonly assignedTech?: string | undefined
  readonly tags?: ReadonlyArray<CaseTag> | undefined
  /** default `true` */
  readonly publish?: boolean | undefined
  /** default `true` */
  readonly defaultWatchers?: boolean | undefined
  /** default `false` */
  readonly rejectCreateWithoutNotification?: boolean | undefined
  readonly originEmailAddress?: string | undefined
  readonly testData?: boolean | undefined
}

export const CaseCreateRequest: Schema.Codec<CaseCreateRequest, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    subject: Schema.String,
    description: Schema.String,
    service: Schema.String,
    type: CaseType,
    priority: Schema.optional(CasePriority),
    accessMode: Schema.optional(AccessMode),
    customer: Optional.string,
    customerID: Optional.integer,
    category: Optional.string,
    status: Schema.optional(CaseOpenStatus),
    customerReference: Optional.string,
    descriptionTextFormat: Schema.optional(TextFormat),
    assignedUser: Optional.string,
    assignedTech: Optional.string,
    tags: Schema.optional(Schema.Array(CaseTag)),
    publish: Optional.boolean,
    defaultWatchers: Optional.boolean,
    rejectCreateWithoutNotification: Optional.boolean,
    originEmailAddress: Optional.string,
    testData: Optional.boolean
  })
)

/** What to change; members that are left out stay as they are. */
export interface CaseUpdateRequest {
  readonly subject?: string | undefined
  readonly description?: string | undefined
  readonly status?: CaseOpenStatus | undefined
  readonly priority?: CasePriority | undefined
  readonly category?: string | undefined
  readonly reporter?: string | undefined
  readonly assignedUser?: string | undefined
  readonly assignedTech?: string | undefined
  readonly customerDueTimestamp?: number | undefined
  readonly techDueTimestamp?: number | undefined
  readonly customerReference?: string | undefined
  /** added to the case beside the changes */
  readonly comment?: string | undefined
  /** default `false` */
  readonly internalComment?: boolean | undefined
  /** default `html` */
  readonly textFormat?: TextFormat | undefined
  readonly hasEvents?: boolean | undefined
}

export const CaseUpdateRequest: Schema.Codec<CaseUpdateRequest, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    subject: Optional.string,
    description: Optional.string,
    status: Schema.optional(CaseOpenStatus),
    priority: Schema.optional(CasePriority),
    category: Optional.string,
    reporter: Optional.string,
    assignedUser: Optional.string,
    assignedTech: Optional.string,
    customerDueTimestamp: Optional.integer,
    techDueTimestamp: Optional.integer,
    customerReference: Optional.string,
    comment: Optional.string,
    internalComment: Optional.boolean,
    textFormat: Schema.optional(TextFormat),
    hasEvents: Optional.boolean
  })
)

/** Which cases to find. Kinds of criteria must all hold; within one kind any value does. */
export interface CaseSearchCriteria {
  /** default 25; 0: all */
  readonly limit?: number | undefined
  readonly offset?: number | undefined
  readonly caseID?: ReadonlyArray<number> | undefined
  readonly customerID?: ReadonlyArray<number> | undefined
  /** short names or ids */
  readonly customer?: ReadonlyArray<string> | undefined
  readonly service?: ReadonlyArray<string> | undefined
  readonly category?: ReadonlyArray<string> | undefined
  readonly type?: ReadonlyArray<CaseType> | undefined
  readonly status?: ReadonlyArray<CaseStatus> | undefined
  readonly priority?: ReadonlyArray<CasePriority> | undefined
  readonly keywords?: ReadonlyArray<string> | undefined
  readonly keywordFieldStrategy?: ReadonlyArray<"subject" | "description" | "comments" | "customerReference" | "id" | "all"> | undefined
  readonly keywordMatchStrategy?: "all" | "any" | undefined
  /** epoch milliseconds, or a relative time such as `-24hours` */
  readonly startTimestamp?: string | undefined
  /** as `startTimestamp` */
  readonly endTimestamp?: string | undefined
  /** which of a case's times `startTimestamp` and `endTimestamp` bound */
  readonly timeFieldStrategy?:
    | ReadonlyArray<
      | "createdTimestamp" | "lastUpdatedTimestamp" | "closedTimestamp" | "publishedTimestamp" | "customerDueTimestamp"
      | "techDueTimestamp" | "all"
    >
    | undefined
  readonly includeDescription?: boolean | undefined
  readonly includeDeleted?: boolean | undefined
  /** names of fields; a leading `-` sorts downwards */
  readonly sortBy?: ReadonlyArray<string> | undefined
  readonly subCriteria?: ReadonlyArray<CaseSearchCriteria> | undefined
  /** of a sub-criterion: what it finds is left out */
  readonly exclude?: boolean | undefined
  /** of a sub-criterion: it must hold, besides the others */
  readonly required?: boolean | undefined
}

export const CaseSearchCriteria: Schema.Codec<CaseSearchCriteria, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    limit: Optional.integer,
    offset: Optional.integer,
    caseID: Optional.integers,
    customerID: Optional.integers,
    customer: Optional.strings,
    service: Optional.strings,
    category: Optional.strings,
    type: Schema.optional(Schema.Array(CaseType)),
    status: Schema.optional(Schema.Array(CaseStatus)),
    priority: Schema.optional(Schema.Array(CasePriority)),
    keywords: Optional.strings,
    keywordFieldStrategy: Schema.optional(Schema.Array(Schema.Literals(["subject", "description", "comments", "customerReference", "id", "all"]))),
    keywordMatchStrategy: Schema.optional(Schema.Literals(["all", "any"])),
    startTimestamp: Optional.string,
    endTimestamp: Optional.string,
    timeFieldStrategy: Schema.optional(Schema.Array(Schema.Literals([
      "createdTimestamp", "lastUpdatedTimestamp", "closedTimestamp", "publishedTimestamp", "customerDueTimestamp", "techDueTimestamp", "all"
    ]))),
    includeDescription: Optional.boolean,
    includeDeleted: Optional.boolean,
    sortBy: Optional.strings,
    subCriteria: Schema.optional(Schema.Array(CaseSearchCriteria)),
    exclude: Optional.boolean,
    required: Optional.boolean
  })
)

/** A new comment. */
export interface CommentAddRequest {
  readonly comment: string
  /** default `html` */
  readonly textFormat?: TextFormat | undefined
  /** hidden from the customer */
  readonly internal?: boolean | undefined
  /** also sets the case's status */
  readonly status?: CaseOpenStatus | undefined
  /** id of another comment */
  readonly asReplyTo?: string | undefined
  readonly associatedAttachmentID?: ReadonlyArray<string> | undefined
  readonly originEmailAddress?: string | undefined
}

export const CommentAddRequest: Schema.Codec<CommentAddRequest, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    comment: Schema.String,
    textFormat: Schema.optional(TextFormat),
    internal: Optional.boolean,
    status: Schema.optional(CaseOpenStatus),
    asReplyTo: Optional.string,
    associatedAttachmentID: Optional.strings,
    originEmailAddress: Optional.string
  })
)
