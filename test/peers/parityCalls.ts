/**
 * The same calls for three clients: the official one in Python, `credence/argus`, and the one generated from the vendor's
 * documents. They run in this order on one server, so later ones see what earlier ones did.
 */

/** Values that only a run knows, written as data so that every client can fill them in. */
export type Late =
  /** from the answer of an earlier call, by its name: `{ from: "made", at: ["data", "id"] }` */
  | { readonly $: "answer"; readonly from: string; readonly at: ReadonlyArray<string | number> }
  /** bytes, in base64 */
  | { readonly $: "bytes"; readonly base64: string }
  /** the proof that one has a sample: the SHA-256 of the slice that a challenge asks for */
  | { readonly $: "proof"; readonly from: string; readonly base64: string }

/** One call. */
export interface ParityCall {
  readonly name: string
  /** `module endpoint`, the same in both of our clients */
  readonly ours: string
  /** `module function`, below `argus_api` */
  readonly python: string
  /** what the endpoint takes besides its body */
  readonly input?: Readonly<Record<string, unknown>>
  /** what the endpoint has as `body`; members of a JSON body are arguments in Python */
  readonly body?: unknown
  /** the arguments in Python where they differ */
  readonly pythonInput?: Readonly<Record<string, unknown>>
}

const raw = (text: string): Late => ({ $: "bytes", base64: Buffer.from(text, "latin1").toString("base64") })
const answer = (from: string, ...at: ReadonlyArray<string | number>): Late => ({ $: "answer", from, at })

/** Calls of one module, by their names in TypeScript and in Python; a function of another module has it before its name. */
const of = (module: string, inPython = `lib.${module.replaceAll("/", ".")}`) =>
(name: string, endpoint: string, its: string, more: Omit<ParityCall, "name" | "ours" | "python"> = {}): ParityCall => ({
  name,
  ours: `${module} ${endpoint}`,
  python: its.includes(" ") ? its : `${inPython} ${its}`,
  ...more
})

const user = of("currentuser/v1/user")
const functions = of("currentuser/v1/functions")
const groups = of("currentuser/v1/groups")
const mine = of("currentuser/v1/customers")
const session = of("authentication/v1/session")
const password = of("authentication/v1/password")
const ldap = of("authentication/v1/ldap", "lib.authentication.v1.ldap.ldap_authenticate")
const cases = of("cases/v2/case")
const assets = of("assets/v2/asset")
const customers = of("customers/v2/customer")
const events = of("events/v1/aggregated")
const documents = of("documents/v1/document")
const folders = of("documents/v1/folder", "lib.documents.v1.folder.path.folder_path_access")
const samples = of("sampledb/v2/sample")

const login = { userName: "demo", password: "demo-password", domain: "MNEMONIC" }

const sample = Uint8Array.from({ length: 5_000 }, (_, index) => (index * 7) % 251)
const sampleBytes: Late = { $: "bytes", base64: Buffer.from(sample).toString("base64") }

