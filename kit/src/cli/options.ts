/**
 * The options of a generation as flags. What is given here beats the config file.
 */
import * as Flag from "effect/cli/Flag"
import * as Option from "effect/Option"
import type { Config } from "../openapi/config.ts"

const repeated = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.between(0, Number.MAX_SAFE_INTEGER))

const choice = <const A extends string>(name: string, values: ReadonlyArray<A>, description: string) =>
  Flag.Literals(name, values).pipe(Flag.withDescription(description), Flag.optional)

const toggle = (name: string, description: string) => Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.optional)

/** The flags, by their names in {@link toConfig}. */
export const configFlags = {
  preset: choice("preset", ["argus", "ica"], "Habits of a vendor that its documents do not tell"),
  session: Flag.String("session").pipe(Flag.withMetavar("Name"), Flag.withDescription("Name of the session class (default: from the title of the document)"), Flag.optional),
  layout: choice("layout", ["tags", "path"], "What makes a module (default: tags)"),
  dateTime: choice("date-time", ["string", "DateTime"], "Type of date-time values (default: string)"),
  int64: choice("int64", ["number", "bigint", "string"], "Type of int64 values (default: number)"),
  byte: choice("byte", ["string", "bytes"], "Type of byte values (default: string, which is base64)"),
  enums: choice("enums", ["open", "closed"], "Whether unknown values are tagged or fail (default: open in answers, closed in requests)"),
  defaults: toggle("defaults", "Fill in what answers leave out with the document's defaults"),
  checkOutput: toggle("check-output", "Hold answers to minimum, pattern and their like, too"),
  tags: repeated("tag", "name", "Only operations of this tag; may be repeated"),
  include: repeated("include", "pattern", "Only operations like this: an operation id, a path, or METHOD /path, with * for anything; may be repeated"),
  exclude: repeated("exclude", "pattern", "No operations like this; may be repeated"),
  patches: repeated("patch", "file", "Mend the document first: an OpenAPI Overlay, JSON Patch or merge patch; may be repeated"),
  allowRemote: toggle("allow-remote", "Follow $ref to http and https addresses"),
  extension: Flag.ChoiceWithValue("extension", [[".ts", ".ts"], [".js", ".js"], ["none", "none"], ["ts", ".ts"], ["js", ".js"]]).pipe(
    Flag.withDescription("What imports end with (default: .ts)"),
    Flag.optional
  )
} as const

type Given<F> = F extends Flag.Flag<infer A> ? A : never

/** Values of {@link configFlags}. */
export type ConfigFlags = { readonly [K in keyof typeof configFlags]: Given<(typeof configFlags)[K]> }

/** A config with the flags that were given in place of its own options. */
export const toConfig = (base: Config, flags: ConfigFlags): Config => {
  const some = <K extends string, A>(name: K, value: Option.Option<A>): { readonly [_ in K]?: A } =>
    // one computed key widens to a record of any text
    Option.isNone(value) ? {} : { [name]: value.value } as { readonly [_ in K]?: A }
  const many = <K extends string>(name: K, values: ReadonlyArray<string>): { readonly [_ in K]?: ReadonlyArray<string> } =>
    values.length === 0 ? {} : { [name]: values } as { readonly [_ in K]?: ReadonlyArray<string> }
  const formats = { ...base.formats, ...some("dateTime", flags.dateTime), ...some("int64", flags.int64), ...some("byte", flags.byte) }
  const select = { ...base.select, ...many("tags", flags.tags), ...many("include", flags.include), ...many("exclude", flags.exclude) }
  return {
    ...base,
    ...some("preset", flags.preset),
    ...some("session", flags.session),
    ...some("layout", flags.layout),
    ...some("enums", flags.enums),
    ...some("defaults", flags.defaults),
    ...some("checkOutput", flags.checkOutput),
    ...some("allowRemote", flags.allowRemote),
    ...some("extension", flags.extension),
    ...many("patches", flags.patches),
    ...(Object.keys(formats).length === 0 ? {} : { formats }),
    ...(Object.keys(select).length === 0 ? {} : { select })
  }
}
