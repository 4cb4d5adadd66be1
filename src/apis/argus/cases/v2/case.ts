/**
 * Argus: cases, their comments and attachments.
 */
import * as Schema from "effect/Schema"
import * as Endpoint from "../../../../endpoint/Endpoint.ts"
import { Argus } from "../../Argus.ts"
import { ArgusMessages, page, refusals, result } from "../../envelope.ts"
import {
  Case,
  CaseAttachment,
  CaseComment,
  CaseCreateRequest,
  CaseSearchCriteria,
  CaseStatus,
  CaseType,
  CaseUpdateRequest,
  CommentAddRequest
} from "../../models/cases.ts"
import * as Optional from "../../models/optional.ts"
import * as Paging from "../../paging.ts"

/**
 * Finds cases by a few criteria. Kinds of criteria must all hold; within one kind any value does.
 *
 * `GET /cases/v2/case`, needs `viewCases`. A case that was merged into another one is not found.
 *
 * @example
 * ```ts
 * simpleCaseSearch.items({ status: ["pendingCustomer"], sortBy: ["-createdTimestamp"] }).pipe(Stream.take(10))
 * ```
 */
export const simpleCaseSearch = /*#__PURE__*/ Paging.byQuery(/*#__PURE__*/ Endpoint.get(Argus, "/cases/v2/case", {
  name: "simpleCaseSearch",
  query: {
    customerID: Optional.integers,
    /** short names or ids */
    customer: Optional.strings,
    service: Optional.strings,
    status: /*#__PURE__*/ Schema.optional(/*#__PURE__*/ Schema.Array(CaseStatus)),
    type: /*#__PURE__*/ Schema.optional(/*#__PURE__*/ Schema.Array(CaseType)),
    keywords: Optional.strings,
    /** names of fields; a leading `-` sorts downwards */
    sortBy: Optional.strings,
    offset: Optional.integer,
    /** default 25; 0: all */
    limit: Optional.integer
  },
  success: /*#__PURE__*/ page(Case),
  errors: { 403: ArgusMessages, 412: ArgusMessages },
  permission: "viewCases"
}))

/**
 * Opens a case.
 *
 * `POST /cases/v2/case`, needs `createCase`.
 */
export const createCase = /*#__PURE__*/ Endpoint.post(Argus, "/cases/v2/case", {
  name: "createCase",
  body: CaseCreateRequest,
  success: /*#__PURE__*/ result(Case),
  errors: { 403: ArgusMessages, 412: ArgusMessages },
  permission: "createCase"
})

/**
 * Finds cases by any criteria.
 *
 * `POST /cases/v2/case/search`, needs `viewCases`. A case that was merged into another one is not found.
 */
export const advancedCaseSearch = /*#__PURE__*/ Paging.byBody(/*#__PURE__*/ Endpoint.post(Argus, "/cases/v2/case/search", {
  name: "advancedCaseSearch",
  body: CaseSearchCriteria,
  success: /*#__PURE__*/ page(Case),
  errors: { 403: ArgusMessages, 412: ArgusMessages },
  permission: "viewCases"
}))

/**
 * One case. For a case that was merged into another one, the other one, unless `skipRedirect`: look at `data.id`.
 *
 * `GET /cases/v2/case/{id}`, needs `viewCases`.
 */
export const getCaseMetadataByID = /*#__PURE__*/ Endpoint.get(Argus, "/cases/v2/case/{id}", {
  name: "getCaseMetadataByID",
  path: { id: Schema.Int },
  query: {
    /** gives a merged case itself instead of its new place. Default `false` */
    skipRedirect: Optional.boolean
  },
  success: /*#__PURE__*/ result(Case),
  errors: refusals,
  permission: "viewCases"
})

/**
 * Changes a case. `responseCode` 220: nothing differed, so nothing was changed.
 *
 * `PUT /cases/v2/case/{id}`, needs `updateCase`. A `comment` is added each time: a repeat is not harmless with one.
 */
export const updateCase = /*#__PURE__*/ Endpoint.put(Argus, "/cases/v2/case/{id}", {
  name: "updateCase",
  path: { id: Schema.Int },
  body: CaseUpdateRequest,
  success: { 200: /*#__PURE__*/ result(Case), 220: /*#__PURE__*/ result(Case) },
  errors: refusals,
  permission: "updateCase"
})

/**
 * Comments on a case.
 *
 * `GET /cases/v2/case/{caseID}/comments`, needs `viewCases`.
 */
