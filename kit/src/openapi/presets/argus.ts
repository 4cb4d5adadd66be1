/**
 * Argus: 23 documents of one service each, whose paths begin with service and version.
 */
import type { Preset } from "../config.ts"
import { texts } from "../model/node.ts"
import { kebab } from "../text/words.ts"

const segmentsOf = (path: string): ReadonlyArray<string> => path.split("/").filter((segment) => segment !== "")

/** members of the envelope around every answer, which no document marks as required */
const envelope = new Set(["responseCode", "limit", "offset", "count", "size", "metaData", "messages", "data"])

/** the envelope around nothing in particular */
const isPlainEnvelope = (model: string): boolean => model === "no.mnemonic.services.argus.common.rest.model.ResultStash"

/** records in the documents, but `192.0.2.0/24` and `example.com` in a query */
const addresses = new Set(["IPAddress", "IPNetworkAddress", "DomainName"].map((name) => `no.mnemonic.jargus.net.${name}`))

export const argus: Preset = {
  name: "argus",
  session: "Argus",
  sessionFrom: { module: "credence/argus", names: ["Argus", "ArgusAuth", "ArgusPolicy"] },
  // `/cases/v2/case/{id}` stands in `cases/v2/case`
  place: (operation) => {
    const [service = "other", version = "v1", resource = service] = segmentsOf(operation.path).map((segment) => segment.split("{")[0] ?? segment).filter((segment) => segment !== "")
    return { module: [service, version, resource].map(kebab).join("/") }
  },
  modelsOf: (document) => kebab(document.split(/[/\\]/).at(-1)?.replace(/\.\w+$/, "") ?? document),
  permissions: (operation) => texts(operation.extensions["x-Argus-Required-Permissions"]),
  // the path of a folder begins with a slash of its own
  isPathLike: (operation, name) => new RegExp(`[^/]\\{${name}\\}`).test(operation.path),
  paging: [
    { kind: "offset", limit: "limit", offset: "offset", items: ["data"], total: ["count"], capacity: ["limit"], begins: ["offset"] },
    { kind: "offset", limit: "limit", offset: "offset", in: "body", items: ["data"], total: ["count"], capacity: ["limit"], begins: ["offset"] }
  ],
  // its neighbour by id says so
  isDownload: (operation) => operation.id === "getDocumentContentByPath",
  isText: (model) => addresses.has(model),
  isErrorBody: isPlainEnvelope,
  defaultIsSuccess: true,
  // a refusal has nothing to give
  alwaysThere: (model, fields, field) => envelope.has(field) && fields.includes("responseCode") && fields.includes("messages") && !(field === "data" && isPlainEnvelope(model))
}
