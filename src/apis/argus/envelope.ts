/**
 * What Argus says about a refusal.
 */
import { isRecord } from "../../wire/json.ts"

/** `FIELD_ERROR (subject): Value is required; …`: what a refusal says, for people. */
export const summarize = (body: unknown): string | undefined => {
  const messages = isRecord(body) ? body["messages"] : undefined
  if (!Array.isArray(messages) || messages.length === 0) return undefined
  return messages.slice(0, 5).map((message: unknown) => {
    if (!isRecord(message)) return "a message that cannot be read"
    const { field, message: said, type } = message
    const kind = typeof type === "string" ? type : "MESSAGE"
    return `${kind}${typeof field === "string" && field !== "" ? ` (${field})` : ""}: ${typeof said === "string" ? said : "no text"}`
  }).join("; ")
}
