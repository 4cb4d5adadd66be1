/**
 * Checks a request against the document, by the document's own parameters, bodies and security.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html#style-values
 * @see https://www.rfc-editor.org/rfc/rfc6570
 */
import type { Judge, Verdict } from "./judge.ts"
import { at, isJsonMedia, isRecord, type Json, list, matchesMedia, type Media, type Operation, type Parameter, record, schemes } from "./spec.ts"

/** A request as a transport gets it. */
export interface Sent {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string | undefined
}

export interface Problem {
  /** what kind, for grouping */
  readonly cause: string
  readonly detail: string
  /** the document leaves no right way */
  readonly contradiction?: boolean
}

const unescaped = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** All primitive types that a schema may want, found through references and alternatives. */
const wantedTypes = (judge: Judge, schema: unknown, seen: Set<unknown> = new Set()): Set<string> => {
  const out = new Set<string>()
  if (!isRecord(schema) || seen.has(schema)) return out
  seen.add(schema)
  const resolved = typeof schema["$ref"] === "string" ? at(judge.document, schema["$ref"]) : undefined
  for (const part of [resolved, ...list(schema["allOf"]), ...list(schema["anyOf"]), ...list(schema["oneOf"])]) for (const type of wantedTypes(judge, part, seen)) out.add(type)
  for (const type of Array.isArray(schema["type"]) ? schema["type"] : [schema["type"]]) if (typeof type === "string") out.add(type)
  if (schema["properties"] !== undefined) out.add("object")
  if (schema["items"] !== undefined) out.add("array")
  return out
}

/** The first schema under a keyword, found through references and alternatives. */
const inside = (judge: Judge, schema: unknown, keyword: string, seen: Set<unknown> = new Set()): ReadonlyArray<unknown> => {
  if (!isRecord(schema) || seen.has(schema)) return []
  seen.add(schema)
  const resolved = typeof schema["$ref"] === "string" ? at(judge.document, schema["$ref"]) : undefined
  return [
    ...(schema[keyword] === undefined ? [] : [schema[keyword]]),
    ...[resolved, ...list(schema["allOf"]), ...list(schema["anyOf"]), ...list(schema["oneOf"])].flatMap((part) => inside(judge, part, keyword, seen))
  ]
}

const propertyOf = (judge: Judge, schema: unknown, name: string): unknown => {
  const found = inside(judge, schema, "properties").map((properties) => record(properties)[name]).filter((property) => property !== undefined)
  return found[0] ?? inside(judge, schema, "additionalProperties").find(isRecord) ?? true
}

/** What a text may mean: the JSON values that a schema could take it for. */
const meanings = (judge: Judge, schema: unknown, text: string): ReadonlyArray<unknown> => {
  const out: Array<unknown> = []
  const types = wantedTypes(judge, schema)
  if ((types.has("integer") || types.has("number") || types.size === 0) && text.trim() !== "" && Number.isFinite(Number(text))) out.push(Number(text))
  if ((types.has("boolean") || types.size === 0) && (text === "true" || text === "false")) out.push(text === "true")
  // a null has no form in a parameter: it is sent as nothing
  if (text === "" || text === "null") out.push(null)
  out.push(text)
  if (types.has("object") || types.has("array")) {
    try {
      out.push(JSON.parse(text))
    } catch {
      // not JSON
    }
  }
  return out
}

/** The meaning that fits its schema best: the first that passes, else the first. */
const meant = (judge: Judge, schema: unknown, text: string): unknown => {
  const candidates = meanings(judge, schema, text)
  return candidates.find((candidate) => judge.check(schema, candidate).ok) ?? candidates[0]
}

const meantObject = (judge: Judge, schema: unknown, pairs: ReadonlyArray<readonly [string, string]>): Json => {
  const out: Record<string, unknown> = {}
  for (const [name, text] of pairs) out[name] = meant(judge, propertyOf(judge, schema, name), text)
  return out
}

const itemOf = (judge: Judge, schema: unknown): unknown => inside(judge, schema, "items")[0] ?? true