export const listCaseComments = /*#__PURE__*/ Paging.byQuery(/*#__PURE__*/ Endpoint.get(Argus, "/cases/v2/case/{caseID}/comments", {
  name: "listCaseComments",
  path: { caseID: Schema.Int },
  query: {
    /** id of a comment: only older ones */
    beforeComment: Optional.string,
    /** id of a comment: only newer ones */
    afterComment: Optional.string,
    sortBy: /*#__PURE__*/ Schema.optional(/*#__PURE__*/ Schema.Array(/*#__PURE__*/ Schema.Literals(["addedTimestamp", "-addedTimestamp"]))),
    offset: Optional.integer,
    /** default 25; 0: all */
    limit: Optional.integer
  },
  success: /*#__PURE__*/ page(CaseComment),
  errors: refusals,
  permission: "viewCases"
}))

/**
 * Comments on a case.
 *
 * `POST /cases/v2/case/{caseID}/comments`, needs `updateCase`.
 */
export const addComment = /*#__PURE__*/ Endpoint.post(Argus, "/cases/v2/case/{caseID}/comments", {
  name: "addComment",
  path: { caseID: Schema.Int },
  body: CommentAddRequest,
  success: /*#__PURE__*/ result(CaseComment),
  errors: refusals,
  permission: "updateCase"
})

/**
 * Files on a case.
 *
 * `GET /cases/v2/case/{caseID}/attachments`, needs `viewCases`.
 */
export const listCaseAttachments = /*#__PURE__*/ Paging.byQuery(/*#__PURE__*/ Endpoint.get(Argus, "/cases/v2/case/{caseID}/attachments", {
  name: "listCaseAttachments",
  path: { caseID: Schema.Int },
  query: {
    offset: Optional.integer,
    /** default 25; 0: all */
    limit: Optional.integer
  },
  success: /*#__PURE__*/ page(CaseAttachment),
  errors: refusals,
  permission: "viewCases"
}))

/**
 * What is known of a file on a case.
 *
 * `GET /cases/v2/case/{caseID}/attachments/{attachmentID}`, needs `viewCases`.
 */
export const getAttachment = /*#__PURE__*/ Endpoint.get(Argus, "/cases/v2/case/{caseID}/attachments/{attachmentID}", {
  name: "getAttachment",
  path: { caseID: Schema.Int, attachmentID: Schema.String },
  success: /*#__PURE__*/ result(CaseAttachment),
  errors: refusals,
  permission: "viewCases"
})

/**
 * The bytes of a file on a case, as its own media type.
 *
 * `GET /cases/v2/case/{caseID}/attachments/{attachmentID}/download`, needs `viewCases`.
 */
export const downloadAttachment = /*#__PURE__*/ Endpoint.get(Argus, "/cases/v2/case/{caseID}/attachments/{attachmentID}/download", {
  name: "downloadAttachment",
  path: { caseID: Schema.Int, attachmentID: Schema.String },
  query: {
    /** for showing rather than saving: changes only `Content-Disposition`. Default `false` */
    inline: Optional.boolean
  },
  success: /*#__PURE__*/ Endpoint.Reply.stream(),
  errors: refusals,
  permission: "viewCases"
})

/**
 * Puts a file on a case; its bytes are the body.
 *
 * `POST /cases/v2/case/{caseID}/attachments/upload/{filename}`, needs `updateCase`.
 *
 * @example
 * ```ts
 * uploadStreamingAttachment({ caseID: 1, filename: "notes.txt", contentType: "text/plain", body: new TextEncoder().encode("…") })
 * ```
 */
export const uploadStreamingAttachment = /*#__PURE__*/ Endpoint.post(Argus, "/cases/v2/case/{caseID}/attachments/upload/{filename}", {
  name: "uploadStreamingAttachment",
  path: { caseID: Schema.Int, filename: Schema.String },
  query: {
    encryptedZip: Optional.boolean,
    /** default `none` */
    encryptedZipMode: /*#__PURE__*/ Schema.optional(/*#__PURE__*/ Schema.Literals(["none", "client", "server"])),
    /** default `argus` */
    encryptedZipPassword: Optional.string,
    skipNotification: Optional.boolean,
    originEmailAddress: Optional.string
  },
  header: {
    /** the file's media type */
    contentType: /*#__PURE__*/ Endpoint.param(Schema.String, { name: "content-type" })
  },
  body: /*#__PURE__*/ Endpoint.Body.bytes(),
  success: /*#__PURE__*/ result(CaseAttachment),
  errors: refusals,
  permission: "updateCase"
})
