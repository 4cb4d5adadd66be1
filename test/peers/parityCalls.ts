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

const cases = "cases/v2/case"
const inCases = "lib.cases.v2.case"
const documents = "documents/v1/document"
const folders = "documents/v1/folder"
const inDocuments = "lib.documents.v1.document"
const inFolders = "lib.documents.v1.folder.path.folder_path_access"
const samples = "sampledb/v2/sample"
const inSamples = "lib.sampledb.v2.sample"
const login = { userName: "demo", password: "demo-password", domain: "MNEMONIC" }

const sample = Uint8Array.from({ length: 5_000 }, (_, index) => (index * 7) % 251)
const sampleBytes: Late = { $: "bytes", base64: Buffer.from(sample).toString("base64") }

/** Calls that change nothing. */
const reads: ReadonlyArray<ParityCall> = [
  { name: "current user", ours: "currentuser/v1/user getCurrentUser", python: "lib.currentuser.v1.user get_current_user" },
  { name: "functions", ours: "currentuser/v1/functions getCurrentUserFunctions", python: "lib.currentuser.v1.functions get_functions" },
  { name: "functions, a page", ours: "currentuser/v1/functions getCurrentUserFunctions", python: "lib.currentuser.v1.functions get_functions", input: { limit: 3, offset: 2 } },
  { name: "functions, by keywords and level", ours: "currentuser/v1/functions getCurrentUserFunctions", python: "lib.currentuser.v1.functions get_functions", input: { keywords: ["view"], maxSecurityLevel: "standard", onlyRoles: false } },
  { name: "groups", ours: "currentuser/v1/groups getCurrentUserGroups", python: "lib.currentuser.v1.groups get_current_user_groups" },
  { name: "my customers", ours: "currentuser/v1/customers getCustomers", python: "lib.currentuser.v1.customers get_customers" },
  { name: "my customers, by function", ours: "currentuser/v1/customers getCustomers", python: "lib.currentuser.v1.customers get_customers", input: { requiredFunction: ["viewCases"], keywords: ["two"] } },
  { name: "session", ours: "authentication/v1/session getSession", python: "lib.authentication.v1.session get_session" },
  { name: "session's functions", ours: "authentication/v1/session getSessionFunctions", python: "lib.authentication.v1.session get_session_functions" },
  { name: "session's customers", ours: "authentication/v1/session getSessionCustomers", python: "lib.authentication.v1.session get_session_customers" },

  { name: "cases, simply", ours: `${cases} simpleCaseSearch`, python: `${inCases} simple_case_search` },
  { name: "cases, simply, all", ours: `${cases} simpleCaseSearch`, python: `${inCases} simple_case_search`, input: { limit: 0 } },
  { name: "cases, simply, a later page", ours: `${cases} simpleCaseSearch`, python: `${inCases} simple_case_search`, input: { limit: 7, offset: 56, sortBy: ["-id"] } },
  { name: "cases, simply, by several values", ours: `${cases} simpleCaseSearch`, python: `${inCases} simple_case_search`, input: { status: ["pendingSoc", "workingSoc"], type: ["change", "informational"], customer: ["customer2"], service: ["ids", "support"], sortBy: ["priority", "-createdTimestamp"] } },
  { name: "cases, simply, by id of a customer and words", ours: `${cases} simpleCaseSearch`, python: `${inCases} simple_case_search`, input: { customerID: [1], keywords: ["Phishing", "\u00e5&=c"] } },
  { name: "cases, by any criteria", ours: `${cases} advancedCaseSearch`, python: `${inCases} advanced_case_search`, body: {} },
  { name: "cases, by many criteria", ours: `${cases} advancedCaseSearch`, python: `${inCases} advanced_case_search`, body: { customer: ["customer1", "2"], priority: ["high", "critical"], category: ["phishing"], keywords: ["sensor", "mail"], keywordMatchStrategy: "any", includeDescription: false, sortBy: ["id"], limit: 10 } },
  { name: "cases, by ids and time", ours: `${cases} advancedCaseSearch`, python: `${inCases} advanced_case_search`, body: { caseID: [3, 4, 5, 61], startTimestamp: "2026-01-01T00:00:00Z", endTimestamp: "now" } },
  { name: "cases, none", ours: `${cases} advancedCaseSearch`, python: `${inCases} advanced_case_search`, body: { keywords: ["there is no such word"], offset: 5 } },
  { name: "a case", ours: `${cases} getCaseMetadataByID`, python: `${inCases} get_case_metadata_by_id`, input: { id: 1 } },
  { name: "a merged case, followed", ours: `${cases} getCaseMetadataByID`, python: `${inCases} get_case_metadata_by_id`, input: { id: 9301 } },
  { name: "a merged case itself", ours: `${cases} getCaseMetadataByID`, python: `${inCases} get_case_metadata_by_id`, input: { id: 9301, skipRedirect: true } },
  { name: "no such case", ours: `${cases} getCaseMetadataByID`, python: `${inCases} get_case_metadata_by_id`, input: { id: 404404 } },
  { name: "another customer's case", ours: `${cases} getCaseMetadataByID`, python: `${inCases} get_case_metadata_by_id`, input: { id: 61 } },
  { name: "comments", ours: `${cases} listCaseComments`, python: `${inCases} list_case_comments`, input: { caseID: 1 } },
  { name: "comments, downwards, a page", ours: `${cases} listCaseComments`, python: `${inCases} list_case_comments`, input: { caseID: 1, sortBy: ["-addedTimestamp"], limit: 2 } },
  { name: "comments, after one", ours: `${cases} listCaseComments`, python: `${inCases} list_case_comments`, input: { caseID: 1, afterComment: answer("comments", "data", 0, "id") } },
  { name: "attachments", ours: `${cases} listCaseAttachments`, python: `${inCases} list_case_attachments`, input: { caseID: 1 } },
  { name: "an attachment", ours: `${cases} getAttachment`, python: `${inCases} get_attachment`, input: { caseID: 1, attachmentID: answer("attachments", "data", 1, "id") } },
  { name: "no such attachment", ours: `${cases} getAttachment`, python: `${inCases} get_attachment`, input: { caseID: 2, attachmentID: answer("attachments", "data", 1, "id") } },
  { name: "an attachment's bytes", ours: `${cases} downloadAttachment`, python: `${inCases} download_attachment`, input: { caseID: 1, attachmentID: answer("attachments", "data", 2, "id"), inline: true } },
  { name: "attachments of 2 MiB", ours: `${cases} listCaseAttachments`, python: `${inCases} list_case_attachments`, input: { caseID: 2, limit: 1 } },
  { name: "2 MiB", ours: `${cases} downloadAttachment`, python: `${inCases} download_attachment`, input: { caseID: 2, attachmentID: answer("attachments of 2 MiB", "data", 0, "id") } },

  { name: "assets", ours: "assets/v2/asset listAssets", python: "lib.assets.v2.asset list_assets" },
  { name: "assets of a customer", ours: "assets/v2/asset listAssets", python: "lib.assets.v2.asset list_assets", input: { customer: ["customer1"], keywords: ["host"], sortBy: ["-totalCVSS"], limit: 4, offset: 1 } },
  { name: "assets, searched", ours: "assets/v2/asset searchAssets", python: "lib.assets.v2.asset search_assets", body: { asset: ["host3", "host30"], assetDefinition: ["host"], keywordMatchStrategy: "all", limit: 0 } },
  { name: "an asset", ours: "assets/v2/asset getAsset", python: "lib.assets.v2.asset get_asset", input: { idOrShortName: "host7" } },
  { name: "no such asset", ours: "assets/v2/asset getAsset", python: "lib.assets.v2.asset get_asset", input: { idOrShortName: "h\u00f8st #1" } },

  { name: "customers", ours: "customers/v2/customer listBasicCustomers", python: "lib.customers.v2.customer list_customers" },
  { name: "customers, ordered", ours: "customers/v2/customer listBasicCustomers", python: "lib.customers.v2.customer list_customers", input: { sortBy: ["-name"], keywords: ["customer"], limit: 1 } },
  { name: "a customer", ours: "customers/v2/customer getBasicCustomer", python: "lib.customers.v2.customer get_customer", input: { idOrShortName: "customer2" } },
  { name: "another's customer", ours: "customers/v2/customer getBasicCustomer", python: "lib.customers.v2.customer get_customer", input: { idOrShortName: "customer3" } },

  { name: "events of a day", ours: "events/v1/aggregated listAggregatedEvents", python: "lib.events.v1.aggregated list_aggregated_events" },
  { name: "events by address and signature", ours: "events/v1/aggregated listAggregatedEvents", python: "lib.events.v1.aggregated list_aggregated_events", input: { ip: ["192.0.2.4", "192.0.2.5"], signature: ["ET SCAN", "ET MALWARE"], startTimestamp: "-30days", limit: 0 } },
  { name: "events of a customer, found", ours: "events/v1/aggregated findAggregatedEvents", python: "lib.events.v1.aggregated find_aggregated_events", body: { customerID: [1], severity: ["low", "high"], minCount: 2, startTimestamp: "-30days", sortBy: ["-timestamp"], limit: 5 } },
  { name: "events, wrong time", ours: "events/v1/aggregated listAggregatedEvents", python: "lib.events.v1.aggregated list_aggregated_events", input: { startTimestamp: "yesterday-ish" } },

  { name: "root folders", ours: `${folders} getCurrentUserRootFolder`, python: `${inFolders} get_current_user_root_folder` },
  { name: "a folder's content", ours: `${folders} browseFolder`, python: `${inFolders} browse_folder`, input: { folderID: 100 } },
  { name: "a folder's content, by path", ours: `${folders} browseFolderByPath`, python: `${inFolders} browse_folder_by_path`, input: { path: "/reports/2026" } },
  { name: "a root's content, a page", ours: `${folders} browseFolderByPath`, python: `${inFolders} browse_folder_by_path`, input: { path: "/", customer: "customer1", limit: 2, offset: 1 }, pythonInput: { path: "", customer: "customer1", limit: 2, offset: 1 } },
  { name: "no such folder", ours: `${folders} browseFolderByPath`, python: `${inFolders} browse_folder_by_path`, input: { path: "/nowhere/\u00e5 b" } },
  { name: "a document's metadata", ours: `${documents} getMetaInfoByPath`, python: `${inDocuments} get_meta_info_by_path`, input: { parentFolderPath: "/reports/2026", documentName: "\u00e5rsrapport 2026.txt" } },
  { name: "a document's bytes, by path", ours: `${documents} getDocumentContentByPath`, python: "files.documents.download download_document", input: { parentFolderPath: "/reports/2026", documentName: "\u00e5rsrapport 2026.txt" }, pythonInput: { document: "/reports/2026/\u00e5rsrapport 2026.txt" } },
  { name: "a document's bytes, by id", ours: `${documents} getDocumentContentById`, python: "files.documents.download download_document", input: { documentID: 2001 }, pythonInput: { document: 2001 } },
  { name: "another's document", ours: `${documents} getDocumentContentById`, python: "files.documents.download download_document", input: { documentID: 3001 }, pythonInput: { document: 3001 } },
  { name: "a sample without the function", ours: `${samples} getSampleMetaData`, python: `${inSamples} get_sample_meta_data`, input: { sha256: "0".repeat(64) } }
]