const pairUp = (parts: ReadonlyArray<string>): ReadonlyArray<readonly [string, string]> =>
  Array.from({ length: Math.floor(parts.length / 2) }, (_, i) => [parts[2 * i] ?? "", parts[2 * i + 1] ?? ""] as const)

/** Candidates for the value that a raw text stands for in a list-like style. `text` is still percent-encoded where the place encodes. */
const delimited = (judge: Judge, parameter: Parameter, text: string, separators: ReadonlyArray<string>, decode: (text: string) => string): ReadonlyArray<unknown> => {
  const { explode, schema } = parameter
  const types = wantedTypes(judge, schema)
  const out: Array<unknown> = []
  const split = (): ReadonlyArray<string> => {
    let parts: ReadonlyArray<string> = [text]
    for (const separator of separators) parts = parts.flatMap((part) => part.split(separator))
    return parts
  }
  if (types.has("array")) out.push((text === "" ? [] : split()).map((part) => meant(judge, itemOf(judge, schema), decode(part))))
  if (types.has("object")) {
    const pairs = explode ? split().map((part) => part.includes("=") ? [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)] as const : [part, ""] as const) : pairUp(split())
    out.push(meantObject(judge, schema, pairs.filter(([name]) => name !== "").map(([name, value]) => [decode(name), decode(value)] as const)))
  }
  out.push(...meanings(judge, schema, decode(text)))
  return out
}

/** Argus' documents have records where its servers take `192.0.2.0/24`, and OpenAPI has no layout for a list of records. */
const isAddress = (schema: unknown): boolean => /"#\/components\/schemas\/no\.mnemonic\.jargus\.net\.\w+"/.test(JSON.stringify(schema) ?? "")

/** What was given to the call, by place and name; `body` for the body. */
export type Given = ReadonlyMap<string, unknown>

const nothing: Given = new Map()

/** What is absent, null or empty has one form. */
const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || value === "" || (Array.isArray(value) && value.every((item) => item === "" || item === null)) || (isRecord(value) && Object.values(value).every(isNothing))

