/**
 * Examples of schemas, by seed: the same seed gives the same value. They are small, and end where schemas refer to themselves.
 */
import * as Arbitrary from "effect/Arbitrary"
import * as Exit from "effect/Exit"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import { encode } from "../values/decode.ts"
import { setMember } from "../values/json.ts"
import type { AnyCodec } from "../values/wireAst.ts"
import { below, derived } from "./random.ts"

/** How rich an example is. */
interface Manner {
  /** members that may be left out are there down to this depth */
  readonly optional: number
  /** lists have items down to this depth */
  readonly items: number
}

/** The richest first: one that cannot be made, or does not encode, is followed by a plainer one. */
const manners: ReadonlyArray<Manner> = [{ optional: 5, items: 4 }, { optional: 2, items: 2 }, { optional: 0, items: 1 }, { optional: 0, items: 0 }]

/** Nodes of one example; what comes after them is as small as it can be. */
const maxNodes = 600
/** Below this depth only a schema that refers to itself without an end can be. */
const maxDepth = 64

class NoExample extends Error {}

interface State {
  readonly manner: Manner
  readonly seed: number
  readonly depth: number
  /** how often each schema that refers to itself has been entered on the way here */
  readonly entered: ReadonlyMap<unknown, number>
  readonly budget: { left: number }
}

/**
 * An example of a schema's decoded side that encodes; `undefined`: none could be made.
 *
 * @example
 * ```ts
 * exampleOf(Pet, 1) // { id: 42, name: "amber", state: "open" }
 * ```
 */
export const exampleOf = (schema: AnyCodec, seed: number): { readonly value: unknown; readonly encoded: unknown } | undefined => {
  const type = SchemaAST.toType(schema.ast)
  for (const [round, manner] of manners.entries()) {
    // a check over the whole, such as one on how many members there are, may want other luck
    for (let attempt = 0; attempt < (round === 0 ? 2 : 1); attempt++) {
      const found = tried(() => fill(type, { manner, seed: derived(seed, attempt), depth: 0, entered: new Map(), budget: { left: maxNodes } }))
      const encoded = found === undefined ? undefined : encode(schema, found.value)
      if (found !== undefined && encoded !== undefined) return { value: found.value, encoded: encoded.value }
    }
  }
  const found = tried(() => sample(type, seed))
  const encoded = found === undefined ? undefined : encode(schema, found.value)
  return found === undefined || encoded === undefined ? undefined : { value: found.value, encoded: encoded.value }
}

const tried = (make: () => unknown): { readonly value: unknown } | undefined => {
  try {
    return { value: make() }
  } catch (error) {
    if (error instanceof NoExample || error instanceof RangeError) return undefined
    throw error
  }
}

const within = (state: State, part: number): State => ({ ...state, seed: derived(state.seed, part), depth: state.depth + 1 })

const fill = (ast: SchemaAST.AST, state: State): unknown => {
  if (state.depth > maxDepth) throw new NoExample()
  state.budget.left--
  switch (ast._tag) {
    case "Suspend": {
      const inner = ast.thunk()
      const times = state.entered.get(inner) ?? 0
      // what refers to itself comes once more, and then only where it must
      const poor = times > 1 ? { optional: 0, items: 0 } : state.manner
      return fill(inner, { ...state, manner: poor, entered: new Map([...state.entered, [inner, times + 1]]) })
    }
    case "Objects":
      return checked(ast, state, () => filledRecord(ast, state))
    case "Arrays":
      return filledList(ast, state)
    case "Union":
      return checked(ast, state, () => fillOne(ast.types, state))
    case "Declaration": {
      const members = SchemaAST.resolveAt<number>("~credence/known")(ast)
      const item = SchemaAST.resolveAt<SchemaAST.AST>("~credence/items")(ast)
      if (members !== undefined) return fillOne(ast.typeParameters.slice(0, members), state)
      return item === undefined ? sample(ast, state.seed) : filledList(new SchemaAST.Arrays(false, [], [item]), state)
    }
    case "Unknown":
    case "Any":
      return words(state.seed, 1)
    case "Undefined":
    case "Void":
      return undefined
    case "Null":
      return null
    case "Literal":
      return ast.literal
    case "String":
      return ast.checks === undefined ? words(state.seed, 1 + below(state.seed, 2)) : text(ast, state.seed)
    case "Number":
      return ast.checks === undefined ? below(state.seed, 1000) / 4 : number(ast, state.seed)
    case "Boolean":
      return below(state.seed, 2) === 1
    default:
      return sample(ast, state.seed)
  }
}

const isTaken = (ast: SchemaAST.AST, value: unknown): boolean => Schema.is(Schema.make<Schema.Codec<unknown>>(ast))(value)

/** A value that also passes the checks over the whole of it. */
const checked = (ast: SchemaAST.AST, state: State, make: () => unknown): unknown => {
  const value = make()
  if (ast.checks === undefined || isTaken(ast, value)) return value
  return sample(ast, state.seed)
}

const filledRecord = (ast: SchemaAST.Objects, state: State): unknown => {
  const out: Record<string, unknown> = {}
  ast.propertySignatures.forEach(({ name, type }, index) => {
    if (typeof name !== "string") return
    const optional = type.context?.isOptional === true
    if (optional && (state.depth >= state.manner.optional || state.budget.left < 0)) return
    const inner = within(state, index)
    // of what may be left out, now and then something is
    if (optional && state.depth > 0 && below(inner.seed, 8) === 0) return
    const value = optional ? tried(() => fill(type, inner)) : { value: fill(type, inner) }
    if (value !== undefined && !(optional && value.value === undefined)) setMember(out, name, value.value)
  })
  for (const [index, { parameter, type }] of ast.indexSignatures.entries()) {
    if (state.depth >= state.manner.items || state.budget.left < 0) continue
    const key = keyOf(parameter, derived(state.seed, 1000 + index))
    const value = key === undefined || Object.hasOwn(out, key) ? undefined : tried(() => fill(type, within(state, 1000 + index)))
    if (key !== undefined && value !== undefined) setMember(out, key, value.value)
  }
  return out
}

