/**
 * Argus: documents. The path of a folder starts at the root of a customer and begins with `/`.
 */
import * as Schema from "effect/Schema"
import * as Endpoint from "../../../../endpoint/Endpoint.ts"
import { Argus } from "../../Argus.ts"
import { ArgusMessages, refusals, result } from "../../envelope.ts"
import { AccessMode } from "../../models/common.ts"
import { Document, DocumentLock } from "../../models/documents.ts"
import * as Optional from "../../models/optional.ts"

/**
 * Puts a document at a path; its bytes are the body.
 *
 * `POST /documents/v1/document/path{parentFolderPath}/{documentName}`, needs `viewDocuments`.
 *
 * @example
 * ```ts
 * addDocumentByPathRaw({ parentFolderPath: "/reports/2026", documentName: "May.csv", createMissing: true, contentType: "text/csv", body: bytes })
 * ```
 */
export const addDocumentByPathRaw = /*#__PURE__*/ Endpoint.post(Argus, "/documents/v1/document/path{parentFolderPath}/{documentName}", {
  name: "addDocumentByPathRaw",
  path: {
    /** from the root; `/` is the root itself */
    parentFolderPath: /*#__PURE__*/ Endpoint.param(Schema.String, { segments: true }),
    documentName: Schema.String
  },
  query: {
    /** whose documents. Default: the user's own customer */
    customer: Optional.string,
    /** makes the folders that are not there. Default `false` */
    createMissing: Optional.boolean,
    /** default `roleBased` */
    accessMode: /*#__PURE__*/ Schema.optional(AccessMode),
    /** a document of this name gets a new revision; without it, it is refused with 412. Default `false` */
    overwriteExisting: Optional.boolean,
    /** default `false` */
    skipNotification: Optional.boolean
  },
  header: {
    /** the document's media type. Default `application/octet-stream` */
    contentType: /*#__PURE__*/ Endpoint.param(Optional.string, { name: "content-type" })
  },
  body: /*#__PURE__*/ Endpoint.Body.bytes(),
  success: /*#__PURE__*/ result(Document),
  errors: refusals,
  permission: "viewDocuments"
})

/**
 * Removes a document, and gives what was known of it. `Locked`: somebody works on it, and `body.data` may say who.
 *
 * `DELETE /documents/v1/document/path{parentFolderPath}/{documentName}`, needs `viewDocuments`.
 */
export const deleteDocumentByPath = /*#__PURE__*/ Endpoint.delete(Argus, "/documents/v1/document/path{parentFolderPath}/{documentName}", {
  name: "deleteDocumentByPath",
  path: {
    /** from the root; `/` is the root itself */
    parentFolderPath: /*#__PURE__*/ Endpoint.param(Schema.String, { segments: true }),
    documentName: Schema.String
  },
  query: {
    /** whose documents. Default: the user's own customer */
    customer: Optional.string
  },
  success: /*#__PURE__*/ result(Document),
  errors: { 403: ArgusMessages, 404: ArgusMessages, 412: ArgusMessages, 423: /*#__PURE__*/ result(/*#__PURE__*/ Schema.NullOr(DocumentLock)) },
  permission: "viewDocuments"
})

/**
 * What is known of a document.
 *
 * `GET /documents/v1/document/path/meta{parentFolderPath}/{documentName}`, needs `viewDocuments`.
 */
export const getMetaInfoByPath = /*#__PURE__*/ Endpoint.get(Argus, "/documents/v1/document/path/meta{parentFolderPath}/{documentName}", {
  name: "getMetaInfoByPath",
  path: {
    /** from the root; `/` is the root itself */
    parentFolderPath: /*#__PURE__*/ Endpoint.param(Schema.String, { segments: true }),
    documentName: Schema.String
  },
  query: {
    /** whose documents. Default: the user's own customer */
    customer: Optional.string
  },
  success: /*#__PURE__*/ result(Document),
  errors: refusals,
  permission: "viewDocuments"
})

/**
 * The bytes of a document, by its path.
 *
 * `GET /documents/v1/document/path/content{parentFolderPath}/{documentName}`, needs `viewDocuments`.
 */
export const getDocumentContentByPath = /*#__PURE__*/ Endpoint.get(Argus, "/documents/v1/document/path/content{parentFolderPath}/{documentName}", {
  name: "getDocumentContentByPath",
  path: {
    /** from the root; `/` is the root itself */
    parentFolderPath: /*#__PURE__*/ Endpoint.param(Schema.String, { segments: true }),
    documentName: Schema.String
  },
  query: {
    /** whose documents. Default: the user's own customer */
    customer: Optional.string
  },
  success: /*#__PURE__*/ Endpoint.Reply.stream(),
  errors: refusals,
  permission: "viewDocuments"
})

/**
 * The bytes of a document.
 *
 * `GET /documents/v1/document/{documentID}/content`, needs `viewDocuments`.
 */
export const getDocumentContentById = /*#__PURE__*/ Endpoint.get(Argus, "/documents/v1/document/{documentID}/content", {
  name: "getDocumentContentById",
  path: { documentID: Schema.Int },
  success: /*#__PURE__*/ Endpoint.Reply.stream(),
  errors: refusals,
  permission: "viewDocuments"
})
