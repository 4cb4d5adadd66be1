/** Files and folders. */
import { randomBytes } from "node:crypto"
import { header, type HttpRequest } from "../../../http/message.ts"
import { timeText } from "../data.ts"
import { type Item, keyOf } from "../model.ts"
import { answer, done, refuse } from "../problem.ts"
import { type Call, type Fields, itemOf, page, projectOf, readBody, reads, type Route, type Service, writes } from "../route.ts"
import { showData, showProjectData } from "../show.ts"
import { BUCKET, REGION, type Storage } from "../storage.ts"

const fits = (request: HttpRequest, parentIdOf: (item: Item) => string | undefined): (item: Item) => boolean => {
  const all = (name: string) => request.query.getAll(name)
  const one = (name: string) => request.query.get(name) ?? ""
  const [ids, names, paths, statuses, parents] = [all("id"), all("filename"), all("filePath"), all("status"), all("parentFolderId")]
  const [type, parentPath, text] = [one("type"), one("parentFolderPath"), one("fullText").toLowerCase()]
  const exact = one("filenameMatchMode") !== "FUZZY"
  const whole = one("filePathMatchMode") === "FULL_CASE_INSENSITIVE"
  const lower = paths.map((path) => path.toLowerCase())
  return (item) => {
    const path = item.path.toLowerCase()
    return (ids.length === 0 || ids.includes(item.id))
      && (names.length === 0 || names.some((name) => exact ? item.name === name : item.name.includes(name)))
      && (lower.length === 0 || lower.some((wanted) => whole ? path === wanted : path.startsWith(wanted)))
      && (statuses.length === 0 || statuses.includes(item.status))
      && (parents.length === 0 || parents.some((id) => id === parentIdOf(item)))
      && (type === "" || item.type === type)
      && (parentPath === "" || item.parent === parentPath)
      && (text === "" || path.includes(text))
  }
}

