/**
 * What TPP says about a refusal.
 */
import { isRecord, textOf } from "../../wire/json.ts"
import * as Redact from "../../wire/redact.ts"

/** What the server said, in one line of no great length. */
export const shown = (text: string): string => Redact.excerpt(text, { isSecretName: Redact.isSecretName(), values: () => [] })

/** `invalid_grant: The refresh token …` of the authorization server, `Error` of the API: what a refusal says, for people. */
export const summarize = (body: unknown): string | undefined => {
  if (!isRecord(body)) return undefined
  const error = textOf(body["error"])
  const description = textOf(body["error_description"])
  if (error !== undefined) return description === undefined ? error : `${error}: ${description}`
  return textOf(body["Error"]) ?? textOf(body["Message"])
}

/**
 * The server's database gave up this transaction in favour of another one and rolled it back: nothing was done, and it asks
 * to be asked again.
 */
export const isRolledBack = (status: number | undefined, body: unknown): boolean => {
  if (status !== 500) return false
  const said = typeof body === "string" ? body : summarize(body) ?? ""
  return /rerun the transaction/i.test(said)
}
