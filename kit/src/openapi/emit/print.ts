/**
 * Text of TypeScript, laid out.
 */
import type { Docs } from "../model/Shape.ts"
import { isIdentifier } from "../text/words.ts"

/** A text literal. */
export const quoted = (text: string): string => JSON.stringify(text).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029")

/** A member's name; `__proto__` unquoted would set the prototype, and quoted does as well: only computed it is a member. */
export const key = (name: string): string => name === "__proto__" ? "[\"__proto__\"]" : isIdentifier(name) ? name : quoted(name)

/** The same in a type, where `__proto__` is a name as any other. */
export const typeKey = (name: string): string => isIdentifier(name) ? name : quoted(name)

export const indent = (text: string, by = 2): string => text.replace(/\n/g, `\n${" ".repeat(by)}`)

/** `{ a: 1, b: 2 }` on one line where that fits, else one member a line. */
export const object = (members: ReadonlyArray<string>, width = 110): string => {
  if (members.length === 0) return "{}"
  const line = `{ ${members.join(", ")} }`
  return line.length <= width && !line.includes("\n") ? line : `{\n${members.map((member) => `  ${indent(member)}`).join(",\n")}\n}`
}

/** `[a, b]` on one line where that fits. */
export const list = (items: ReadonlyArray<string>, width = 110): string => {
  const line = `[${items.join(", ")}]`
  return line.length <= width && !line.includes("\n") ? line : `[\n${items.map((item) => `  ${indent(item)}`).join(",\n")}\n]`
}

const wrap = (line: string, width: number): ReadonlyArray<string> => {
  if (line.length <= width) return [line]
  const lines: Array<string> = []
  let current = ""
  for (const word of line.split(" ")) {
    if (current !== "" && current.length + 1 + word.length > width) {
      lines.push(current)
      current = word
    } else current = current === "" ? word : `${current} ${word}`
  }
  return [...lines, current]
}

/** Controls of terminals, other ends of lines, and what turns the direction of text around and so hides what it says. */
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/** One line of what a vendor wrote, at most `length` characters. */
export const oneLine = (text: string, length: number): string => Array.from(text.toWellFormed().replace(/\s+/g, " ").replace(unprintable, " ")).slice(0, length).join("").trim()

/** What a vendor wrote, as lines that cannot end a comment. */
export const prose = (text: string | undefined): ReadonlyArray<string> => {
  if (text === undefined) return []
  const lines = text
    .toWellFormed()
    .replace(/\r\n?/g, "\n")
    .replace(unprintable, " ")
    .replaceAll("*/", "*\\/")
    // what a comment tool would take for a tag of its own
    .replace(/(^|\s)@(?=\w)/g, "$1\\@")
    .split("\n")
    .map((line) => line.trimEnd())
  const kept = lines.filter((line, index) => line !== "" || (index > 0 && lines[index - 1] !== ""))
  while (kept[0] === "") kept.shift()
  while (kept.at(-1) === "") kept.pop()
  return kept.flatMap((line) => wrap(line, 140))
}

/** A doc comment; nothing where there is nothing to say. */
export const comment = (given: ReadonlyArray<string>): string => {
  // whatever stands in it, it ends at its own end
  const lines = given.flatMap((line) => line.toWellFormed().replaceAll("*/", "*\\/").split(/[\r\n\u2028\u2029]+/))
  const [only, ...more] = lines
  if (only === undefined) return ""
  if (more.length === 0 && only.length <= 140) return `/** ${only} */\n`
  return `/**\n${lines.map((line) => line === "" ? " *" : ` * ${line}`).join("\n")}\n */\n`
}

const tagged = (tag: string, value: unknown): ReadonlyArray<string> =>
  value === undefined ? [] : prose(JSON.stringify(value)).map((line, index) => index === 0 ? `${tag} ${line}` : line)

/** What is known of a member or model, for hover. */
export const docLines = (docs: Docs): ReadonlyArray<string> => {
  const said = prose(docs.description ?? docs.title)
  const notes = docs.notes.length === 0 ? [] : prose(docs.notes.join("; "))
  const line = said.length === 1 && notes.length === 1 && `${said[0]} (${notes[0]})`.length <= 140 ? [`${said[0]} (${notes[0]})`] : [...said, ...notes.map((note) => `(${note})`)]
  return [
    ...line,
    ...tagged("@default", docs.default),
    ...tagged("@example", docs.example),
    ...(docs.deprecated === true ? ["@deprecated"] : [])
  ]
}
