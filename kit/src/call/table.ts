/**
 * Records as a table for people.
 */
import { printable } from "../cli/failure.ts"
import { isRecord, writeJson } from "../values/json.ts"

type Row = Readonly<Record<string, unknown>>

/** No table is wider than this where nobody knows how wide the terminal is. */
const defaultWidth = 120
const widestCell = 60

/** The records of a result: itself, or the first list of records in it, or in its `data`; `undefined`: there are none. */
export const recordsOf = (value: unknown): ReadonlyArray<Row> | undefined => {
  const plain: unknown = JSON.parse(writeJson(value))
  if (Array.isArray(plain)) return plain.every(isRecord) ? plain : undefined
  if (!isRecord(plain)) return undefined
  const lists = Object.values(plain).filter((member): member is ReadonlyArray<Row> => Array.isArray(member) && member.length > 0 && member.every(isRecord))
  const usual = [plain["data"], plain["items"], plain["results"], plain["value"]]
  const preferred = usual.find((member): member is ReadonlyArray<Row> => Array.isArray(member) && member.every(isRecord))
  if (preferred !== undefined) return preferred
  const data = plain["data"]
  if (isRecord(data)) return recordsOf(data) ?? [data]
  return lists[0] ?? [plain]
}

const cell = (value: unknown): string => {
  if (value === undefined || value === null) return ""
  const text = typeof value === "string" ? value : typeof value === "object" ? nestedText(value) : JSON.stringify(value)
  return printable(text.replace(/\s*[\r\n\t]+\s*/g, " "))
}

/** What is more than a text: its name or id where it has one, else JSON. */
const nestedText = (value: object): string => {
  if (!isRecord(value)) return JSON.stringify(value)
  const name = value["name"] ?? value["id"]
  return typeof name === "string" || typeof name === "number" ? String(name) : JSON.stringify(value)
}

const isNumeric = (value: unknown): boolean => typeof value === "number" || value === undefined || value === null

const clipped = (text: string, width: number): string => text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`

/** Records as aligned columns; those that do not fit the width are left out, and named in the last line. */
export const table = (rows: ReadonlyArray<Row>, width: number | undefined): ReadonlyArray<string> => {
  if (rows.length === 0) return []
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => rows.some((row) => cell(row[name]) !== ""))
  const columns = names.map((name) => {
    const cells = rows.map((row) => clipped(cell(row[name]), widestCell))
    return { name: printable(name), cells, right: rows.every((row) => isNumeric(row[name])), width: Math.max(name.length, ...cells.map((text) => text.length)) }
  })
  const shown: Array<typeof columns[number]> = []
  let left = width ?? defaultWidth
  for (const column of columns) {
    if (shown.length > 0 && column.width + 2 > left) continue
    shown.push(column)
    left -= column.width + 2
  }
  const hidden = columns.filter((column) => !shown.includes(column)).map(({ name }) => name)
  const aligned = (text: string, index: number): string => shown[index]?.right === true ? text.padStart(shown[index].width) : text.padEnd(shown[index]?.width ?? 0)
  const line = (texts: ReadonlyArray<string>): string => texts.map(aligned).join("  ").trimEnd()
  return [
    line(shown.map(({ name }) => name)),
    line(shown.map((column) => "-".repeat(column.width))),
    ...rows.map((_, index) => line(shown.map(({ cells }) => cells[index] ?? ""))),
    ...(hidden.length === 0 ? [] : [`(also ${hidden.join(", ")}: JSON shows them)`])
  ]
}
