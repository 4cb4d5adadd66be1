/**
 * YAML texts as plain JSON data, with places: YAML 1.2 core schema (`no` and dates stay texts), merge keys, aliases shared.
 *
 * @see https://yaml.org/spec/1.2.2/#103-core-schema
 */
import * as Result from "effect/Result"
import * as Yaml from "yaml"
import { repeatedKey } from "./json.ts"
import { setMember } from "./pointer.ts"
import { farTooDeep, type Limits, type Mark, maxItems, type Parsed, tooDeep } from "./syntax.ts"

/** Reads a YAML text. Where it holds several documents, the first one. */
export const parseYaml = (text: string, { maxDepth }: Limits): Result.Result<Parsed, Mark> => {
  let document: Yaml.Document.Parsed
  try {
    document = Yaml.parseDocument(text, {
      version: "1.2", schema: "core", resolveKnownTags: false, strict: false, uniqueKeys: false, prettyErrors: false, logLevel: "error"
    })
  } catch (error) {
    return Result.fail({ offset: 0, message: error instanceof RangeError ? farTooDeep : `malformed YAML: ${sentence(error)}` })
  }
  const wrong = document.errors.filter((error) => !tolerated.has(error.code)).sort((a, b) => a.pos[0] - b.pos[0])[0]
  if (wrong !== undefined) {
    return Result.fail({ offset: wrong.pos[0], message: wrong.code === "RESOURCE_EXHAUSTION" ? farTooDeep : `malformed YAML: ${sentence(wrong)}` })
  }
  const problems = [...document.errors, ...document.warnings].map((error): Mark => ({
    offset: error.pos[0],
    message: error.code === "MULTIPLE_DOCS" ? "this file holds several documents: only the first is read" : sentence(error)
  }))
  return Result.map(toData(document, text, maxDepth), ({ resolve, value, problems: more }) => {
    const find = finder(document.contents, resolve, text)
    return {
      value,
      offsetOf: (parts) => find(parts)?.place,
      sourceOf: (parts) => {
        const node = find(parts)?.node
        return Yaml.isScalar(node) ? node.source : undefined
      },
      problems: [...problems, ...more].sort((a, b) => a.offset - b.offset)
    }
  })
}

/** What YAML forbids though its meaning is plain: real documents have it. */
const tolerated: ReadonlySet<Yaml.ErrorCode> = new Set(["MULTIPLE_DOCS", "BAD_DQ_ESCAPE", "BAD_SCALAR_START", "TAG_RESOLVE_FAILED"])

const sentence = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error)
  return message === "" ? "it cannot be read" : message.charAt(0).toLowerCase() + message.slice(1)
}

type Resolve = (alias: Yaml.Alias) => Yaml.Node | undefined

interface Data {
  readonly value: unknown
  readonly problems: ReadonlyArray<Mark>
  readonly resolve: Resolve
}

/** An anchored node; `value` and what it weighs are known once it is complete. */
interface Anchored {
  readonly node: Yaml.Node
  done?: { readonly value: unknown; readonly items: number; readonly height: number }
}

/** Ends a conversion; it never leaves this file. */
class Stop extends Error {
  readonly mark: Mark
  constructor(mark: Mark) {
    super(mark.message)
    this.mark = mark
  }
}

/**
 * Our own conversion instead of the library's: it keeps keys as they are written, shares what aliases refer to instead of counting aliases,
 * so that an honest document may use an anchor a thousand times, and bounds what they would expand to.
 */
