/** Files, as they leave the service. */
import type { Answer } from "../../http/message.ts"

/**
 * A file with its type and its name. The name is sent as its author chose it: a client has to defend itself.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6266#section-4 (Content-Disposition)
 * @see https://www.rfc-editor.org/rfc/rfc8187#section-3.2 (names beyond ASCII)
 */
export const download = (
  name: string,
  mimeType: string,
  bytes: Uint8Array,
  disposition: "attachment" | "inline" = "attachment"
): Answer => {
  const plain = name.replace(/[^\x20-\x7e]/g, "_").replace(/["\\]/g, "\\$&")
  const escaped = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  const extended = plain === name ? "" : `; filename*=UTF-8''${escaped}`
  return {
    status: 200,
    headers: { "Content-Type": mimeType, "Content-Disposition": `${disposition}; filename="${plain}"${extended}` },
    body: bytes
  }
}
