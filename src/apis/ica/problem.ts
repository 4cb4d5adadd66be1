/**
 * What ICA says about a refusal.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9457 problem details
 */
import { isRecord, textOf } from "../../wire/json.ts"

/** `ICA_PRJ_404 Not Found: Project not found (projectId: malformed)`: what a problem says, for people. */
export const summarize = (body: unknown): string | undefined => {
  if (!isRecord(body)) return undefined
  const { detail, parameters, title, type } = body
  const code = textOf(type)
  const head = [code === "about:blank" ? undefined : code, textOf(title)].filter((part) => part !== undefined).join(" ")
  const said = [head, textOf(detail)].filter((part) => part !== undefined && part !== "").join(": ")
  if (said === "") return undefined
  const members = isRecord(parameters) ? Object.entries(parameters).slice(0, 5) : []
  const wrong = members.flatMap(([name, what]) => textOf(what) === undefined ? [] : [`${name}: ${String(what)}`])
  return wrong.length === 0 ? said : `${said} (${wrong.join("; ")})`
}