/** Calls that change nothing. */
const reads: ReadonlyArray<ParityCall> = [
  user("current user", "getCurrentUser", "get_current_user"),
  functions("functions", "getCurrentUserFunctions", "get_functions"),
  functions("functions, a page", "getCurrentUserFunctions", "get_functions", { input: { limit: 3, offset: 2 } }),
  functions("functions, by keywords and level", "getCurrentUserFunctions", "get_functions", {
    input: { keywords: ["view"], maxSecurityLevel: "standard", onlyRoles: false }
  }),
  groups("groups", "getCurrentUserGroups", "get_current_user_groups"),
  mine("my customers", "getCustomers", "get_customers"),
  mine("my customers, by function", "getCustomers", "get_customers", { input: { requiredFunction: ["viewCases"], keywords: ["two"] } }),
  session("session", "getSession", "get_session"),
  session("session's functions", "getSessionFunctions", "get_session_functions"),
  session("session's customers", "getSessionCustomers", "get_session_customers"),

  cases("cases, simply", "simpleCaseSearch", "simple_case_search"),
  cases("cases, simply, all", "simpleCaseSearch", "simple_case_search", { input: { limit: 0 } }),
  cases("cases, simply, a later page", "simpleCaseSearch", "simple_case_search", { input: { limit: 7, offset: 56, sortBy: ["-id"] } }),
  cases("cases, simply, by several values", "simpleCaseSearch", "simple_case_search", {
    input: {
      status: ["pendingSoc", "workingSoc"],
      type: ["change", "informational"],
      customer: ["customer2"],
      service: ["ids", "support"],
      sortBy: ["priority", "-createdTimestamp"]
    }
  }),
  cases("cases, simply, by id of a customer and words", "simpleCaseSearch", "simple_case_search", {
    input: { customerID: [1], keywords: ["Phishing", "\u00e5&=c"] }
  }),
  cases("cases, by any criteria", "advancedCaseSearch", "advanced_case_search", { body: {} }),
  cases("cases, by many criteria", "advancedCaseSearch", "advanced_case_search", {
    body: {
      customer: ["customer1", "2"],
      priority: ["high", "critical"],
      category: ["phishing"],
      keywords: ["sensor", "mail"],
      keywordMatchStrategy: "any",
      includeDescription: false,
      sortBy: ["id"],
      limit: 10
    }
  }),
  cases("cases, by ids and time", "advancedCaseSearch", "advanced_case_search", {
    body: { caseID: [3, 4, 5, 61], startTimestamp: "2026-01-01T00:00:00Z", endTimestamp: "now" }
  }),
  cases("cases, none", "advancedCaseSearch", "advanced_case_search", { body: { keywords: ["there is no such word"], offset: 5 } }),
  cases("a case", "getCaseMetadataByID", "get_case_metadata_by_id", { input: { id: 1 } }),
  cases("a merged case, followed", "getCaseMetadataByID", "get_case_metadata_by_id", { input: { id: 9301 } }),
  cases("a merged case itself", "getCaseMetadataByID", "get_case_metadata_by_id", { input: { id: 9301, skipRedirect: true } }),
  cases("no such case", "getCaseMetadataByID", "get_case_metadata_by_id", { input: { id: 404404 } }),
  cases("another customer's case", "getCaseMetadataByID", "get_case_metadata_by_id", { input: { id: 61 } }),
  cases("comments", "listCaseComments", "list_case_comments", { input: { caseID: 1 } }),
  cases("comments, downwards, a page", "listCaseComments", "list_case_comments", { input: { caseID: 1, sortBy: ["-addedTimestamp"], limit: 2 } }),
  cases("comments, after one", "listCaseComments", "list_case_comments", { input: { caseID: 1, afterComment: answer("comments", "data", 0, "id") } }),
  cases("attachments", "listCaseAttachments", "list_case_attachments", { input: { caseID: 1 } }),
  cases("an attachment", "getAttachment", "get_attachment", { input: { caseID: 1, attachmentID: answer("attachments", "data", 1, "id") } }),
  cases("no such attachment", "getAttachment", "get_attachment", { input: { caseID: 2, attachmentID: answer("attachments", "data", 1, "id") } }),
  cases("an attachment's bytes", "downloadAttachment", "download_attachment", {
    input: { caseID: 1, attachmentID: answer("attachments", "data", 2, "id"), inline: true }
  }),
  cases("attachments of 2 MiB", "listCaseAttachments", "list_case_attachments", { input: { caseID: 2, limit: 1 } }),
  cases("2 MiB", "downloadAttachment", "download_attachment", { input: { caseID: 2, attachmentID: answer("attachments of 2 MiB", "data", 0, "id") } }),

  assets("assets", "listAssets", "list_assets"),
  assets("assets of a customer", "listAssets", "list_assets", {
    input: { customer: ["customer1"], keywords: ["host"], sortBy: ["-totalCVSS"], limit: 4, offset: 1 }
  }),
  assets("assets, searched", "searchAssets", "search_assets", {
    body: { asset: ["host3", "host30"], assetDefinition: ["host"], keywordMatchStrategy: "all", limit: 0 }
  }),
  assets("an asset", "getAsset", "get_asset", { input: { idOrShortName: "host7" } }),
  assets("no such asset", "getAsset", "get_asset", { input: { idOrShortName: "h\u00f8st #1" } }),

  customers("customers", "listBasicCustomers", "list_customers"),
  customers("customers, ordered", "listBasicCustomers", "list_customers", { input: { sortBy: ["-name"], keywords: ["customer"], limit: 1 } }),
  customers("a customer", "getBasicCustomer", "get_customer", { input: { idOrShortName: "customer2" } }),
  customers("another's customer", "getBasicCustomer", "get_customer", { input: { idOrShortName: "customer3" } }),

  events("events of a day", "listAggregatedEvents", "list_aggregated_events"),
  events("events by address and signature", "listAggregatedEvents", "list_aggregated_events", {
    input: { ip: ["192.0.2.4", "192.0.2.5"], signature: ["ET SCAN", "ET MALWARE"], startTimestamp: "-30days", limit: 0 }
  }),
  events("events of a customer, found", "findAggregatedEvents", "find_aggregated_events", {
    body: { customerID: [1], severity: ["low", "high"], minCount: 2, startTimestamp: "-30days", sortBy: ["-timestamp"], limit: 5 }
  }),
  events("events, wrong time", "listAggregatedEvents", "list_aggregated_events", { input: { startTimestamp: "yesterday-ish" } }),

  folders("root folders", "getCurrentUserRootFolder", "get_current_user_root_folder"),
  folders("a folder's content", "browseFolder", "browse_folder", { input: { folderID: 100 } }),
  folders("a folder's content, by path", "browseFolderByPath", "browse_folder_by_path", { input: { path: "/reports/2026" } }),
  folders("a root's content, a page", "browseFolderByPath", "browse_folder_by_path", {
    input: { path: "/", customer: "customer1", limit: 2, offset: 1 },
    pythonInput: { path: "", customer: "customer1", limit: 2, offset: 1 }
  }),
  folders("no such folder", "browseFolderByPath", "browse_folder_by_path", { input: { path: "/nowhere/\u00e5 b" } }),
  documents("a document's metadata", "getMetaInfoByPath", "get_meta_info_by_path", {
    input: { parentFolderPath: "/reports/2026", documentName: "\u00e5rsrapport 2026.txt" }
  }),
  documents("a document's bytes, by path", "getDocumentContentByPath", "files.documents.download download_document", {
    input: { parentFolderPath: "/reports/2026", documentName: "\u00e5rsrapport 2026.txt" },
    pythonInput: { document: "/reports/2026/\u00e5rsrapport 2026.txt" }
  }),
  documents("a document's bytes, by id", "getDocumentContentById", "files.documents.download download_document", {
    input: { documentID: 2001 },
    pythonInput: { document: 2001 }
  }),
  documents("another's document", "getDocumentContentById", "files.documents.download download_document", {
    input: { documentID: 3001 },
    pythonInput: { document: 3001 }
  }),
  samples("a sample without the function", "getSampleMetaData", "get_sample_meta_data", { input: { sha256: "0".repeat(64) } })
]

