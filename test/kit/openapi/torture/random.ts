/** Documents that chance has been at. */
import * as fc from "fast-check"

export type Json = null | boolean | number | string | Array<Json> | { [name: string]: Json }

/** What ends a text, a comment, a template or a path, or is no name, for somebody. */
export const hostileTexts: ReadonlyArray<string> = [
  "__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "../../x", "..\\..\\x", "/etc/passwd", "C:\\x", "con", "a/b", "*/",
  "*/ pwned() /*", "/* pwned", "// pwned()", "`", "`${pwned()}`", "${pwned()}", "\"; pwned(); \"", "'; pwned(); '", "\\", "\\\"; pwned() //", "\n",
  "\r\npwned()\n", "a\nb", "\u2028pwned()", "\u2029", "\u0000", "\u001b[31m", "🎉", "👩‍👩‍👧‍👦", "\u202egnp.exe", "مرحبا", "日本語", "ⅷ", "ǅ",
  "é".normalize("NFD"), "ß", "İ", "\ud800", "\udfff x", "", " ", "  a  ", "1", "1st", "-", "_", "$", "$&", "$1", "$$", "class", "default", "await",
  "undefined", "null", "true", "Schema", "Open", "Endpoint", "Session", "Array", "Object", "a".repeat(400), "A B C", "get", "</script>", "```", "<!--",
  "@deprecated", "{", "}", "{}", "{id}", "{a{b}}", "#", "#/", "#/components/schemas/Thing", "?", "*", "x-y", "application/json", "text/event-stream",
  "200", "2XX", "default", "default ", "string", "object", "array", "null", "integer", "2026-01-31", "https://example.com/{x}", "file:///etc/passwd",
  "data:,x"
]

const text = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...hostileTexts) }, { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) })

/** Keywords that mean something to who reads a document. */
const keywords = [
  "type", "format", "enum", "const", "nullable", "x-nullable", "allOf", "oneOf", "anyOf", "not", "properties", "additionalProperties",
  "patternProperties", "required", "items", "prefixItems", "discriminator", "propertyName", "mapping", "readOnly", "writeOnly", "default", "minimum",
  "maximum", "multipleOf", "minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "minProperties", "$ref", "$id", "$anchor",
  "$defs", "$dynamicRef", "title", "description", "deprecated", "example", "parameters", "in", "name", "schema", "content", "style", "explode",
  "allowReserved", "requestBody", "responses", "headers", "operationId", "tags", "summary", "security", "servers", "url", "variables", "get", "post",
  "patch", "head", "trace", "components", "schemas", "definitions", "securitySchemes", "paths", "info", "openapi", "swagger", "host", "basePath",
  "schemes", "consumes", "produces", "collectionFormat", "encoding", "itemSchema", "callbacks", "webhooks"
]

const scalar: fc.Arbitrary<Json> = fc.oneof(
  text,
  fc.constantFrom<Json>(null, true, false, 0, -0, 1, -1, 1.5, 1e21, Infinity, 2 ** 53 + 2, Number.MIN_VALUE, 200),
  fc.constantFrom<Json>("string", "integer", "object", "array", "number", "boolean", "null", "date-time", "int64", "byte", "binary"),
  fc.double({ noNaN: true })
)

/** Any JSON, mostly of words that mean something. */
export const json: fc.Arbitrary<Json> = fc.letrec<{ readonly value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalar,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...keywords) }, { weight: 1, arbitrary: text }), tie("value"), { maxKeys: 4, noNullPrototype: true })
  )
})).value

type Path = ReadonlyArray<string | number>

const isRecord = (value: Json | undefined): value is { [name: string]: Json } => typeof value === "object" && value !== null && !Array.isArray(value)

/** All places of a value. */
const placesOf = (value: Json, path: Path = [], out: Array<Path> = []): ReadonlyArray<Path> => {
  out.push(path)
  if (Array.isArray(value)) value.forEach((item, index) => placesOf(item, [...path, index], out))
  else if (isRecord(value)) for (const name of Object.keys(value)) placesOf(value[name] ?? null, [...path, name], out)
  return out
}

