/**
 * ICA: one document, pages by offset or by token.
 */
import type { Preset } from "../config.ts"

export const ica: Preset = {
  name: "ica",
  session: "Ica",
  sessionFrom: { module: "credence/ica", names: ["Ica", "IcaAuth", "IcaFiles"] },
  paging: [
    // without a token it pages by offset, and gives none; an empty one asks for the first page by token
    { kind: "cursor", parameter: "pageToken", first: "", next: ["nextPageToken"], items: ["items"], offset: "pageOffset", total: ["totalItemCount"] },
    { kind: "offset", limit: "pageSize", offset: "pageOffset", items: ["items"], total: ["totalItemCount"] }
  ]
}
