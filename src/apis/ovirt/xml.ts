/**
 * Between an engine's XML and its JSON, which have the same members: lists stand under the name of their items
 * (`<vms><vm/></vms>` is `{"vm": […]}`), attributes are members, every value is a text. Pure; the root's name is lost.
 *
 * The parser is strict and knows no entities but XML's own five, so that no document can grow or read anything.
 *
 * @see https://www.w3.org/TR/xml/
 */
import { parseXml, XmlCdata, XmlElement, XmlText } from "@rgrove/parse-xml"
import * as Result from "effect/Result"
import { isRecord } from "../../wire/json.ts"

/** `storage_domains` has items `storage_domain`; of what is no plural the name itself. */
export const singular = (name: string): string => {
  if (name.endsWith("ies")) return `${name.slice(0, -3)}y`
  if (/(?:ss|sh|ch|x)es$/.test(name)) return name.slice(0, -2)
  return /[^s]s$/.test(name) && name !== "status" ? name.slice(0, -1) : name
}

/** one item looks like a member; these are lists all the same */
const isItem = (parent: string, child: string): boolean => child === "link" || (singular(parent) === child && parent !== child)

/** no document of an engine comes near it, and everybody's stack is deeper */
const maxDepth = 200

const valueOf = (element: XmlElement, depth: number): unknown => {
  // as the stack itself would end it, but at the same place everywhere
  if (depth > maxDepth) throw new RangeError()
  const children = element.children.filter((child) => child instanceof XmlElement)
  const attributes = Object.entries(element.attributes)
  if (children.length === 0 && attributes.length === 0) {
    return element.children.map((child) => child instanceof XmlText || child instanceof XmlCdata ? child.text : "").join("")
  }
  const members = new Map<string, unknown>(attributes)
  for (const child of children) {
    const value = valueOf(child, depth + 1)
    // nothing is said by an empty element: JSON leaves it out
    if (value === "" && !isItem(element.name, child.name)) continue
    const known = members.get(child.name)
    if (Array.isArray(known)) known.push(value)
    else members.set(child.name, known !== undefined ? [known, value] : isItem(element.name, child.name) ? [value] : value)
  }
  // version 3 has the state of things in an element of its own
  const state = element.name === "status" ? members.get("state") : undefined
  // not by assignment: a member called `__proto__` must stay inert data
  return typeof state === "string" ? state : Object.fromEntries(members)
}

/** The JSON that stands for a document; what is wrong with it where it is none. */
export const fromXml = (text: string): Result.Result<unknown, string> => {
  try {
    const { root } = parseXml(text)
    const value = root === null ? "" : valueOf(root, 0)
    return Result.succeed(value === "" ? {} : value)
  } catch (error) {
    // not the parser's own words, which quote the text
    return Result.fail(error instanceof RangeError ? "the document is nested too deeply" : "the document is not well-formed XML")
  }
}

/** a bare CR is read as a line feed (section 2.11) */
const escaped = (text: string): string =>
  text.replace(/[&<>"'\r]/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&apos;", "\r": "&#13;" })[char] ?? char)

const isName = (text: string): boolean => /^[A-Za-z_][\w.-]*$/.test(text)

const attributes: ReadonlySet<string> = /*#__PURE__*/ new Set(["href", "id", "rel"])

const isScalar = (u: unknown): u is string | number | boolean => typeof u === "string" || typeof u === "number" || typeof u === "boolean"

/** XML 1.0 has no place for these, not even escaped */
const unwritable = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

const element = (name: string, value: unknown): string => {
  if (Array.isArray(value)) return value.map((item) => element(name, item)).join("")
  if (!isRecord(value)) return isScalar(value) ? `<${name}>${escaped(String(value))}</${name}>` : ""
  const entries = Object.entries(value)
  const own = entries.flatMap(([member, text]) => attributes.has(member) && isScalar(text) ? [` ${member}="${escaped(String(text))}"`] : []).join("")
  const inner = entries.map(([member, within]) => attributes.has(member) && isScalar(within) ? "" : element(member, within)).join("")
  return inner === "" ? `<${name}${own}/>` : `<${name}${own}>${inner}</${name}>`
}

/** A document for what JSON would say; what is wrong where XML cannot say it. */
export const toXml = (root: string, value: unknown): Result.Result<string, string> => {
  const problem = !isName(root) ? "the root's name is no name of an element" : isRecord(value) ? problemOf(value, 0) : "expected a record"
  return problem === undefined ? Result.succeed(element(root, value)) : Result.fail(problem)
}

const problemOf = (value: unknown, depth: number): string | undefined => {
  if (typeof value === "string") return unwritable.test(value) ? "XML has no place for control characters and lone surrogates" : undefined
  if (typeof value !== "object" || value === null) return undefined
  if (depth > maxDepth) return "it is nested too deeply"
  for (const [name, member] of Object.entries(value)) {
    if (!Array.isArray(value) && !isName(name)) return "a member's name is no name of an element"
    const problem = problemOf(member, depth + 1)
    if (problem !== undefined) return problem
  }
  return undefined
}