/** May a server read this for what was given? Texts stand for numbers and booleans. */
const arrives = (given: unknown, read: unknown): boolean => {
  // what has no layout of its own is JSON
  if (typeof given === "object" && given !== null && typeof read === "string" && /^[[{]/.test(read)) {
    try {
      return arrives(given, JSON.parse(read))
    } catch {
      return false
    }
  }
  if (isNothing(given) || isNothing(read)) return isNothing(given) && isNothing(read)
  if (Array.isArray(given)) return Array.isArray(read) ? given.length === read.length && given.every((item, index) => arrives(item, read[index])) : given.length === 1 && arrives(given[0], read)
  if (isRecord(given)) return isRecord(read) && [...new Set([...Object.keys(given), ...Object.keys(read)])].every((key) => arrives(given[key], read[key]))
  return typeof given === typeof read ? given === read : String(given) === String(read)
}

const givenAs = (parameter: Parameter): string => `${parameter.in} ${parameter.in === "header" ? parameter.name.toLowerCase() : parameter.name}`

/** A parameter that was given and is not there. */
const lost = (parameter: Parameter, given: Given): ReadonlyArray<Problem> =>
  isNothing(given.get(givenAs(parameter))) ? [] : [{ cause: `${parameter.in} parameter is not sent though it was given`, detail: parameter.name }]

const settle = (judge: Judge, parameter: Parameter, candidates: ReadonlyArray<unknown>, given: Given): Problem | undefined => {
  const key = givenAs(parameter)
  if (given.has(key) && !candidates.some((candidate) => arrives(given.get(key), candidate))) {
    return { cause: `${parameter.in} parameter arrives as something else`, detail: `${parameter.name}: ${JSON.stringify(given.get(key))?.slice(0, 120)} is read as ${JSON.stringify(candidates[0])?.slice(0, 120)}` }
  }
  if (isAddress(parameter.schema)) return undefined
  let first: Verdict | undefined
  for (const candidate of candidates) {
    const verdict = judge.check(parameter.schema ?? true, candidate)
    if (verdict.ok) return undefined
    if (verdict.overlap) return { cause: "several alternatives of a oneOf fit", detail: `${parameter.in} ${parameter.name}`, contradiction: true }
    first ??= verdict
  }
  return { cause: `${parameter.in} parameter does not fit its schema`, detail: `${parameter.name}: ${JSON.stringify(candidates[0])?.slice(0, 120)} ${first?.ok === false ? first.problem : ""}` }
}

const parsedContent = (judge: Judge, parameter: Parameter, text: string, given: Given): Problem | undefined => {
  if (parameter.mediaType === undefined || !isJsonMedia(parameter.mediaType)) return undefined
  try {
    return settle(judge, parameter, [JSON.parse(text)], given)
  } catch {
    return { cause: `${parameter.in} parameter is not the JSON that its content says`, detail: `${parameter.name}: ${text.slice(0, 80)}` }
  }
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")

/** A template as an expression over a percent-encoded path. */
const expression = (template: string, slashes: boolean): RegExp => {
  const parts = template.split(/(\{[^{}]*\})/)
  const source = parts.map((part) => {
    if (/^\{[^{}]*\}$/.test(part)) return slashes ? "(.*)" : "([^/?#]*)"
    // a literal may stand there as it is or encoded; both are the same path (RFC 3986 section 6.2.2.2)
    return Array.from(part, (character) => {
      const bytes = encodeURIComponent(character)
      const percent = bytes === character && character.length === 1 ? `%${character.charCodeAt(0).toString(16).padStart(2, "0")}` : bytes
      return percent === character ? escape(character) : `(?:${escape(character)}|${percent.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => `%(?:${hex.toUpperCase()}|${hex.toLowerCase()})`)})`
    }).join("")
  }).join("")
  return new RegExp(`^${source}$`)
}

const checkPath = (judge: Judge, operation: Operation, base: string, sent: Sent, given: Given): { readonly problems: ReadonlyArray<Problem>; readonly fixedQuery: string } => {
  // what follows # is never sent, and what follows ? is a query (RFC 3986 section 3)
  const [withoutFragment = ""] = operation.path.split("#")
  const [template = "", fixedQuery = ""] = withoutFragment.split("?")
  const prefix = new URL(base).pathname.replace(/\/$/, "")
  const path = sent.url.pathname
  const names = [...template.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] ?? "")
  const full = `${prefix}${template.startsWith("/") || template === "" ? "" : "/"}${template}`
  const literalPrefix = full.slice(0, prefix.length)
  const tail = full.slice(prefix.length)
  if (!path.startsWith(literalPrefix)) return { problems: [{ cause: "not below the base URL", detail: `${path} is not below ${prefix}` }], fixedQuery }
  const rest = path.slice(literalPrefix.length)
  const matched = expression(tail === "" ? "/" : tail, false).exec(rest === "" ? "/" : rest) ?? expression(tail, true).exec(rest)
  if (matched === null) return { problems: [{ cause: "the path is not the template", detail: `${rest} is not ${tail}` }], fixedQuery }
  // two values side by side cannot be told apart
  if (template.includes("}{")) return { problems: [], fixedQuery }
  const problems: Array<Problem> = []
  names.forEach((name, index) => {
    const parameter = operation.parameters.find((candidate) => candidate.in === "path" && candidate.name === name)
    if (parameter === undefined) return
    let text = matched[index + 1] ?? ""
    let separators = [","]
    if (parameter.style === "label") {
      if (!text.startsWith(".")) return void problems.push({ cause: "path parameter in another style", detail: `${name}: ${text} is no label` })
      text = text.slice(1)
      if (parameter.explode) separators = ["."]
    } else if (parameter.style === "matrix") {
      if (!text.startsWith(";")) return void problems.push({ cause: "path parameter in another style", detail: `${name}: ${text} is no matrix` })
      text = text.slice(1)
      const exploded = parameter.explode && (wantedTypes(judge, parameter.schema).has("object"))
      if (parameter.explode) {
        separators = [";"]
        if (!exploded) text = text.split(";").map((part) => part.startsWith(`${name}=`) ? part.slice(name.length + 1) : part).join(";")
      } else if (text.startsWith(`${name}=`)) text = text.slice(name.length + 1)
      else if (text === name) text = ""
    }
    // 2.0 knows more separators
    if (parameter.style === "pipeDelimited") separators = ["|", "%7C"]
    if (parameter.style === "spaceDelimited") separators = ["%20"]
    const problem = parameter.mediaType !== undefined ? parsedContent(judge, parameter, unescaped(text), given) : settle(judge, parameter, delimited(judge, parameter, text, separators, unescaped), given)
    if (problem !== undefined) problems.push(problem)
  })
  return { problems, fixedQuery }
}

const plus = (text: string): string => unescaped(text.replaceAll("+", " "))

const queryPairs = (search: string): Array<{ readonly name: string; readonly raw: string; used: boolean }> =>
  search.replace(/^\?/, "").split("&").filter((pair) => pair !== "").map((pair) => {
    const end = pair.indexOf("=")
    return { name: plus(end < 0 ? pair : pair.slice(0, end)), raw: end < 0 ? "" : pair.slice(end + 1), used: false }
  })

const separatorsOf: Readonly<Record<string, ReadonlyArray<string>>> = {
  spaceDelimited: ["%20", "+"],
  pipeDelimited: ["|", "%7C", "%7c"],
  tabDelimited: ["%09"]
}

const checkQuery = (judge: Judge, operation: Operation, sent: Sent, fixedQuery: string, given: Given): ReadonlyArray<Problem> => {
  const problems: Array<Problem> = []
  const clashing = clashes(judge, operation)
  const pairs = queryPairs(sent.url.search)
  for (const fixed of queryPairs(fixedQuery)) {
    const found = pairs.find((pair) => pair.name === fixed.name && (/^\{.*\}$/.test(fixed.raw) || plus(pair.raw) === plus(fixed.raw)))
    if (found === undefined) problems.push({ cause: "the query of the path is not sent", detail: fixed.name })
    else found.used = true
  }
  const take = (name: string) => pairs.filter((pair) => pair.name === name).map((pair) => {
    pair.used = true
    return pair.raw
  })
  const parameters = operation.parameters.filter((parameter) => parameter.in === "query")
  // what spreads over several names comes last, and takes what no other has
  const spreads = (parameter: Parameter) => parameter.mediaType === undefined && parameter.explode && parameter.style === "form" && wantedTypes(judge, parameter.schema).has("object")
  for (const parameter of [...parameters.filter((candidate) => !spreads(candidate)), ...parameters.filter(spreads)]) {
    const { name, schema, style } = parameter
    const types = wantedTypes(judge, schema)
    let candidates: ReadonlyArray<unknown> | undefined
    let values = take(name)
    // some documents put the brackets of repeated names into the name, some do not
    if (values.length === 0 && types.has("array") && !name.endsWith("[]")) values = take(`${name}[]`)
    if (parameter.mediaType !== undefined) {
      if (values.length > 0) {
        const problem = parsedContent(judge, parameter, plus(values[0] ?? ""), given)
        if (problem !== undefined) problems.push(problem)
        continue
      }
    } else if (style === "deepObject") {
      const members: Array<readonly [string, string]> = []
      for (const pair of pairs) {
        if (!pair.name.startsWith(`${name}[`) || !pair.name.endsWith("]")) continue
        pair.used = true
        members.push([pair.name.slice(name.length + 1, -1), plus(pair.raw)])
      }
      if (members.length > 0) candidates = [nested(judge, schema, members)]
      else if (values.length > 0) candidates = values.flatMap((value) => meanings(judge, schema, plus(value)))
    } else if (spreads(parameter) && values.length === 0) {
      const known = new Set(inside(judge, schema, "properties").flatMap((properties) => Object.keys(record(properties))))
      const open = !inside(judge, schema, "additionalProperties").includes(false)
      const ofOthers = new Set(parameters.filter((other) => other !== parameter).flatMap((other) =>
        spreads(other) ? inside(judge, other.schema, "properties").flatMap((properties) => Object.keys(record(properties))) : [other.name]))
      const members = pairs.filter((pair) => !pair.used && (known.has(pair.name) || open && !ofOthers.has(pair.name)))
      members.forEach((pair) => { pair.used = true })
      if (members.length > 0) candidates = [grouped(judge, schema, members.map((pair) => [pair.name, plus(pair.raw)] as const))]
    } else if (values.length > 0) {
      const spread = (): ReadonlyArray<unknown> => values.map((value) => meant(judge, itemOf(judge, schema), plus(value)))
      candidates = parameter.explode && types.has("array")
        ? [spread(), ...(values.length === 1 ? meanings(judge, schema, plus(values[0] ?? "")) : [])]
        : values.length > 1
        ? [undefined]
        : delimited(judge, parameter, values[0] ?? "", separatorsOf[style] ?? [","], plus)
      if (candidates[0] === undefined) {
        problems.push({ cause: "query parameter repeated though its style joins", detail: name, contradiction: clashing.has(name) })
        continue
      }
    }
    if (candidates === undefined) {
      // an empty list or record has no pairs at all
      const emptyFits = (types.has("array") && judge.check(schema ?? true, []).ok) || (types.has("object") && judge.check(schema ?? true, {}).ok)
      if (parameter.required && !emptyFits) problems.push({ cause: "required query parameter is not sent", detail: name, contradiction: clashing.has(name) })
      else problems.push(...lost(parameter, given).map((problem) => ({ ...problem, contradiction: clashing.has(name) })))
      continue
    }
    const problem = settle(judge, parameter, candidates, given)
    if (problem !== undefined) problems.push(clashing.has(name) ? { ...problem, contradiction: true } : problem)
  }
  for (const pair of pairs) {
    if (pair.used || credentialNames(operation, "query").has(pair.name)) continue
    problems.push({ cause: "query parameter that is not declared", detail: pair.name })
  }
  return problems
}

/** Parameters that spread their members over the query, where another parameter has a name of theirs: nobody can tell whose a pair is. */
const clashes = (judge: Judge, operation: Operation): ReadonlySet<string> => {
  const owners = new Map<string, Array<string>>()
  for (const { explode, in: place, mediaType, name, schema, style } of operation.parameters) {
    if (place !== "query") continue
    const spread = mediaType === undefined && explode && style === "form" && wantedTypes(judge, schema).has("object")
    const used = spread ? inside(judge, schema, "properties").flatMap((properties) => Object.keys(record(properties))) : [name]
    for (const key of new Set(used)) owners.set(key, [...owners.get(key) ?? [], name])
  }
  return new Set([...owners.values()].filter((names) => names.length > 1).flat())
}

/** `name[a]=1&name[a]=2` is a list. */
const grouped = (judge: Judge, schema: unknown, members: ReadonlyArray<readonly [string, string]>): Json => {
  const out: Record<string, unknown> = {}
  for (const name of new Set(members.map(([key]) => key))) {
    const property = propertyOf(judge, schema, name)
    const texts = members.filter(([key]) => key === name).map(([, text]) => text)
    out[name] = texts.length > 1 || wantedTypes(judge, property).has("array")
      ? texts.map((text) => meant(judge, itemOf(judge, property), text))
      : meant(judge, property, texts[0] ?? "")
  }
  return out
}

/** `name[a][b]=1`: deeper than the specification defines, as many servers read it. */
const nested = (judge: Judge, schema: unknown, members: ReadonlyArray<readonly [string, string]>): Json => {
  const heads = new Map<string, Array<readonly [string, string]>>()
  const flat: Array<readonly [string, string]> = []
  for (const [path, text] of members) {
    const end = path.indexOf("][")
    if (end < 0) flat.push([path, text])
    else {
      const head = path.slice(0, end)
      heads.set(head, [...heads.get(head) ?? [], [path.slice(end + 2), text]])
    }
  }
  return {
    ...grouped(judge, schema, flat),
    ...Object.fromEntries([...heads].map(([head, inner]) => {
      const property = propertyOf(judge, schema, head)
      const indexed = inner.every(([key]) => /^\d*$/.test(key))
      return [head, indexed ? inner.map(([, text]) => meant(judge, itemOf(judge, property), text)) : nested(judge, property, inner)]
    }))
  }
}

const credentialNames = (operation: Operation, place: string): ReadonlySet<string> =>
  new Set([...schemes(operation.document).values()].filter((scheme) => scheme["type"] === "apiKey" && scheme["in"] === place).map((scheme) => String(scheme["name"])))

const checkHeaders = (judge: Judge, operation: Operation, sent: Sent, given: Given): ReadonlyArray<Problem> => {
  const problems: Array<Problem> = []
  const cookies = new Map((sent.headers["cookie"] ?? "").split(/;\s*/).filter((pair) => pair !== "").map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)] as const))
  for (const parameter of operation.parameters) {
    if (parameter.in !== "header" && parameter.in !== "cookie") continue
    const { name, schema } = parameter
    const types = wantedTypes(judge, schema)
    const text = parameter.in === "header" ? sent.headers[name.toLowerCase()] : cookies.get(name)
    if (text === undefined) {
      const emptyFits = (types.has("array") && judge.check(schema ?? true, []).ok) || (types.has("object") && judge.check(schema ?? true, {}).ok)
      const members = parameter.in === "cookie" && parameter.explode && types.has("object") && [...cookies.keys()].some((key) => propertyOf(judge, schema, key) !== true)
      // a header that authentication or the body's own type sets is not a parameter of the call
      if (parameter.required && !emptyFits && !members) problems.push({ cause: `required ${parameter.in} parameter is not sent`, detail: name })
      else if (!members) problems.push(...lost(parameter, given))
      continue
    }
    const decode = parameter.in === "cookie" ? unescaped : (value: string) => value
    // a credential of the session's comes before a parameter of the same name
    const of = [...credentialNames(operation, parameter.in)].some((credential) => credential.toLowerCase() === name.toLowerCase()) ? nothing : given
    const problem = parameter.mediaType !== undefined
      ? parsedContent(judge, parameter, decode(text), of)
      : settle(judge, parameter, [...delimited(judge, parameter, text, [","], decode), ...(parameter.in === "header" ? delimited(judge, parameter, text, [", "], decode) : [])], of)
    if (problem !== undefined) problems.push(problem)
  }
  return problems
}

