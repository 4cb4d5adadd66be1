/**
 * What a schema describes, apart from the dialect it was written in.
 */

/** A check that a value must pass besides having its shape. Names are those of JSON Schema. */
export interface Check {
  readonly name:
    | "minLength" | "maxLength" | "pattern"
    | "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf"
    | "minItems" | "maxItems" | "uniqueItems"
    | "minProperties" | "maxProperties"
  readonly value: string | number | boolean
}

export type Literal = string | number | boolean

/** A member of a record. */
export interface Field {
  readonly name: string
  readonly shape: Shape
  readonly required: boolean
  readonly docs: Docs
  /** sent by the server only */
  readonly readOnly: boolean
  /** sent to the server only */
  readonly writeOnly: boolean
}

/** What is written about something, for people. */
export interface Docs {
  readonly title?: string | undefined
  readonly description?: string | undefined
  readonly deprecated?: boolean | undefined
  readonly default?: unknown
  readonly example?: unknown
  /** in words, e.g. `format: uuid` */
  readonly notes: ReadonlyArray<string>
}

export const noDocs: Docs = { notes: [] }

export type Shape =
  | { readonly kind: "unknown" }
  /** no value at all */
  | { readonly kind: "never" }
  | { readonly kind: "null" }
  | { readonly kind: "boolean" }
  | { readonly kind: "string"; readonly format: string | undefined; readonly checks: ReadonlyArray<Check> }
  | { readonly kind: "number"; readonly integer: boolean; readonly format: string | undefined; readonly checks: ReadonlyArray<Check> }
  /** one of some values. `fixed`: a `const`, which never grows */
  | { readonly kind: "literals"; readonly values: ReadonlyArray<Literal>; readonly fixed: boolean }
  /** bytes that are not JSON: a file, a body */
  | { readonly kind: "binary" }
  /** `lenient`: a page, one bad item of which does not lose the others */
  | { readonly kind: "array"; readonly item: Shape; readonly checks: ReadonlyArray<Check>; readonly lenient?: true | undefined }
  | { readonly kind: "tuple"; readonly items: ReadonlyArray<Shape>; readonly required: number; readonly rest: Shape | undefined }
  | RecordShape
  | UnionShape
  /** the shape, or null */
  | { readonly kind: "nullable"; readonly of: Shape }
  /** a model, by its id */
  | { readonly kind: "model"; readonly id: string }

export interface RecordShape {
  readonly kind: "record"
  readonly fields: ReadonlyArray<Field>
  /** names that must be there, although no field describes them */
  readonly required: ReadonlyArray<string>
  /** what other members hold. `undefined`: nothing is said of them */
  readonly additional: Shape | undefined
  /** members by the beginning of their name */
  readonly prefixed: ReadonlyArray<{ readonly prefix: string; readonly shape: Shape }>
  readonly checks: ReadonlyArray<Check>
}

export interface UnionShape {
  readonly kind: "union"
  readonly variants: ReadonlyArray<Shape>
  /** the member that tells the variants apart, the variant of each of its values, and what has no such member */
  readonly discriminator: { readonly property: string; readonly mapping: ReadonlyArray<readonly [value: string, variant: Shape]>; readonly otherwise?: Shape | undefined } | undefined
}

/** A schema that others refer to: it gets a name. */
export interface Model {
  /** absolute URI and JSON pointer */
  readonly id: string
  readonly uri: string
  readonly pointer: string
  /** the name that the document gives it */
  readonly hint: string
  readonly docs: Docs
  readonly shape: Shape
  /** of a model that stands for its variants: the members that all of them share */
  readonly base: RecordShape | undefined
}

export const unknown: Shape = { kind: "unknown" }

/** The shapes directly inside a shape. */
export const children = (shape: Shape): ReadonlyArray<Shape> => {
  switch (shape.kind) {
    case "array":
      return [shape.item]
    case "tuple":
      return shape.rest === undefined ? shape.items : [...shape.items, shape.rest]
    case "record":
      return [...shape.fields.map((field) => field.shape), ...(shape.additional === undefined ? [] : [shape.additional]), ...shape.prefixed.map((entry) => entry.shape)]
    case "union":
      return shape.discriminator === undefined ? shape.variants : [...shape.discriminator.mapping.map(([, variant]) => variant), ...(shape.discriminator.otherwise === undefined ? [] : [shape.discriminator.otherwise])]
    case "nullable":
      return [shape.of]
    default:
      return []
  }
}

/** The same shape whose inner shapes are replaced. */
export const mapChildren = (shape: Shape, f: (shape: Shape) => Shape): Shape => {
  switch (shape.kind) {
    case "array":
      return { ...shape, item: f(shape.item) }
    case "tuple":
      return { ...shape, items: shape.items.map(f), rest: shape.rest === undefined ? undefined : f(shape.rest) }
    case "record":
      return {
        ...shape,
        fields: shape.fields.map((field) => ({ ...field, shape: f(field.shape) })),
        additional: shape.additional === undefined ? undefined : f(shape.additional),
        prefixed: shape.prefixed.map((entry) => ({ ...entry, shape: f(entry.shape) }))
      }
    case "union":
      return {
        ...shape,
        variants: shape.variants.map(f),
        discriminator: shape.discriminator === undefined ? undefined : {
          ...shape.discriminator,
          mapping: shape.discriminator.mapping.map(([name, variant]) => [name, f(variant)] as const),
          otherwise: shape.discriminator.otherwise === undefined ? undefined : f(shape.discriminator.otherwise)
        }
      }
    case "nullable":
      return { ...shape, of: f(shape.of) }
    default:
      return shape
  }
}

/** What a shape stands for, through names and null. */
export const through = (shape: Shape | undefined, shapeOf: (id: string) => Shape | undefined): Shape => {
  let at = shape ?? unknown
  for (let hops = 0; hops < 64; hops++) {
    if (at.kind === "model") at = shapeOf(at.id) ?? unknown
    else if (at.kind === "nullable") at = at.of
    else return at
  }
  return unknown
}
