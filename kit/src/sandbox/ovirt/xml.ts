/** Between the data of the emulation and its two forms on the wire: XML, and the JSON that the engine writes beside it. */
import { parseXml, XmlCdata, XmlElement, XmlText } from "@rgrove/parse-xml"

/** A value of the emulation. Lists stand under the name of their items, as in `{ vm: [{…}, {…}] }`. */
export type Value = string | number | boolean | Date | Members | ReadonlyArray<Value> | undefined

/** An object of the engine. */
export interface Members {
  readonly [name: string]: Value
}

const isMembers = (value: Value): value is Members => typeof value === "object" && !Array.isArray(value) && !(value instanceof Date)

/** a bare CR would be read as a line feed */
const escape = (text: string): string =>
  text.replace(/[&<>"'\r]/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&apos;", "\r": "&#13;" })[char] ?? char)

/** what the engine writes as attributes; version 3 wrote those of versions so, too */
const ATTRIBUTES: ReadonlySet<string> = new Set(["href", "id", "rel"])
const VERSION_NUMBERS: ReadonlySet<string> = new Set(["major", "minor", "build", "revision"])

const textOf = (value: string | number | boolean | Date): string => value instanceof Date ? value.toISOString() : String(value)

const scalarOf = (value: Value): string => typeof value === "string" || typeof value === "number" ? String(value) : ""

const element = (name: string, value: Value, version: 3 | 4): string => {
  if (value === undefined) return ""
  if (Array.isArray(value)) return value.map((item: Value) => element(name, item, version)).join("")
  // in version 3 a status is an element with a state
  if (!isMembers(value)) {
    const text = escape(textOf(value as string | number | boolean | Date))
    return version === 3 && name === "status" ? `<status><state>${text}</state></status>` : `<${name}>${text}</${name}>`
  }
  const isAttribute = (member: string): boolean => ATTRIBUTES.has(member) || (version === 3 && name === "version" && VERSION_NUMBERS.has(member))
  const entries = Object.entries(value).filter(([, member]) => member !== undefined)
  const attributes = entries.filter(([member]) => isAttribute(member)).map(([member, within]) => ` ${member}="${escape(scalarOf(within))}"`).join("")
  const inner = entries.filter(([member]) => !isAttribute(member)).map(([member, within]) => element(member, within, version)).join("")
  return inner === "" ? `<${name}${attributes}/>` : `<${name}${attributes}>${inner}</${name}>`
}

/** A document. `version` is that of the API which was asked for. */
export const writeXml = (root: string, value: Members, version: 3 | 4): string =>
  `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>${element(root, value, version)}`

/** The engine's JSON: numbers and truth values are texts, moments are milliseconds. */
export const toJson = (value: Value): unknown => {
  if (value instanceof Date) return value.getTime()
  if (typeof value === "number" || typeof value === "boolean") return String(value)
  if (Array.isArray(value)) return value.map((item: Value) => toJson(item))
  return isMembers(value) ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toJson(member)])) : value
}

const childrenOf = (node: XmlElement): ReadonlyArray<XmlElement> => node.children.filter((child) => child instanceof XmlElement)

const read = (node: XmlElement): Value => {
  const children = childrenOf(node)
  const attributes = Object.entries(node.attributes)
  if (children.length === 0 && attributes.length === 0) {
    const text = node.children.map((child) => child instanceof XmlText || child instanceof XmlCdata ? child.text : "").join("")
    return text.trim()
  }
  const out: Record<string, Value> = Object.fromEntries(attributes)
  for (const child of children) {
    const known = out[child.name]
    const value = read(child)
    out[child.name] = known === undefined ? value : Array.isArray(known) ? [...known, value] : [known, value]
  }
  return out
}

/** What a document holds, without its root; `undefined` where it is none. An empty root holds nothing. */
export const readXml = (text: string): Members | undefined => {
  try {
    const { root } = parseXml(text)
    const value = root === null ? undefined : read(root)
    return value === undefined || value === "" ? {} : isMembers(value) ? value : undefined
  } catch {
    return undefined
  }
}