const textOf = (body: Uint8Array | string): string => typeof body === "string" ? body : new TextDecoder().decode(body)

interface Part {
  readonly name: string
  readonly fileName: string | undefined
  readonly mediaType: string | undefined
  readonly content: string
}

/** The parts of a multipart body, read as RFC 2046 section 5.1 says. */
const partsOf = (contentType: string, body: Uint8Array | string): ReadonlyArray<Part> | undefined => {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1]
  if (boundary === undefined) return undefined
  // one character a byte: files need not be text
  const text = typeof body === "string" ? Buffer.from(body).toString("latin1") : Buffer.from(body).toString("latin1")
  const chunks = `\r\n${text}`.split(`\r\n--${boundary}`)
  if (chunks.length < 2 || !chunks.at(-1)?.startsWith("--")) return undefined
  return chunks.slice(1, -1).map((chunk) => {
    const end = chunk.indexOf("\r\n\r\n")
    const head = Buffer.from(chunk.slice(0, end), "latin1").toString("utf8")
    return {
      name: /[;\s]name="([^"]*)"/i.exec(head)?.[1]?.replaceAll("%22", "\"") ?? "",
      fileName: /filename="([^"]*)"/i.exec(head)?.[1],
      mediaType: /^content-type:\s*(.*)$/im.exec(head)?.[1]?.trim(),
      content: Buffer.from(chunk.slice(end + 4), "latin1").toString("utf8")
    }
  })
}

