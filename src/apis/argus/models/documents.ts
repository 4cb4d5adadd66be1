/**
 * Models of the document service. All timestamps are epoch milliseconds.
 */
import * as Schema from "effect/Schema"
import * as Open from "../../../endpoint/Open.ts"
import { AccessMode, accessModes, CustomerInfo, UserInfo } from "./common.ts"
import * as Optional from "./optional.ts"

const elementTypes = ["document", "folder"] as const
const accessLevels = ["none", "folder", "read", "write"] as const

/** A folder, in brief. */
export interface FolderInfo {
  readonly id: number
  readonly name: string
  readonly accessMode?: AccessMode | Open.Unrecognized<string> | undefined
}

export const FolderInfo: Schema.Codec<FolderInfo, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    id: Open.Int64,
    name: Schema.String,
    accessMode: Open.optional(Open.literals(accessModes))
  })
)

/** A folder, or a document in it. */
export interface FolderElement {
  readonly id: number
  readonly name: string
  readonly elementType: "document" | "folder" | Open.Unrecognized<string>
  readonly accessMode: AccessMode | Open.Unrecognized<string>
  /** what `accessMode` amounts to below the folders above */
  readonly effectiveAccessMode?: AccessMode | Open.Unrecognized<string> | undefined
  readonly currentUserAccessLevel?: "none" | "folder" | "read" | "write" | Open.Unrecognized<string> | undefined
  readonly customer: CustomerInfo
  /** the folders above, the root first */
  readonly parentElements?: ReadonlyArray<FolderInfo> | undefined
  readonly createdByUser?: UserInfo | undefined
  readonly createdTimestamp: number
  readonly lastUpdatedByUser?: UserInfo | undefined
  readonly lastUpdatedTimestamp: number
}

/** Members of {@link FolderElement}; a function, so that a bundle without documents drops it. */
const element = () => ({
  id: Open.Int64,
  name: Schema.String,
  elementType: Open.literals(elementTypes),
  accessMode: Open.literals(accessModes),
  effectiveAccessMode: Open.optional(Open.literals(accessModes)),
  currentUserAccessLevel: Open.optional(Open.literals(accessLevels)),
  customer: CustomerInfo,
  parentElements: Open.optional(Schema.Array(FolderInfo)),
  createdByUser: Open.optional(UserInfo),
  createdTimestamp: Open.Int64,
  lastUpdatedByUser: Open.optional(UserInfo),
  lastUpdatedTimestamp: Open.Int64
})

export const FolderElement: Schema.Codec<FolderElement, unknown> = /*#__PURE__*/ Schema.suspend(() => Schema.Struct(element()))

/** A folder. */
export interface Folder extends FolderElement {
  readonly flags?: ReadonlyArray<"DELETED" | "ROOT_FOLDER" | Open.Unrecognized<string>> | undefined
}

export const Folder: Schema.Codec<Folder, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    ...element(),
    flags: Open.optional(Schema.Array(Open.literals(["DELETED", "ROOT_FOLDER"])))
  })
)

/** What is known of a document; its bytes have their own address. */
export interface Document extends FolderElement {
  readonly mimeType: string
  /** bytes */
  readonly dataSize: number
  /** of the bytes, in hex */
  readonly sha256: string
  readonly revision: number
  readonly masterID?: number | undefined
  readonly state?: "draft" | "published" | "discarded" | "incomplete" | Open.Unrecognized<string> | undefined
  readonly labels?: ReadonlyArray<string> | undefined
  readonly lockedUntilTimestamp?: number | undefined
  readonly flags?: ReadonlyArray<"ATTACHMENT" | "CONTROLLED_VERSION" | "UNCOMMITTED" | "LOCKED_BY_CURRENTUSER" | Open.Unrecognized<string>> | undefined
}

export const Document: Schema.Codec<Document, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    ...element(),
    mimeType: Schema.String,
    dataSize: Open.Int64,
    sha256: Schema.String,
    revision: Schema.Int,
    masterID: Open.optional(Open.Int64),
    state: Open.optional(Open.literals(["draft", "published", "discarded", "incomplete"])),
    labels: Open.optional(Schema.Array(Schema.String)),
    lockedUntilTimestamp: Open.optional(Open.Int64),
    flags: Open.optional(Schema.Array(Open.literals(["ATTACHMENT", "CONTROLLED_VERSION", "UNCOMMITTED", "LOCKED_BY_CURRENTUSER"])))
  })
)

/** Who has locked what, and until when. */
export interface DocumentLock {
  readonly elementID: number
  readonly elementName: string
  readonly elementType: "document" | "folder" | Open.Unrecognized<string>
  readonly lockedUntil?: number | undefined
  readonly userID?: number | undefined
  readonly userName?: string | undefined
}

export const DocumentLock: Schema.Codec<DocumentLock, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    elementID: Open.Int64,
    elementName: Schema.String,
    elementType: Open.literals(elementTypes),
    lockedUntil: Open.optional(Open.Int64),
    userID: Open.optional(Open.Int64),
    userName: Open.optional(Schema.String)
  })
)

/** A new folder. */
export interface FolderAddByPathRequest {
  /** at most 254 characters, none of `\ / : * ? " < > |` */
  readonly name: string
  readonly accessMode: AccessMode
  /** makes the folders above it too. Default `false` */
  readonly createMissingFolders?: boolean | undefined
}

export const FolderAddByPathRequest: Schema.Codec<FolderAddByPathRequest, unknown> = /*#__PURE__*/ Schema.suspend(() =>
  Schema.Struct({
    name: Schema.String,
    accessMode: AccessMode,
    createMissingFolders: Optional.boolean
  })
)