const keyOf = (parameter: SchemaAST.AST, seed: number): string | undefined => {
  const word = words(seed, 1)
  if (isTaken(SchemaAST.toType(parameter), word)) return word
  const found = tried(() => sample(SchemaAST.toType(parameter), seed))?.value
  return typeof found === "string" ? found : undefined
}

const filledList = (ast: SchemaAST.Arrays, state: State): unknown => {
  const [rest] = ast.rest
  const elements = (): ReadonlyArray<unknown> =>
    ast.elements.flatMap((element, index) => element.context?.isOptional === true && state.manner.optional === 0 ? [] : [fill(element, within(state, index))])
  const of = (length: number): ReadonlyArray<unknown> => {
    const head = elements()
    if (rest === undefined) return head
    return [...head, ...Array.from({ length: Math.max(0, length - head.length) }, (_, index) => fill(rest, within(state, 100 + index)))]
  }
  const wanted = state.depth >= state.manner.items || state.budget.left < 0 ? 0 : 1 + below(state.seed, 2)
  // an item that has no end leaves the list empty
  const first = tried(() => of(wanted))?.value ?? []
  if (ast.checks === undefined || isTaken(ast, first)) return first
  for (const length of [0, 1, 2, 3, 4, 5, 8, 12]) {
    const other = tried(() => of(length))?.value
    if (other !== undefined && isTaken(ast, other)) return other
  }
  return sample(ast, state.seed)
}

const isPlain = (ast: SchemaAST.AST): boolean => ast._tag !== "Objects" && ast._tag !== "Arrays" && ast._tag !== "Union" && ast._tag !== "Suspend"

/** One of several variants: by seed where there is room, else the plainest. What is nothing, and what nobody knows, only where there is nothing else. */
const fillOne = (types: ReadonlyArray<SchemaAST.AST>, state: State): unknown => {
  const some = types.filter((type) => type._tag !== "Undefined" && type._tag !== "Null" && type._tag !== "Void" && type._tag !== "Never")
  const candidates = some.length === 0 ? types : some
  const poor = state.budget.left < 0 || state.manner.items === 0
  const start = below(state.seed, Math.max(1, candidates.length))
  const turned = [...candidates.slice(start), ...candidates.slice(0, start)]
  const none = types.filter((type) => type._tag === "Null" || type._tag === "Undefined")
  const ordered = poor ? [...none, ...turned.filter(isPlain), ...turned.filter((type) => !isPlain(type))] : [...turned, ...types]
  for (const type of ordered) {
    const found = tried(() => fill(type, state))
    if (found !== undefined) return found.value
  }
  throw new NoExample()
}

const vocabulary = [
  "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbor", "iris", "juniper", "kelp", "lumen", "meadow", "north", "opal", "pine",
  "quartz", "river", "slate", "tundra", "umber", "vale", "willow", "zephyr"
]

/** A few words. */
export const words = (seed: number, count: number): string =>
  Array.from({ length: count }, (_, index) => vocabulary[below(derived(seed, index), vocabulary.length)] ?? "amber").join(" ")

/** A text that passes its checks: words where they do, and what looks like a date or an address where that is wanted. */
const text = (ast: SchemaAST.AST, seed: number): unknown => {
  const hex = Array.from({ length: 4 }, (_, index) => derived(seed, index).toString(16).padStart(8, "0")).join("")
  const day = `20${String(10 + below(seed, 30))}-0${1 + below(seed, 9)}-1${below(seed, 10)}`
  const candidates = [
    words(seed, 1),
    words(seed, 2),
    `${day}T0${below(seed, 10)}:30:00Z`,
    day,
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`,
    `https://${words(seed, 1)}.example.com/`,
    `${words(seed, 1)}@example.com`,
    `192.0.2.${below(seed, 256)}`,
    Buffer.from(words(seed, 1)).toString("base64"),
    String(1 + below(seed, 999)),
    "a",
    "AB",
    hex,
    hex + hex
  ]
  const is = Schema.is(Schema.make<Schema.Codec<unknown>>(ast))
  const found = candidates.find((candidate) => is(candidate))
  return found ?? sample(ast, seed)
}

/** A number that passes its checks. */
const number = (ast: SchemaAST.AST, seed: number): unknown => {
  const is = Schema.is(Schema.make<Schema.Codec<unknown>>(ast))
  const candidates = [1 + below(seed, 999), 1 + below(seed, 9), 1 + below(seed, 99), 0, 1, below(seed, 100) / 100, 100 + below(seed, 500), 1000, -1 - below(seed, 99)]
  const found = candidates.find((candidate) => is(candidate))
  return found ?? sample(ast, seed)
}

const arbitraries = new WeakMap<SchemaAST.AST, Arbitrary.Arbitrary<unknown>>()

/** A value of a leaf that passes its checks, by effect's own generator. */
const sample = (ast: SchemaAST.AST, seed: number): unknown => {
  let arbitrary = arbitraries.get(ast)
  try {
    if (arbitrary === undefined) arbitraries.set(ast, arbitrary = Arbitrary.schema(Schema.make<Schema.Codec<unknown>>(ast)))
  } catch {
    // a schema of its own that tells nobody what it holds
    throw new NoExample()
  }
  const exit = Effect.runSyncExit(Arbitrary.sampleEffect(arbitrary, { count: 1, size: 4, seed }))
  if (Exit.isFailure(exit)) throw new NoExample()
  return exit.value[0]
}