const toData = (document: Yaml.Document.Parsed, text: string, maxDepth: number): Result.Result<Data, Mark> => {
  const problems: Array<Mark> = []
  const anchors = new Map<string, Anchored>()
  const targets = new Map<Yaml.Alias, Anchored>()
  let items = 0
  let deepest = 0

  const offset = (node: unknown): number => Yaml.isNode(node) ? node.range?.[0] ?? 0 : 0
  const grow = (by: number, node: unknown): void => {
    items += by
    if (items > maxItems) {
      throw new Stop({ offset: offset(node), message: `the aliases expand this document to more than ${maxItems} items. Write out what they refer to` })
    }
  }
  const descend = (depth: number, node: unknown): void => {
    if (depth > maxDepth) throw new Stop({ offset: offset(node), message: tooDeep(maxDepth) })
    if (depth > deepest) deepest = depth
  }

  const convert = (node: unknown, depth: number): unknown => {
    if (Yaml.isAlias(node)) return follow(node, depth)
    if (!Yaml.isNode(node)) return null
    if (node.anchor === undefined) return plain(node, depth)
    const anchored: Anchored = { node }
    anchors.set(node.anchor, anchored)
    const before = { items, deepest }
    deepest = depth
    const value = plain(node, depth)
    anchored.done = { value, items: items - before.items, height: deepest - depth }
    deepest = Math.max(deepest, before.deepest)
    return value
  }

  const follow = (alias: Yaml.Alias, depth: number): unknown => {
    const anchored = anchors.get(alias.source)
    if (anchored === undefined) {
      const message = `malformed YAML: *${alias.source} has no anchor &${alias.source} before it. If it is meant as a text, put it in quotes`
      throw new Stop({ offset: offset(alias), message })
    }
    if (anchored.done === undefined) throw new Stop({ offset: offset(alias), message: `malformed YAML: *${alias.source} stands inside of what it refers to` })
    targets.set(alias, anchored)
    descend(depth + anchored.done.height, alias)
    grow(anchored.done.items, alias)
    return anchored.done.value
  }

  const plain = (node: Yaml.Node, depth: number): unknown => {
    grow(1, node)
    if (Yaml.isScalar(node)) return scalar(node)
    descend(depth, node)
    if (Yaml.isSeq(node)) return node.items.map((item) => convert(Yaml.isPair(item) ? item.value : item, depth + 1))
    return Yaml.isMap(node) ? map(node, depth) : null
  }

  const scalar = (node: Yaml.Scalar): unknown => {
    const { value } = node
    if (typeof value === "string" || typeof value === "boolean" || value === null) return value
    if (typeof value === "number" && Number.isFinite(value)) return value
    const source = node.source ?? "this"
    problems.push({ offset: offset(node), message: `${source} is no JSON value: it is taken as a text` })
    return source
  }

  const map = (node: Yaml.YAMLMap, depth: number): unknown => {
    const out: Record<string, unknown> = {}
    // keys that only a merge brought: an own key replaces them in silence
    const merged = new Set<string>()
    for (const { key, value } of node.items) {
      if (isMerge(key)) {
        for (const source of mergeSources(convert(value, depth + 1), value)) {
          for (const [name, item] of Object.entries(source)) {
            if (Object.hasOwn(out, name)) continue
            merged.add(name)
            setMember(out, name, item)
          }
        }
        continue
      }
      const name = keyOf(key, depth)
      if (Object.hasOwn(out, name) && !merged.delete(name)) problems.push({ offset: offset(key), message: repeatedKey(name) })
      setMember(out, name, convert(value, depth + 1))
    }
    return out
  }

  const mergeSources = (value: unknown, node: unknown): ReadonlyArray<object> => {
    const sources = (Array.isArray(value) ? value : [value]).filter((source) => typeof source === "object" && source !== null && !Array.isArray(source))
    if (sources.length === 0) problems.push({ offset: offset(node), message: "the merge key << needs an alias of a map: this one is left out" })
    return sources
  }

  const keyOf = (key: unknown, depth: number): string => {
    if (Yaml.isScalar(key)) {
      // an anchor on a key is rare, and may be used like any other
      const value = convert(key, depth)
      return typeof value === "string" ? value : key.source ?? ""
    }
    if (Yaml.isAlias(key)) {
      const value = follow(key, depth)
      return typeof value === "object" && value !== null ? text.slice(...span(key)) : String(value)
    }
    if (!Yaml.isNode(key)) return ""
    // `{id}: …` without quotes is a map as key for YAML, and a text for who wrote it
    convert(key, depth + 1)
    problems.push({ offset: offset(key), message: "a key must be a text: put it in quotes" })
    return text.slice(...span(key))
  }

  try {
    const value = convert(document.contents, 1)
    return Result.succeed({ value, problems, resolve: (alias) => targets.get(alias)?.node })
  } catch (error) {
    if (error instanceof Stop) return Result.fail(error.mark)
    if (error instanceof RangeError) return Result.fail({ offset: 0, message: farTooDeep })
    throw error
  }
}

const span = (node: Yaml.Node): readonly [number, number] => [node.range?.[0] ?? 0, node.range?.[1] ?? 0]

const isMerge = (key: unknown): boolean => Yaml.isScalar(key) && key.value === "<<" && (key.type === undefined || key.type === "PLAIN")

interface Found {
  readonly node: unknown
  readonly place: number
}

/** Walks the tree through aliases and merges; the members of a map that was met are kept by name. */
const finder = (contents: unknown, resolve: Resolve, text: string) => {
  const known = new Map<Yaml.YAMLMap, ReadonlyMap<string, Found>>()
  const target = (node: unknown): unknown => Yaml.isAlias(node) ? resolve(node) : node
  const offset = (node: unknown): number => Yaml.isNode(node) ? node.range?.[0] ?? 0 : 0
  const membersOf = (map: Yaml.YAMLMap): ReadonlyMap<string, Found> => {
    const found = known.get(map)
    if (found !== undefined) return found
    const members = new Map<string, Found>()
    const own = new Map<string, Found>()
    for (const { key, value } of map.items) {
      if (isMerge(key)) {
        const sources = target(value)
        for (const source of Yaml.isSeq(sources) ? sources.items.map(target) : [sources]) {
          if (!Yaml.isMap(source)) continue
          for (const [name, member] of membersOf(source)) if (!members.has(name)) members.set(name, member)
        }
      } else {
        own.set(keyText(key, target, text), { node: target(value), place: offset(key) })
      }
    }
    for (const [name, member] of own) members.set(name, member)
    known.set(map, members)
    return members
  }
  return (parts: ReadonlyArray<string>): Found | undefined => {
    let found: Found | undefined = { node: target(contents), place: offset(contents) }
    for (const part of parts) {
      const node: unknown = found?.node
      if (Yaml.isMap(node)) {
        found = membersOf(node).get(part)
      } else if (Yaml.isSeq(node) && /^\d{1,15}$/.test(part) && Number(part) < node.items.length) {
        const item: unknown = node.items[Number(part)]
        found = { node: target(item), place: offset(item) }
      } else {
        return undefined
      }
    }
    return found
  }
}

/** The name that a key has in the data. */
const keyText = (key: unknown, target: (node: unknown) => unknown, text: string): string => {
  const node = target(key)
  if (Yaml.isScalar(node)) return typeof node.value === "string" ? node.value : node.source ?? ""
  return Yaml.isNode(key) ? text.slice(...span(key)) : ""
}