/** Names and texts of a form, put together by the encoding of each property. */
const formValue = (judge: Judge, media: Media, pairs: ReadonlyArray<readonly [string, string]>): Json => {
  const out: Record<string, unknown> = {}
  const deep = new Map<string, Array<readonly [string, string]>>()
  const texts = new Map<string, Array<string>>()
  for (const [name, text] of pairs) {
    const open = name.indexOf("[")
    const head = open > 0 && name.endsWith("]") ? name.slice(0, open) : undefined
    // brackets may be part of the property's own name
    if (head !== undefined && propertyOf(judge, media.schema, name) === true) deep.set(head, [...deep.get(head) ?? [], [name.slice(open + 1, -1), text]])
    else texts.set(name, [...texts.get(name) ?? [], text])
  }
  for (const [name, values] of texts) {
    const property = propertyOf(judge, media.schema, name)
    const encoding = record(media.encoding[name])
    const types = wantedTypes(judge, property)
    const [first = ""] = values
    if (!types.has("array")) out[name] = meant(judge, property, first)
    else if (values.length > 1) out[name] = values.map((value) => meant(judge, itemOf(judge, property), value))
    else {
      const parts = encoding["explode"] === false ? first.split(encoding["style"] === "spaceDelimited" ? " " : encoding["style"] === "pipeDelimited" ? "|" : ",") : [first]
      const candidates: ReadonlyArray<unknown> = [parts.map((part) => meant(judge, itemOf(judge, property), part)), ...meanings(judge, property, first)]
      out[name] = candidates.find((candidate) => judge.check(property, candidate).ok) ?? candidates[0]
    }
  }
  // an empty list has no form
  for (const required of inside(judge, media.schema, "required").flatMap(list)) {
    if (typeof required === "string" && !Object.hasOwn(out, required) && !deep.has(required) && wantedTypes(judge, propertyOf(judge, media.schema, required)).has("array")) out[required] = []
  }
  for (const [head, members] of deep) {
    const property = propertyOf(judge, media.schema, head)
    out[head] = members.every(([key]) => /^\d*$/.test(key)) ? members.map(([, text]) => meant(judge, itemOf(judge, property), text)) : nested(judge, property, members)
  }
  return out
}

