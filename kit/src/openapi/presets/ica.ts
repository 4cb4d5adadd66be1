/**
 * ICA: one document, pages by offset or by token.
 */
import type { Preset } from "../config.ts"

export const ica: Preset = {
  name: "ica",
  session: "Ica",
  paging: [
    { kind: "cursor", parameter: "pageToken", next: ["nextPageToken"], items: ["items"] },
    { kind: "offset", limit: "pageSize", offset: "pageOffset", items: ["items"], total: ["totalItemCount"] }
  ]
}