const newCase = {
  subject: "S\u00f8k & find",
  description: "<p>made by all</p>",
  service: "ids",
  type: "securityIncident",
  priority: "high",
  accessMode: "roleBased",
  customer: "customer2",
  category: "malware",
  customerReference: "R-1",
  publish: true
}
const proof: Late = { $: "proof", from: "challenge", base64: Buffer.from(sample).toString("base64") }
const submission = {
  challengeToken: proof,
  fileName: "f.bin",
  userAgent: { name: "agent", version: "1" },
  customer: "customer1",
  metaData: { a: "1" },
  tlp: "green",
  observedTimestamp: 1_760_000_000_000
}
const at = { parentFolderPath: "/shared/q 1", documentName: "b\u00e5t #1.bin" }
/** it puts values into the path as they are */
const nameInPython = "b\u00e5t %231.bin"
const proofAgain: Late = { $: "proof", from: "challenge again", base64: proof.base64 }

/** Calls that change something, and what is seen of it. */
const writes: ReadonlyArray<ParityCall> = [
  cases("made", "createCase", "create_case", { body: newCase }),
  cases("made, and read", "getCaseMetadataByID", "get_case_metadata_by_id", { input: { id: answer("made", "data", "id") } }),
  cases("made, and found", "simpleCaseSearch", "simple_case_search", { input: { keywords: ["S\u00f8k & find"] } }),
  cases("made wrongly", "createCase", "create_case", { body: { ...newCase, subject: "", description: "", customer: "nobody" } }),
  cases("changed", "updateCase", "update_case", {
    input: { id: answer("made", "data", "id") },
    body: { priority: "low", status: "workingSoc", comment: "on it" }
  }),
  cases("not changed", "updateCase", "update_case", { input: { id: answer("made", "data", "id") }, body: { priority: "low" } }),
  cases("comment", "addComment", "add_comment", {
    input: { caseID: answer("made", "data", "id") },
    body: { comment: "\u00bbtwo\u00ab", textFormat: "plainText", internal: true, status: "pendingCustomer" }
  }),
  cases("comments of it", "listCaseComments", "list_case_comments", { input: { caseID: answer("made", "data", "id") } }),
  cases("upload", "uploadStreamingAttachment", "session post", {
    input: { caseID: answer("made", "data", "id"), filename: "r\u00e5 data.bin", contentType: "application/x-thing" },
    body: raw("\u0000\u0001raw\u00ff"),
    pythonInput: {
      route: ["/cases/v2/case/", answer("made", "data", "id"), "/attachments/upload/r\u00e5 data.bin"],
      contentType: "application/x-thing",
      data: raw("\u0000\u0001raw\u00ff")
    }
  }),
  cases("upload, listed", "listCaseAttachments", "list_case_attachments", { input: { caseID: answer("made", "data", "id") } }),
  cases("upload, downloaded", "downloadAttachment", "download_attachment", {
    input: { caseID: answer("made", "data", "id"), attachmentID: answer("upload", "data", "id") }
  }),

  folders("folder", "addFolderByPath", "add_folder_by_path", {
    input: { parentFolderPath: "/reports/new" },
    body: { name: "2027", accessMode: "readRestricted", createMissingFolders: true }
  }),
  documents("document, nowhere", "addDocumentByPathRaw", "files.documents.upload upload_document", {
    input: { ...at, contentType: "application/x-thing" },
    body: raw("one"),
    pythonInput: { mime_type: "application/x-thing", data: raw("one"), folder: at.parentFolderPath, name: nameInPython }
  }),
  documents("document", "addDocumentByPathRaw", "files.documents.upload upload_document", {
    input: { ...at, contentType: "application/x-thing", createMissing: true, accessMode: "explicit" },
    body: raw("one"),
    pythonInput: { mime_type: "application/x-thing", data: raw("one"), folder: at.parentFolderPath, name: nameInPython, createMissing: true, accessMode: "explicit" }
  }),
  documents("document, once more", "addDocumentByPathRaw", "files.documents.upload upload_document", {
    input: { ...at, contentType: "text/plain", overwriteExisting: true },
    body: raw("two"),
    pythonInput: { mime_type: "text/plain", data: raw("two"), folder: at.parentFolderPath, name: nameInPython, overwriteExisting: true }
  }),
  documents("document, read", "getDocumentContentById", "files.documents.download download_document", {
    input: { documentID: answer("document", "data", "id") },
    pythonInput: { document: answer("document", "data", "id") }
  }),
  folders("document, in a folder by id", "addDocumentRaw", "files.documents.upload upload_document", {
    input: { folderID: 101, documentName: "x.pdf", contentType: "application/pdf" },
    body: raw("%PDF-1"),
    pythonInput: { mime_type: "application/pdf", data: raw("%PDF-1"), folder: 101, name: "x.pdf" }
  }),
  documents("document, gone", "deleteDocumentByPath", "delete_document_by_path", { input: at, pythonInput: { ...at, documentName: nameInPython } }),
  documents("a locked document stays", "deleteDocumentByPath", "delete_document_by_path", {
    input: { parentFolderPath: "/", documentName: "locked.txt" },
    pythonInput: { parentFolderPath: "", documentName: "locked.txt" }
  }),

  samples("sample", "addSample", "files.sampledb.upload upload_sample", { body: sampleBytes, pythonInput: { data: sampleBytes } }),
  samples("challenge", "getUploadChallenge", "get_upload_challenge", { input: { sha256: answer("sample", "data", "sample", "id") } }),
  samples("submission", "addSubmission", "add_submission", { input: { sha256: answer("sample", "data", "sample", "id") }, body: submission }),
  samples("challenge again", "getUploadChallenge", "get_upload_challenge", { input: { sha256: answer("sample", "data", "sample", "id") } }),
  samples("submission again", "addSubmission", "add_submission", {
    input: { sha256: answer("sample", "data", "sample", "id") },
    body: { ...submission, challengeToken: proofAgain }
  }),
  samples("sample, downloaded", "downloadRawSample", "files.sampledb.download download_sample", {
    input: { sha256: answer("sample", "data", "sample", "id") }
  }),

  session("a narrower session", "constrainSession", "constrain_session", { body: { customer: ["customer1"], function: ["viewCases"], readOnly: true } }),
  password("a log-in by password", "passwordAuthentication", "password_authentication", { body: { ...login, requestedAuthorizations: ["setPassword"] } }),
  ldap("a log-in by directory", "ldapAuthentication", "ldap_authentication", { body: login }),
  session("the end of a session", "deleteSession", "delete_session")
]

export const calls: ReadonlyArray<ParityCall> = [...reads, ...writes]

/** What is random in answers, told by its value, its name and the record it stands in. The clocks of the servers stand still, so no time is masked. */
export const masks: ReadonlyArray<{ readonly what: string; readonly is: (value: unknown, name: string, owner: object) => boolean }> = [
  {
    what: "ids of new comments, attachments, submissions and challenges",
    is: (value) => typeof value === "string" && /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(value) && !value.startsWith("00000000-")
  },
  {
    what: "tokens and keys of sessions",
    is: (value, name) => typeof value === "string" && ["requestCredentialsData", "sessionKey", "authorization"].includes(name)
  },
  { what: "slices of challenges", is: (value, name, owner) => typeof value === "number" && ["offset", "length"].includes(name) && "length" in owner }
]