export const dataRoutes = (service: Service, storage: Storage, storageOrigin: () => string): ReadonlyArray<Route> => {
  const { now, world } = service
  const at = (projectId: string, path: string): Item | undefined => [...world.items.values()].find((item) => item.projectId === projectId && item.path === path)
  // folders know their contents by path only
  const parentIdOf = (item: Item): string | undefined => at(item.projectId, item.parent)?.id
  /** answers to requests that came with a key, so that the same key gives the same again */
  const keyed = new Map<string, ReturnType<typeof answer>>()

  const once = (call: Call, make: () => ReturnType<typeof answer>): ReturnType<typeof answer> => {
    const key = header(call.request, "idempotency-key")
    if (key === undefined) return make()
    const known = keyed.get(`${call.request.path} ${key}`)
    if (known !== undefined) return known
    const made = make()
    keyed.set(`${call.request.path} ${key}`, made)
    return made
  }

  const insert = (projectId: string, path: string, type: Item["type"], formatCode: string | undefined): Item => {
    const trimmed = type === "FOLDER" ? path.slice(0, -1) : path
    const cut = trimmed.lastIndexOf("/") + 1
    const item: Item = {
      id: `${type === "FOLDER" ? "fol" : "fil"}.${randomBytes(16).toString("hex")}`,
      projectId,
      type,
      name: trimmed.slice(cut),
      path,
      parent: trimmed.slice(0, cut),
      status: type === "FOLDER" ? "AVAILABLE" : "PARTIAL",
      timeCreated: timeText(now()),
      timeModified: timeText(now()),
      formatCode
    }
    world.items.set(item.id, item)
    return item
  }

  const create = (call: Call, body: Fields, type: Item["type"]): Item => {
    const project = projectOf(service, call)
    const name = body.required("name")
    const [folderId, folderPath] = [body.text("folderId"), body.text("folderPath")]
    body.done()
    if (/[/\\]|^\.{1,2}$/.test(name)) refuse(400, "The request is not valid", "ICA_API_400", { name: "must be no path" })
    const folder = folderId === undefined ? folderPath ?? "/" : world.items.get(folderId)?.path ?? refuse(404, "Folder not found", "ICA_DATA_404")
    if (!/^\/(?:.*\/)?$/.test(folder)) refuse(400, "The request is not valid", "ICA_API_400", { folderPath: "must begin and end with /" })
    const path = `${folder}${name}${type === "FOLDER" ? "/" : ""}`
    if (at(project.id, path) !== undefined) refuse(409, "Data with this path exists", "ICA_DATA_409", { name })
    // folders on the way are made
    for (let cut = folder.indexOf("/", 1); cut > 0; cut = folder.indexOf("/", cut + 1)) {
      if (at(project.id, folder.slice(0, cut + 1)) === undefined) insert(project.id, folder.slice(0, cut + 1), "FOLDER", undefined)
    }
    return insert(project.id, path, type, body.text("formatCode"))
  }

  const fileOf = (call: Call): Item => {
    const item = itemOf(service, call)
    return item.type === "FILE" ? item : refuse(400, "Not for folders", "ICA_DATA_400")
  }

  const downloadUrl = (item: Item): string =>
    item.type === "FILE" && item.status === "AVAILABLE" ? storage.presign("GET", keyOf(item)) : refuse(400, "The data has no bytes to download", "ICA_DATA_400", { status: item.status })

  const made = (item: Item) => answer(showProjectData(world, item), 201)

  return [
    reads("GET", "/api/projects/{projectId}/data", (call) => {
      const project = projectOf(service, call)
      const fitting = fits(call.request, parentIdOf)
      const found = [...world.items.values()].filter((item) => item.projectId === project.id && fitting(item))
      return page(call.request, found, ({ name, path, timeCreated }) => ({ name, path, timeCreated }), (item) => showProjectData(world, item))
    }),
    writes("POST", "/api/projects/{projectId}/data:createFile", (call) => once(call, () => made(create(call, readBody(call.request), "FILE")))),
    writes("POST", "/api/projects/{projectId}/data:createFolder", (call) => once(call, () => made(create(call, readBody(call.request), "FOLDER")))),
    writes("POST", "/api/projects/{projectId}/data:createFileWithUploadUrl", (call) =>
      once(call, () => {
        const body = readBody(call.request)
        const item = create(call, body, "FILE")
        return answer({ ...showProjectData(world, item), uploadUrl: storage.presign("PUT", keyOf(item), { mediaType: body.text("fileType"), md5: body.text("hash") }) }, 201)
      })),
    reads("POST", "/api/projects/{projectId}/data:createDownloadUrls", (call) => {
      const project = projectOf(service, call)
      const body = readBody(call.request)
      const [ids, paths] = [body.list("dataIds"), body.list("dataPaths")]
      body.done()
      const items = [...ids.map((id) => world.items.get(id)), ...paths.map((path) => at(project.id, path))]
      return answer({
        items: items.map((item) => {
          if (item === undefined || item.projectId !== project.id) return refuse(404, "Data not found", "ICA_DATA_404")
          return { dataId: item.id, dataUrn: showData(world, item).urn, dataPath: item.path, url: downloadUrl(item) }
        })
      })
    }),
    writes("POST", "/api/projects/{projectId}/data", (call) =>
      once(call, () => {
        const body = readBody(call.request)
        return made(create(call, body, body.required("dataType") === "FOLDER" ? "FOLDER" : "FILE"))
      })),
    reads("POST", "/api/projects/{projectId}/data/{dataId}:createDownloadUrl", (call) => answer({ url: downloadUrl(fileOf(call)) })),
    writes("POST", "/api/projects/{projectId}/data/{dataId}:createUploadUrl", (call) => {
      const item = fileOf(call)
      if (item.status !== "PARTIAL") refuse(409, "Only data that is partial can be uploaded", "ICA_DATA_409", { status: item.status })
      return answer({ url: storage.presign("PUT", keyOf(item), { mediaType: call.request.query.get("fileType") ?? undefined, md5: call.request.query.get("hash") ?? undefined }) })
    }),
    writes("POST", "/api/projects/{projectId}/data/{dataId}:createTemporaryCredentials", (call) => {
      const item = itemOf(service, call)
      const body = readBody(call.request)
      const made = storage.temporaryCredentials(keyOf(item), body.value("readOnlyCredentials") === true)
      if (body.text("credentialsFormat") !== "RCLONE") {
        return answer({
          awsTempCredentials: { accessKey: made.accessKey, secretKey: made.secretKey, sessionToken: made.sessionToken, region: REGION, bucket: BUCKET, objectPrefix: made.prefix }
        })
      }
      return answer({
        rcloneTempCredentials: {
          config: {
            type: "s3",
            provider: "AWS",
            region: REGION,
            endpoint: storageOrigin(),
            access_key_id: made.accessKey,
            secret_access_key: made.secretKey,
            session_token: made.sessionToken
          },
          filePathPrefix: `${BUCKET}/${made.prefix}`,
          storageType: "S3",
          expirationTime: timeText(made.expires)
        }
      })
    }),
    writes("POST", "/api/projects/{projectId}/data/{dataId}:delete", (call) => {
      const item = itemOf(service, call)
      for (const other of world.items.values()) {
        if (other.projectId !== item.projectId || (other.id !== item.id && !(item.type === "FOLDER" && other.path.startsWith(item.path)))) continue
        world.items.delete(other.id)
        world.objects.delete(keyOf(other))
      }
      return done()
    }),
    reads("GET", "/api/projects/{projectId}/data/{dataId}", (call) => answer(showProjectData(world, itemOf(service, call))))
  ]
}