const verdictOn = (judge: Judge, media: Media, value: unknown, given: Given): ReadonlyArray<Problem> => {
  if (given.has("body") && !arrives(JSON.parse(JSON.stringify(given.get("body")) ?? "null"), value)) {
    return [{ cause: `${media.type} body arrives as something else`, detail: `${JSON.stringify(given.get("body"))?.slice(0, 200)} is read as ${JSON.stringify(value)?.slice(0, 200)}` }]
  }
  const verdict = judge.check(media.schema ?? true, value)
  if (verdict.ok) return []
  return verdict.overlap
    ? [{ cause: "several alternatives of a oneOf fit", detail: "body", contradiction: true }]
    : [{ cause: `${media.type} body does not fit its schema`, detail: `${verdict.problem} in ${JSON.stringify(value)?.slice(0, 300)}`, contradiction: verdict.hopeless }]
}

const checkBody = (judge: Judge, operation: Operation, sent: Sent, given: Given): ReadonlyArray<Problem> => {
  const { body } = operation
  const contentType = sent.headers["content-type"]
  if (body === undefined) return sent.body === undefined || sent.body.length === 0 ? [] : [{ cause: "a body though none is declared", detail: contentType ?? "" }]
  if (body.media.length > 0 && body.media.every((candidate) => !/^(\*|[^\s/]+\/[^\s/;]+(\s*;.*)?)$/.test(candidate.type))) {
    return [{ cause: "a body without any media type", detail: body.media.map((candidate) => candidate.type).join(", "), contradiction: true }]
  }
  if (sent.body === undefined || (sent.body.length === 0 && contentType === undefined)) return body.required ? [{ cause: "the required body is not sent", detail: "" }] : []
  if (body.media.length === 0) return []
  if (contentType === undefined) return [{ cause: "a body without content-type", detail: "" }]
  const media = body.media.find((candidate) => candidate.type.toLowerCase() === contentType.toLowerCase()) ?? body.media.find((candidate) => matchesMedia(candidate.type, contentType))
  if (media === undefined) return [{ cause: "content-type that is not declared", detail: `${contentType}: ${body.media.map((candidate) => candidate.type).join(", ")}` }]
  const type = contentType.toLowerCase()
  const wanted = wantedTypes(judge, media.schema)
  const isRecordless = wanted.size > 0 && !wanted.has("object")
  if (type.startsWith("application/x-www-form-urlencoded")) {
    if (isRecordless) return wanted.has("string") ? verdictOn(judge, media, textOf(sent.body), given) : [{ cause: "a form whose schema is no record", detail: "", contradiction: true }]
    return verdictOn(judge, media, formValue(judge, media, queryPairs(textOf(sent.body)).map((pair) => [pair.name, plus(pair.raw)] as const)), given)
  }
  if (type.startsWith("multipart/")) {
    if (isRecordless) return [{ cause: "a form whose schema is no record", detail: "", contradiction: true }]
    const parts = partsOf(contentType, sent.body)
    if (parts === undefined) return [{ cause: "the multipart body cannot be read", detail: contentType }]
    if (!type.startsWith("multipart/form-data")) return []
    return verdictOn(judge, media, formValue(judge, media, parts.map((part) => [part.name, part.content] as const)), given)
  }
  if (isJsonMedia(contentType) && isJsonMedia(media.type) || (isJsonMedia(contentType) && media.type.includes("*"))) {
    let value: unknown
    try {
      value = JSON.parse(textOf(sent.body))
    } catch {
      return [{ cause: "the body is not JSON", detail: textOf(sent.body).slice(0, 80) }]
    }
    return verdictOn(judge, media, value, given)
  }
  return []
}

