/** What the emulated ICA stores. */

/** A user, with the secrets that only the sandbox would keep in clear. */
export interface User {
  readonly id: string
  readonly userName: string
  readonly password: string
  readonly apiKey: string
  readonly psToken: string
  readonly tenants: ReadonlyArray<string>
  /** may change things */
  readonly writes: boolean
}

export interface Tenant {
  readonly id: string
  readonly name: string
}

/** What every object begins with. */
export interface Owned {
  readonly id: string
  readonly timeCreated: string
  readonly timeModified: string
  readonly ownerId: string
  readonly tenantId: string
  readonly tenantName: string
}

/** A project, as it goes over the wire. */
export interface Project extends Owned {
  readonly urn: string
  readonly name: string
  readonly active: boolean
  readonly shortDescription: string | null
  readonly information: string | null
  readonly region: unknown
  readonly billingMode: "PROJECT" | "TENANT"
  readonly dataSharingEnabled: boolean
  readonly tags: { readonly technicalTags: ReadonlyArray<string>; readonly userTags: ReadonlyArray<string> }
  readonly analysisPriority: string | null
}

export type DataStatus = "PARTIAL" | "AVAILABLE" | "DELETING"

/** A file or a folder. */
export interface Item {
  readonly id: string
  readonly projectId: string
  readonly type: "FILE" | "FOLDER"
  readonly name: string
  /** from the project's root; folders end with a slash */
  readonly path: string
  readonly parent: string
  status: DataStatus
  readonly timeCreated: string
  timeModified: string
  readonly formatCode: string | undefined
}

/** Bytes in the object store. */
export interface StoredObject {
  readonly bytes: Uint8Array
  /** without quotes */
  readonly etag: string
  readonly mediaType: string
  readonly modified: number
}

/** An analysis, in what both versions share. */
export interface Analysis {
  readonly id: string
  readonly projectId: string
  readonly reference: string
  readonly userReference: string
  readonly pipelineId: string
  readonly timeCreated: string
  /** as version 4 has it */
  status: string
  readonly userTags: ReadonlyArray<string>
}

export interface Bundle extends Owned {
  readonly name: string
  readonly shortDescription: string | null
  readonly region: unknown
  readonly releaseVersion: string
  readonly versionComment: string | null
  readonly status: "DRAFT" | "RELEASED" | "DEPRECATED"
  readonly categories: ReadonlyArray<string>
}

export interface World {
  readonly users: ReadonlyArray<User>
  readonly tenants: ReadonlyArray<Tenant>
  readonly region: { readonly id: string }
  readonly projects: Map<string, Project>
  readonly items: Map<string, Item>
  /** by key */
  readonly objects: Map<string, StoredObject>
  readonly analyses: Map<string, Analysis>
  readonly bundles: Map<string, Bundle>
  /** ids of bundles, by project */
  readonly links: Map<string, Set<string>>
  /** ids of data, by bundle */
  readonly bundleData: Map<string, Set<string>>
  /** a version 4 UUID that no other object has; the same in every sandbox */
  readonly nextId: () => string
}

/** Where the bytes of a file lie. */
export const keyOf = (item: Item): string => `${item.projectId}${item.path}`
