/**
 * Kinds of media types, as far as code has to tell them apart.
 */
export type MediaKind = "json" | "form" | "multipart" | "text" | "xml" | "jsonLines" | "events" | "binary"

/** A media type as documents write it, made comparable: no parameters, lower case. `undefined`: it is none. */
export const normalize = (written: string): string | undefined => {
  const essence = (written.split(";")[0] ?? "").split(",")[0]?.trim().toLowerCase() ?? ""
  if (/^[\w!#$&^.+*-]+\/[\w!#$&^.+*-]+$/.test(essence)) return essence
  // what people write in its place
  if (essence === "*") return "*/*"
  if (/^[\w-]*json$/.test(essence)) return "application/json"
  if (essence === "text" || essence === "html" || essence === "plain") return essence === "html" ? "text/html" : "text/plain"
  if (essence === "xml") return "application/xml"
  return undefined
}

export const kindOf = (mediaType: string): MediaKind => {
  if (/^application\/(x-)?(nd|jsonl|json-seq|jsonlines|stream\+json|json-l)(json|ines)?$/.test(mediaType) || mediaType === "application/jsonl" || mediaType === "application/x-ndjson") return "jsonLines"
  if (mediaType === "text/event-stream") return "events"
  if (mediaType === "application/json" || mediaType === "text/json" || mediaType.endsWith("+json") || mediaType === "application/*+json" || mediaType.endsWith("/x-json")) return "json"
  if (mediaType === "application/x-www-form-urlencoded") return "form"
  if (mediaType.startsWith("multipart/")) return "multipart"
  if (mediaType === "application/xml" || mediaType === "text/xml" || mediaType.endsWith("+xml")) return "xml"
  if (mediaType.startsWith("text/") || mediaType === "application/yaml" || mediaType === "application/x-yaml" || mediaType === "application/javascript") return "text"
  return "binary"
}
