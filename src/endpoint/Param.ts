/**
 * How a parameter is laid out, where that is not the default of its place.
 */
import type * as Schema from "effect/Schema"
import type { PathStyle, QueryStyle } from "../wire/parameters.ts"

/** A schema that can be decoded and encoded without further services. */
export type AnyCodec = Schema.ConstraintCodec<unknown, unknown>

/** Layout of a parameter. */
export interface ParamOptions {
  /** name on the wire, where it differs from the input's */
  readonly name?: string | undefined
  /** of a query; default `form`. Of a path: `label` (`.5`) or `matrix` (`;id=5`); default `simple` */
  readonly style?: QueryStyle | PathStyle | undefined
  /** each member of a list or record by itself, such as `a=1&a=2` instead of `a=1,2`. Default `true` for a query or form, `false` elsewhere */
  readonly explode?: boolean | undefined
  /** the value is JSON text, whatever it is (a parameter with `content: application/json` in OpenAPI) */
  readonly json?: boolean | undefined
  /** query only: reserved characters of URLs stay in the value (RFC 6570 section 3.2.3), but `&`, `#`, `[` and `]` */
  readonly allowReserved?: boolean | undefined
  /** path only: the value is a path of its own, whose `/` stays; `.` and `..` are refused */
  readonly segments?: boolean | undefined
}

/** A schema with a layout. Made by {@link param}. */
export interface Param<out S extends AnyCodec> extends ParamOptions {
  readonly "~credence/param": true
  readonly schema: S
}

/** What may describe a parameter: a schema alone, or one with a layout. */
export type Field = AnyCodec | Param<AnyCodec>

/**
 * Gives a parameter a layout.
 *
 * @example
 * ```ts
 * Endpoint.get(Shop, "/items", { query: { ids: Endpoint.param(Schema.Array(Schema.Int), { explode: false }) }, success: Items })
 * ```
 */
export const param = <S extends AnyCodec>(schema: S, options: ParamOptions): Param<S> => ({ "~credence/param": true, schema, ...options })

export const isParam = (field: Field): field is Param<AnyCodec> => "~credence/param" in field

type SchemaOf<F> = F extends Param<infer S> ? S : F
type IsOptional<S> = S extends { readonly "~type.optionality": "optional" } ? true : S extends { readonly Type: infer T } ? undefined extends T ? true : false : false

/** The input that a record of fields takes: optional where the schema is, or where it allows `undefined`. */
export type FieldsInput<Fields> =
  & { readonly [K in keyof Fields as IsOptional<SchemaOf<Fields[K]>> extends true ? never : K]: TypeOf<Fields[K]> }
  & { readonly [K in keyof Fields as IsOptional<SchemaOf<Fields[K]>> extends true ? K : never]?: TypeOf<Fields[K]> | undefined }

type TypeOf<F> = SchemaOf<F> extends { readonly Type: infer T } ? T : never