/** One alternative of the operation's security is there, whole; nothing where nothing is asked for. */
const checkSecurity = (operation: Operation, sent: Sent): ReadonlyArray<Problem> => {
  const { security } = operation
  if (security === undefined || security.length === 0) return []
  const known = schemes(operation.document)
  const query = new URLSearchParams(sent.url.search)
  const has = (name: string): boolean => {
    const scheme = known.get(name)
    // a scheme that the document does not describe cannot be met
    if (scheme === undefined) return true
    switch (scheme["type"]) {
      case "apiKey": {
        const key = String(scheme["name"])
        return scheme["in"] === "query" ? query.has(key) : scheme["in"] === "cookie" ? (sent.headers["cookie"] ?? "").includes(`${key}=`) : sent.headers[key.toLowerCase()] !== undefined
      }
      case "basic":
        return sent.headers["authorization"]?.startsWith("Basic ") === true
      case "http":
        return sent.headers["authorization"]?.toLowerCase().startsWith(`${String(scheme["scheme"]).toLowerCase()} `) === true
      case "oauth2":
      case "openIdConnect":
        return sent.headers["authorization"]?.startsWith("Bearer ") === true
      default:
        return true
    }
  }
  return security.some((alternative) => Object.keys(alternative).every(has)) ? [] : [{ cause: "no alternative of the security is met", detail: JSON.stringify(security).slice(0, 120) }]
}

/** All that is wrong with a request. `base` is the absolute base URL that was to be used, `given` what the call was given. */
export const checkRequest = (judge: Judge, operation: Operation, base: string, sent: Sent, given: Given = nothing): ReadonlyArray<Problem> => {
  const { fixedQuery, problems } = checkPath(judge, operation, base, sent, given)
  return [
    ...(sent.method === operation.method ? [] : [{ cause: "another method", detail: sent.method }]),
    ...problems,
    ...checkQuery(judge, operation, sent, fixedQuery, given),
    ...checkHeaders(judge, operation, sent, given),
    ...checkBody(judge, operation, sent, given),
    ...checkSecurity(operation, sent)
  ]
}
