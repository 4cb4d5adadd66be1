/**
 * What a token of TPP may be used for.
 */
import * as Result from "effect/Result"

/** Privileges of each category, in the order in which TPP writes both. `read` comes with any other, and is never written. */
const privileges = {
  certificate: ["approve", "delete", "discover", "manage", "read", "revoke"],
  ssh: ["approve", "delete", "discover", "manage", "read"],
  codesign: ["delete", "manage", "read"],
  configuration: ["delete", "manage", "read"],
  restricted: ["delete", "manage", "read"],
  security: ["delete", "manage", "read"],
  statistics: ["read"],
  agent: ["delete", "read"]
} as const

export type Category = keyof typeof privileges

/** What may be asked for in a category. */
export type Privilege<C extends Category> = typeof privileges[C][number]

/** Privileges by category. An empty list asks for nothing. */
export type Privileges = { readonly [C in Category]?: ReadonlyArray<Privilege<C>> | undefined }

/** A scope. `P` are the permissions that come with it, e.g. `certificate:manage`: what endpoints name as `Can<Tpp, …>`. */
export interface Scope<out P extends string = string> {
  readonly _tag: "Scope"
  /** as TPP writes it, e.g. `certificate:manage,revoke;configuration` */
  readonly text: string
  /** all that it grants: `read` of each category is among them */
  readonly permissions: ReadonlyArray<P>
}

/** The permissions that surely come with privileges: those, and `read` of each category. */
export type PermissionOf<O> = { [C in keyof O & string]: Granted<C, O[C]> }[keyof O & string]

/** Of a list whose members are not known before nothing is sure; of one that may be this or that, what both have. */
type Granted<C extends string, L> = (
  L extends ReadonlyArray<infer P extends string>
    ? (sure: number extends L["length"] ? never : [P] extends [never] ? never : `${C}:${P | "read"}`) => void
    : (sure: never) => void
) extends (sure: infer G extends string) => void ? G : never

type OnlyKnown<O> = { readonly [K in Exclude<keyof O, Category>]: never }

/**
 * A scope, typed by what it grants.
 *
 * @example
 * ```ts
 * const scope = Scope.make({ certificate: ["manage", "revoke"], configuration: ["read"] })
 * scope.text // "certificate:manage,revoke;configuration"
 * ```
 */
export const make = <const O extends Privileges>(wanted: O & OnlyKnown<O>): Scope<PermissionOf<O>> =>
  // the permissions below are those of `PermissionOf`, and what it cannot be sure of
  of(wanted) as Scope<PermissionOf<O>>

const categories = /*#__PURE__*/ Object.keys(privileges) as ReadonlyArray<Category>

const of = (wanted: { readonly [C in Category]?: ReadonlyArray<string> | undefined }): Scope => {
  const asked = categories.flatMap((category) => {
    const given = wanted[category] ?? []
    return given.length === 0 ? [] : [{ category, names: privileges[category].filter((name) => name !== "read" && given.includes(name)) }]
  })
  return {
    _tag: "Scope",
    text: asked.map(({ category, names }) => names.length === 0 ? category : `${category}:${names.join(",")}`).join(";"),
    permissions: asked.flatMap(({ category, names }) => [...names, "read"].map((name) => `${category}:${name}`))
  }
}

/** Every privilege of every category that endpoints of this package know, and those of the others. */
export const all = (): Scope => of(privileges)

/**
 * Reads a scope as TPP writes it, in any order and case. A failure says what is wrong with it.
 *
 * @example
 * ```ts
 * Scope.parse("configuration;certificate:revoke,manage") // Result.succeed of `certificate:manage,revoke;configuration`
 * ```
 */
export const parse = (text: string): Result.Result<Scope, string> => {
  const wanted: { [C in Category]?: Array<string> } = {}
  for (const part of text.toLowerCase().split(";").map((one) => one.trim()).filter((one) => one !== "")) {
    const [name = "", rest, ...more] = part.split(":").map((one) => one.trim())
    const category = categories.find((known) => known === name)
    if (category === undefined || more.length > 0) return Result.fail(`expected categories among ${categories.join(", ")}, with \`;\` between them`)
    const known: ReadonlyArray<string> = privileges[category]
    const names = rest === undefined ? ["read"] : rest.split(",").map((one) => one.trim()).filter((one) => one !== "")
    if (names.some((one) => !known.includes(one))) return Result.fail(`expected privileges of ${category} among ${known.join(", ")}`)
    wanted[category] = [...wanted[category] ?? [], ...names, "read"]
  }
  const scope = of(wanted)
  return scope.text === "" ? Result.fail("expected at least one category, e.g. `certificate:manage`") : Result.succeed(scope)
}