const newCase = { subject: "S\u00f8k & find", description: "<p>made by all</p>", service: "ids", type: "securityIncident", priority: "high", accessMode: "roleBased", customer: "customer2", category: "malware", customerReference: "R-1", publish: true }
const proof: Late = { $: "proof", from: "challenge", base64: Buffer.from(sample).toString("base64") }
const submission = { challengeToken: proof, fileName: "f.bin", userAgent: { name: "agent", version: "1" }, customer: "customer1", metaData: { a: "1" }, tlp: "green", observedTimestamp: 1_760_000_000_000 }
const at = { parentFolderPath: "/shared/q 1", documentName: "b\u00e5t #1.bin" }
const proofAgain: Late = { $: "proof", from: "challenge again", base64: proof.base64 }

/** Calls that change something, and what is seen of it. */
const writes: ReadonlyArray<ParityCall> = [
  { name: "made", ours: `${cases} createCase`, python: `${inCases} create_case`, body: newCase },
  { name: "made, and read", ours: `${cases} getCaseMetadataByID`, python: `${inCases} get_case_metadata_by_id`, input: { id: answer("made", "data", "id") } },
  { name: "made, and found", ours: `${cases} simpleCaseSearch`, python: `${inCases} simple_case_search`, input: { keywords: ["S\u00f8k & find"] } },
  { name: "made wrongly", ours: `${cases} createCase`, python: `${inCases} create_case`, body: { ...newCase, subject: "", description: "", customer: "nobody" } },
  { name: "changed", ours: `${cases} updateCase`, python: `${inCases} update_case`, input: { id: answer("made", "data", "id") }, body: { priority: "low", status: "workingSoc", comment: "on it" } },
  { name: "not changed", ours: `${cases} updateCase`, python: `${inCases} update_case`, input: { id: answer("made", "data", "id") }, body: { priority: "low" } },
  { name: "comment", ours: `${cases} addComment`, python: `${inCases} add_comment`, input: { caseID: answer("made", "data", "id") }, body: { comment: "\u00bbtwo\u00ab", textFormat: "plainText", internal: true, status: "pendingCustomer" } },
  { name: "comments of it", ours: `${cases} listCaseComments`, python: `${inCases} list_case_comments`, input: { caseID: answer("made", "data", "id") } },
  { name: "upload", ours: `${cases} uploadStreamingAttachment`, python: "session post", input: { caseID: answer("made", "data", "id"), filename: "r\u00e5 data.bin", contentType: "application/x-thing" }, body: raw("\u0000\u0001raw\u00ff"), pythonInput: { route: ["/cases/v2/case/", answer("made", "data", "id"), "/attachments/upload/r\u00e5 data.bin"], contentType: "application/x-thing", data: raw("\u0000\u0001raw\u00ff") } },
  { name: "upload, listed", ours: `${cases} listCaseAttachments`, python: `${inCases} list_case_attachments`, input: { caseID: answer("made", "data", "id") } },
  { name: "upload, downloaded", ours: `${cases} downloadAttachment`, python: `${inCases} download_attachment`, input: { caseID: answer("made", "data", "id"), attachmentID: answer("upload", "data", "id") } },

  { name: "folder", ours: `${folders} addFolderByPath`, python: `${inFolders} add_folder_by_path`, input: { parentFolderPath: "/reports/new" }, body: { name: "2027", accessMode: "readRestricted", createMissingFolders: true } },
  { name: "document, nowhere", ours: `${documents} addDocumentByPathRaw`, python: "files.documents.upload upload_document", input: { ...at, contentType: "application/x-thing" }, body: raw("one"), pythonInput: { mime_type: "application/x-thing", data: raw("one"), folder: at.parentFolderPath, name: "b\u00e5t %231.bin" } },
  { name: "document", ours: `${documents} addDocumentByPathRaw`, python: "files.documents.upload upload_document", input: { ...at, contentType: "application/x-thing", createMissing: true, accessMode: "explicit" }, body: raw("one"), pythonInput: { mime_type: "application/x-thing", data: raw("one"), folder: at.parentFolderPath, name: "b\u00e5t %231.bin", createMissing: true, accessMode: "explicit" } },
  { name: "document, once more", ours: `${documents} addDocumentByPathRaw`, python: "files.documents.upload upload_document", input: { ...at, contentType: "text/plain", overwriteExisting: true }, body: raw("two"), pythonInput: { mime_type: "text/plain", data: raw("two"), folder: at.parentFolderPath, name: "b\u00e5t %231.bin", overwriteExisting: true } },
  { name: "document, read", ours: `${documents} getDocumentContentById`, python: "files.documents.download download_document", input: { documentID: answer("document", "data", "id") }, pythonInput: { document: answer("document", "data", "id") } },
  { name: "document, in a folder by id", ours: `${folders} addDocumentRaw`, python: "files.documents.upload upload_document", input: { folderID: 101, documentName: "x.pdf", contentType: "application/pdf" }, body: raw("%PDF-1"), pythonInput: { mime_type: "application/pdf", data: raw("%PDF-1"), folder: 101, name: "x.pdf" } },
  { name: "document, gone", ours: `${documents} deleteDocumentByPath`, python: `${inDocuments} delete_document_by_path`, input: at, pythonInput: { ...at, documentName: "b\u00e5t %231.bin" } },
  { name: "a locked document stays", ours: `${documents} deleteDocumentByPath`, python: `${inDocuments} delete_document_by_path`, input: { parentFolderPath: "/", documentName: "locked.txt" }, pythonInput: { parentFolderPath: "", documentName: "locked.txt" } },

  { name: "sample", ours: `${samples} addSample`, python: "files.sampledb.upload upload_sample", body: sampleBytes, pythonInput: { data: sampleBytes } },
  { name: "challenge", ours: `${samples} getUploadChallenge`, python: `${inSamples} get_upload_challenge`, input: { sha256: answer("sample", "data", "sample", "id") } },
  { name: "submission", ours: `${samples} addSubmission`, python: `${inSamples} add_submission`, input: { sha256: answer("sample", "data", "sample", "id") }, body: submission },
  { name: "challenge again", ours: `${samples} getUploadChallenge`, python: `${inSamples} get_upload_challenge`, input: { sha256: answer("sample", "data", "sample", "id") } },
  { name: "submission again", ours: `${samples} addSubmission`, python: `${inSamples} add_submission`, input: { sha256: answer("sample", "data", "sample", "id") }, body: { ...submission, challengeToken: proofAgain } },
  { name: "sample, downloaded", ours: `${samples} downloadRawSample`, python: "files.sampledb.download download_sample", input: { sha256: answer("sample", "data", "sample", "id") } },

  { name: "a narrower session", ours: "authentication/v1/session constrainSession", python: "lib.authentication.v1.session constrain_session", body: { customer: ["customer1"], function: ["viewCases"], readOnly: true } },
  { name: "a log-in by password", ours: "authentication/v1/password passwordAuthentication", python: "lib.authentication.v1.password password_authentication", body: { ...login, requestedAuthorizations: ["setPassword"] } },
  { name: "a log-in by directory", ours: "authentication/v1/ldap ldapAuthentication", python: "lib.authentication.v1.ldap.ldap_authenticate ldap_authentication", body: login },
  { name: "the end of a session", ours: "authentication/v1/session deleteSession", python: "lib.authentication.v1.session delete_session" }
]

export const calls: ReadonlyArray<ParityCall> = [...reads, ...writes]

/** What is random in answers, told by its value, its name and the record it stands in. The clocks of the servers stand still, so no time is masked. */
export const masks: ReadonlyArray<{ readonly what: string; readonly is: (value: unknown, name: string, owner: object) => boolean }> = [
  {
    what: "ids of new comments, attachments, submissions and challenges",
    is: (value) => typeof value === "string" && /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(value) && !value.startsWith("00000000-")
  },
  { what: "tokens and keys of sessions", is: (value, name) => typeof value === "string" && ["requestCredentialsData", "sessionKey", "authorization"].includes(name) },
  { what: "slices of challenges", is: (value, name, owner) => typeof value === "number" && ["offset", "length"].includes(name) && "length" in owner }
]
