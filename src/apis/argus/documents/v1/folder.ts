/**
 * Argus: folders of documents. A path starts at the root of a customer and begins with `/`.
 */
import * as Schema from "effect/Schema"
import * as Endpoint from "../../../../endpoint/Endpoint.ts"
import { Argus } from "../../Argus.ts"
import { page, refusals, result } from "../../envelope.ts"
import { AccessMode } from "../../models/common.ts"
import { Document, Folder, FolderAddByPathRequest, FolderElement } from "../../models/documents.ts"
import * as Optional from "../../models/optional.ts"
import * as Paging from "../../paging.ts"

/**
 * The roots that the user may see, one a customer.
 *
 * `GET /documents/v1/folder/root`, needs `viewDocuments`.
 */
export const getCurrentUserRootFolder = /*#__PURE__*/ Paging.byQuery(/*#__PURE__*/ Endpoint.get(Argus, "/documents/v1/folder/root", {
  name: "getCurrentUserRootFolder",
  query: {
    offset: Optional.integer,
    /** default 25; 0: all */
    limit: Optional.integer
  },
  success: /*#__PURE__*/ page(FolderElement),
  errors: refusals,
  permission: "viewDocuments"
}))

/**
 * What is in a folder.
 *
 * `GET /documents/v1/folder/{folderID}/content`, needs `viewDocuments`.
 */
export const browseFolder = /*#__PURE__*/ Paging.byQuery(/*#__PURE__*/ Endpoint.get(Argus, "/documents/v1/folder/{folderID}/content", {
  name: "browseFolder",
  path: { folderID: Schema.Int },
  query: {
    offset: Optional.integer,
    /** default 25; 0: all */
    limit: Optional.integer
  },
  success: /*#__PURE__*/ page(FolderElement),
  errors: refusals,
  permission: "viewDocuments"
}))

/**
 * What is in a folder, by its path.
 *
 * `GET /documents/v1/folder/path/content{path}`, needs `viewDocuments`.
 */
export const browseFolderByPath = /*#__PURE__*/ Paging.byQuery(/*#__PURE__*/ Endpoint.get(Argus, "/documents/v1/folder/path/content{path}", {
  name: "browseFolderByPath",
  path: {
    /** from the root; `/` is the root itself */
    path: /*#__PURE__*/ Endpoint.param(Schema.String, { segments: true })
  },
  query: {
    /** whose documents. Default: the user's own customer */
    customer: Optional.string,
    offset: Optional.integer,
    /** default 25; 0: all */
    limit: Optional.integer
  },
  success: /*#__PURE__*/ page(FolderElement),
  errors: refusals,
  permission: "viewDocuments"
}))

/**
 * Makes a folder. `responseCode` 200: it was there already; 201: it is new.
 *
 * `POST /documents/v1/folder/path{parentFolderPath}`, needs `viewDocuments`.
 */
export const addFolderByPath = /*#__PURE__*/ Endpoint.post(Argus, "/documents/v1/folder/path{parentFolderPath}", {
  name: "addFolderByPath",
  path: {
    /** from the root; `/` is the root itself */
    parentFolderPath: /*#__PURE__*/ Endpoint.param(Schema.String, { segments: true })
  },
  query: {
    /** whose documents. Default: the user's own customer */
    customer: Optional.string
  },
  body: FolderAddByPathRequest,
  success: { 200: /*#__PURE__*/ result(Folder), 201: /*#__PURE__*/ result(Folder) },
  errors: refusals,
  permission: "viewDocuments"
})

/**
 * Puts a document into a folder; its bytes are the body.
 *
 * `POST /documents/v1/folder/{folderID}/documents/{documentName}`, needs `viewDocuments`.
 */
export const addDocumentRaw = /*#__PURE__*/ Endpoint.post(Argus, "/documents/v1/folder/{folderID}/documents/{documentName}", {
  name: "addDocumentRaw",
  path: { folderID: Schema.Int, documentName: Schema.String },
  query: {
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