const at = (value: Json, path: Path): Json => path.reduce<Json>((here, part) => Array.isArray(here) ? here[Number(part)] ?? null : isRecord(here) && Object.hasOwn(here, String(part)) ? here[String(part)] ?? null : null, value)

const setOwn = (record: { [name: string]: Json }, name: string, value: Json): void => {
  Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true })
}

/** The same with another value in one place; `undefined`: with none. */
const put = (value: Json, path: Path, make: (old: Json) => Json | undefined, rename?: string): Json => {
  const [head, ...tail] = path
  if (head === undefined) return make(value) ?? null
  if (Array.isArray(value)) {
    const items = [...value]
    const index = Number(head)
    const made = tail.length === 0 ? make(items[index] ?? null) : put(items[index] ?? null, tail, make, rename)
    if (made === undefined) items.splice(index, 1)
    else items[index] = made
    return items
  }
  if (!isRecord(value)) return value
  const out: { [name: string]: Json } = {}
  for (const name of Object.keys(value)) {
    if (name !== head) {
      setOwn(out, name, value[name] ?? null)
      continue
    }
    const made = tail.length === 0 ? make(value[name] ?? null) : put(value[name] ?? null, tail, make, rename)
    if (made !== undefined) setOwn(out, tail.length === 0 && rename !== undefined ? rename : name, made)
  }
  return out
}

const pointer = (path: Path): string => `#${path.map((part) => `/${encodeURIComponent(String(part).replaceAll("~", "~0").replaceAll("/", "~1").toWellFormed())}`).join("")}`

/** One change, as numbers and values from which it is made, so that it shrinks. */
const change = fc.record({
  where: fc.nat(),
  from: fc.nat(),
  kind: fc.constantFrom("delete", "replace", "copy", "rename", "add", "wrap", "refer", "text", "swap", "graft"),
  value: json,
  text,
  keyword: fc.constantFrom(...keywords)
})

type Change = typeof change extends fc.Arbitrary<infer A> ? A : never

const apply = (documents: ReadonlyArray<Json>) => (document: Json, { from, keyword, kind, text: words, value, where }: Change): Json => {
  const places = placesOf(document)
  const path = places[where % places.length] ?? []
  const other = places[from % places.length] ?? []
  switch (kind) {
    case "delete":
      return path.length === 0 ? document : put(document, path, () => undefined)
    case "replace":
      return path.length === 0 ? document : put(document, path, () => value)
    case "copy":
      return path.length === 0 ? document : put(document, path, () => structuredClone(at(document, other)))
    case "rename":
      return put(document, path, (old) => old, words)
    case "add":
      return put(document, path, (old) => {
        if (Array.isArray(old)) return [...old, value]
        if (!isRecord(old)) return value
        const out = { ...old }
        setOwn(out, from % 2 === 0 ? keyword : words, value)
        return out
      })
    case "wrap":
      return path.length === 0 ? document : put(document, path, (old) => from % 2 === 0 ? [old] : { [keyword]: old })
    case "refer":
      return path.length === 0 ? document : put(document, path, () => ({ $ref: pointer(other) }))
    case "text":
      return path.length === 0 ? document : put(document, path, (old) => typeof old === "string" ? words : old)
    case "graft": {
      const donor = documents[from % documents.length] ?? null
      const parts = placesOf(donor)
      return path.length === 0 ? document : put(document, path, () => structuredClone(at(donor, parts[where % parts.length] ?? [])))
    }
    case "swap":
      return path.length === 0 || other.length === 0 ? document : put(put(document, path, () => structuredClone(at(document, other))), other, () => structuredClone(at(document, path)))
  }
}

/** One of some documents, after some changes. */
export const changed = (documents: ReadonlyArray<Json>, most = 6): fc.Arbitrary<Json> =>
  fc.tuple(fc.constantFrom(...documents), fc.array(change, { minLength: 1, maxLength: most, size: "max" })).map(([document, changes]) => changes.reduce(apply(documents), document))
