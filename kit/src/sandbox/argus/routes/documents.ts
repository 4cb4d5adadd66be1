import type { Answer } from "../../../http/message.ts"
import { sha256 } from "../data.ts"
import { download } from "../download.ts"
import { actionError, fieldError, notFound, one, page, refusal, refuse } from "../envelope.ts"
import { bodyFields, queryFields, readId, readPaging } from "../input.ts"
import { maySee, namedCustomer, requireSight } from "../lookup.ts"
import { ACCESS_MODES, type AccessMode, type Document, type Folder, userInfo, type World } from "../model.ts"
import { type Call, reads, type Route, type Service, writes } from "../route.ts"

const NAME = /^[^\\/:*?"<>|]{1,254}$/

const segmentsOf = (path: string): ReadonlyArray<string> => path.split("/").filter((segment) => segment !== "")

const rootOf = (world: World, customerId: number): Folder =>
  [...world.folders.values()].find(({ info, parent }) => parent === undefined && info.customer.id === customerId) ?? notFound("Folder")

const childFolder = (world: World, parent: Folder, name: string): Folder | undefined =>
  [...world.folders.values()].find((folder) => folder.parent === parent.info.id && folder.info.name === name)

const childDocument = (world: World, parent: Folder, name: string): Document | undefined =>
  [...world.documents.values()].find((document) => document.parent === parent.info.id && document.info.name === name)

const requireName = (field: string, name: string): void => {
  if (!NAME.test(name)) refuse(412, fieldError(field, "Must be a file name", "INVALID"))
}

/** The folders above an element, the root first. */
const ancestors = (world: World, id: number | undefined): ReadonlyArray<Pick<Folder["info"], "id" | "name" | "accessMode">> => {
  const folder = id === undefined ? undefined : world.folders.get(id)
  if (folder === undefined) return []
  const { accessMode, name } = folder.info
  return [...ancestors(world, folder.parent), { id: folder.info.id, name, accessMode }]
}

const present = (world: World, { info, parent }: Document | Folder) => ({
  ...info,
  currentUserAccessLevel: "write",
  parentElements: ancestors(world, parent)
})

/** What a listing shows: the members that folders and documents have in common. */
const listed = (world: World, element: Document | Folder) => {
  const { id, name, elementType, accessMode, effectiveAccessMode, customer, createdByUser, createdTimestamp, lastUpdatedByUser, lastUpdatedTimestamp, currentUserAccessLevel, parentElements } = present(world, element)
  return { id, name, elementType, accessMode, effectiveAccessMode, customer, createdByUser, createdTimestamp, lastUpdatedByUser, lastUpdatedTimestamp, currentUserAccessLevel, parentElements }
}

const contentOf = (world: World, folder: Folder) => [
  ...[...world.folders.values()].filter(({ parent }) => parent === folder.info.id),
  ...[...world.documents.values()].filter(({ parent }) => parent === folder.info.id)
].map((element) => listed(world, element))

const makeFolder = ({ now, world }: Service, call: Call, parent: Folder, name: string, accessMode: AccessMode): Folder => {
  requireName("name", name)
  const by = userInfo(call.identity.user)
  const folder: Folder = {
    info: {
      ...parent.info,
      id: ++world.lastId.element,
      name,
      accessMode,
      effectiveAccessMode: accessMode,
      createdByUser: by,
      createdTimestamp: now(),
      lastUpdatedByUser: by,
      lastUpdatedTimestamp: now(),
      flags: []
    },
    parent: parent.info.id
  }
  world.folders.set(folder.info.id, folder)
  return folder
}

/** The folder at a path, its missing parts made where that was asked for. */
const folderAt = (service: Service, call: Call, path: string, createMissing = false): Folder => {
  const customer = namedCustomer(service.world, call, call.request.query.get("customer") ?? undefined)
  return segmentsOf(path).reduce<Folder>(
    (folder, name) =>
      childFolder(service.world, folder, name)
        ?? (createMissing ? makeFolder(service, call, folder, name, "roleBased") : notFound("Folder")),
    rootOf(service.world, customer.id)
  )
}

const folderById = ({ world }: Service, call: Call): Folder => {
  const folder = world.folders.get(readId(call.params["folderID"], "folderID")) ?? notFound("Folder")
  requireSight(call, folder.info.customer)
  return folder
}

const documentAt = (service: Service, call: Call): Document => {
  const folder = folderAt(service, call, call.params["parentFolderPath"] ?? "")
  return childDocument(service.world, folder, call.params["documentName"] ?? "") ?? notFound("Document")
}

/** Adds a document, or its next revision: `target` is asked only when the members are right. */
const add = (service: Service, call: Call, target: (createMissing: boolean) => Folder): Answer => {
  const { now, world } = service
  const { body, headers } = call.request
  const name = call.params["documentName"] ?? ""
  requireName("documentName", name)
  const fields = queryFields(call.request)
  const accessMode = fields.oneOf("accessMode", ACCESS_MODES) ?? "roleBased"
  const overwrite = fields.flag("overwriteExisting")
  const createMissing = fields.flag("createMissing")
  fields.flag("skipNotification")
  fields.done()
  const folder = target(createMissing)
  const existing = childDocument(world, folder, name)
  if (existing !== undefined && !overwrite) return refuse(412, fieldError("documentName", "There is such a document already", "EXISTS", name))
  const by = userInfo(call.identity.user)
  const document: Document = {
    info: {
      id: existing?.info.id ?? ++world.lastId.element,
      name,
      elementType: "document",
      accessMode,
      effectiveAccessMode: accessMode,
      customer: folder.info.customer,
      createdByUser: existing?.info.createdByUser ?? by,
      createdTimestamp: existing?.info.createdTimestamp ?? now(),
      lastUpdatedByUser: by,
      lastUpdatedTimestamp: now(),
      mimeType: headers["content-type"] ?? "application/octet-stream",
      dataSize: body.length,
      sha256: sha256(body),
      revision: (existing?.info.revision ?? 0) + 1,
      state: "published",
      flags: []
    },
    parent: folder.info.id,
    bytes: body,
    lockedBy: undefined
  }
  world.documents.set(document.info.id, document)
  return one(present(world, document))
}

const send = ({ bytes, info }: Document): Answer => download(info.name, info.mimeType, bytes)

const browse = (service: Service, call: Call, folder: () => Folder): Answer => {
  const fields = queryFields(call.request)
  const paging = readPaging(fields)
  fields.done()
  return page(contentOf(service.world, folder()), paging)
}

const addFolder = (service: Service, call: Call): Answer => {
  const fields = bodyFields(call.request)
  const name = fields.requiredText("name")
  const accessMode = fields.oneOf("accessMode", ACCESS_MODES) ?? "roleBased"
  const createMissing = fields.flag("createMissingFolders")
  fields.done()
  const parent = folderAt(service, call, call.params["parentFolderPath"] ?? "", createMissing)
  const existing = childFolder(service.world, parent, name)
  return existing === undefined
    ? one(present(service.world, makeFolder(service, call, parent, name, accessMode)), 201)
    : one(present(service.world, existing))
}

const remove = (service: Service, call: Call): Answer => {
  const document = documentAt(service, call)
  const { info: { id, name }, lockedBy } = document
  if (lockedBy !== undefined && lockedBy.id !== call.identity.user.id) {
    const lock = {
      elementID: id,
      elementName: name,
      elementType: "document",
      lockedUntil: service.now() + 3_600_000,
      userID: lockedBy.id,
      userName: lockedBy.userName
    }
    return refusal(423, [actionError(`${lockedBy.name} has locked the document`, "document.locked")], lock)
  }
  service.world.documents.delete(id)
  return one(present(service.world, document))
}

// By-path routes stand before by-id ones: `/folder/path/content` also looks like the content of a folder called `path`.
export const documentRoutes = (service: Service): ReadonlyArray<Route> => {
  const { world } = service
  return [
    reads("GET", "/documents/v1/folder/root", "getCurrentUserRootFolder", ["viewDocuments"], (call) => {
      const fields = queryFields(call.request)
      const paging = readPaging(fields)
      fields.done()
      const roots = [...world.folders.values()].filter(({ info, parent }) => parent === undefined && maySee(call, info.customer))
      return page(roots.map((folder) => listed(world, folder)), paging)
    }),
    reads("GET", "/documents/v1/folder/path/content{path}", "browseFolderByPath", ["viewDocuments"], (call) =>
      browse(service, call, () => folderAt(service, call, call.params["path"] ?? ""))),
    writes("POST", "/documents/v1/folder/path{parentFolderPath}", "addFolderByPath", ["viewDocuments"], (call) => addFolder(service, call)),
    reads("GET", "/documents/v1/folder/{folderID}/content", "browseFolder", ["viewDocuments"], (call) =>
      browse(service, call, () => folderById(service, call))),
    writes("POST", "/documents/v1/folder/{folderID}/documents/{documentName}", "addDocumentRaw", ["viewDocuments"], (call) =>
      add(service, call, () => folderById(service, call))),

    reads("GET", "/documents/v1/document/path/content{parentFolderPath}/{documentName}", "getDocumentContentByPath", ["viewDocuments"], (call) =>
      send(documentAt(service, call))),
    reads("GET", "/documents/v1/document/path/meta{parentFolderPath}/{documentName}", "getMetaInfoByPath", ["viewDocuments"], (call) =>
      one(present(world, documentAt(service, call)))),
    writes("POST", "/documents/v1/document/path{parentFolderPath}/{documentName}", "addDocumentByPathRaw", ["viewDocuments"], (call) =>
      add(service, call, (createMissing) => folderAt(service, call, call.params["parentFolderPath"] ?? "", createMissing))),
    writes("DELETE", "/documents/v1/document/path{parentFolderPath}/{documentName}", "deleteDocumentByPath", ["viewDocuments"], (call) =>
      remove(service, call)),
    reads("GET", "/documents/v1/document/{documentID}/content", "getDocumentContentById", ["viewDocuments"], (call) => {
      const document = world.documents.get(readId(call.params["documentID"], "documentID")) ?? notFound("Document")
      requireSight(call, document.info.customer)
      return send(document)
    })
  ]
}
