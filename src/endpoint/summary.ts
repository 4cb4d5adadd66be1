/**
 * What an error body says for people, in the places where most APIs say it.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9457 problem details: `title`, `detail`
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2 `error`, `error_description`
 */
import { isRecord, textOf } from "../wire/json.ts"

/** The first text found under a usual name, at most 200 characters; `undefined` if there is none. */
export const summarize = (body: unknown): string | undefined => {
  if (!isRecord(body)) return undefined
  const named = (name: string): string | undefined => {
    const value = body[name]
    return textOf(value) ?? summarize(value)
  }
  const detail = named("detail") ?? named("error_description")
  const title = named("title") ?? named("message") ?? named("reason") ?? named("error")
  const text = title !== undefined && detail !== undefined ? `${title}: ${detail}` : title ?? detail
  return shortened(text, 200)
}

const shortened = (text: string | undefined, most: number): string | undefined => text === undefined || text.length <= most ? text : `${text.slice(0, most - 1)}…`

/** An API's own way to read its bodies, at most 500 characters of it. */
export const bounded = (own: (body: unknown) => string | undefined) => (body: unknown): string | undefined => shortened(own(body), 500)
