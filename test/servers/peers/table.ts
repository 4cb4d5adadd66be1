/** The table of the documentation: written from a run, and read again to hold it against the next one. */
import type { Judged, Verdict } from "./outcome.ts"
import type { Group } from "./scenarios.ts"

export interface Column {
  readonly name: string
  /** by group and row */
  readonly cells: ReadonlyMap<string, string>
  readonly verdicts: ReadonlyMap<string, Verdict>
}

export const keyOf = (group: string, row: string): string => `${group} / ${row}`

/** A verdict as it stands in the table. */
export const cellOf = ({ verdict, why }: Judged): string =>
  verdict === "cannot" ? `no: ${why}` : verdict === "vague" ? `unclear: ${why}` : verdict

const begin = "<!-- rows: begin -->"
const end = "<!-- rows: end -->"

const count = (column: Column, ...verdicts: ReadonlyArray<Verdict>): number =>
  Array.from(column.verdicts.values()).filter((verdict) => verdicts.includes(verdict)).length

/** Lines of totals, one a column. */
export const totals = (columns: ReadonlyArray<Column>): ReadonlyArray<string> =>
  columns.map((column) =>
    `${column.name}: ${count(column, "ok", "refused")} of ${column.verdicts.size} as wanted (${count(column, "ok")} ok, ${count(column, "refused")} refused), `
    + `${count(column, "vague")} unclear, ${count(column, "cannot")} not`
  )

const line = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

export const render = (groups: ReadonlyArray<Group>, columns: ReadonlyArray<Column>): string => [
  begin,
  "",
  ...groups.flatMap(({ name, rows }) => [
    line([name, ...columns.map((column) => column.name)]),
    line(["---", ...columns.map(() => "---")]),
    ...rows.map((row) => line([row.name, ...columns.map((column) => column.cells.get(keyOf(name, row.name)) ?? "not run")])),
    ""
  ]),
  ...totals(columns).map((text) => `- ${text}`),
  "",
  end
].join("\n")

/** Puts it into a document that has a place for it. */
export const replace = (document: string, table: string): string =>
  `${document.slice(0, document.indexOf(begin))}${table}${document.slice(document.indexOf(end) + end.length)}`

/** Cells of a document, by the column's name and the row's key. */
export const recorded = (document: string): ReadonlyMap<string, ReadonlyMap<string, string>> => {
  const out = new Map<string, Map<string, string>>()
  let group = ""
  let names: ReadonlyArray<string> = []
  let before: ReadonlyArray<string> = []
  for (const text of document.slice(document.indexOf(begin), document.indexOf(end)).split("\n")) {
    const cells = text.startsWith("|") ? text.slice(1, -1).split("|").map((cell) => cell.trim()) : []
    if (cells[0] === "---") {
      [group = "", ...names] = before
    } else if (names.length > 0 && cells.length === names.length + 1 && text.startsWith("|")) {
      for (const [i, name] of names.entries()) {
        const column = out.get(name) ?? new Map<string, string>()
        out.set(name, column.set(keyOf(group, cells[0] ?? ""), cells[i + 1] ?? ""))
      }
    }
    // a heading is known by the line below it; it is also read as a row of the group above, which nobody looks up
    before = cells
  }
  return out
}
