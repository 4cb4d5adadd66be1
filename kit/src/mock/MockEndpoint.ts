/**
 * Endpoints as the mock reads them: by what they declare, whatever their types.
 */
import type { SecurityRequirement } from "credence/Auth"
import type { FormOptions } from "credence/Body"
import type { AnyCodec } from "../values/wireAst.ts"

/** A parameter: a schema, or one with a layout. See `Endpoint.param`. */
export type MockField = AnyCodec | {
  readonly "~credence/param": true
  readonly schema: AnyCodec
  readonly name?: string | undefined
  readonly style?: string | undefined
  readonly explode?: boolean | undefined
  readonly json?: boolean | undefined
  readonly segments?: boolean | undefined
}

/** A file of a multipart body. */
export interface MockFile {
  readonly "~credence/file": true
  readonly optional: boolean
  readonly several: boolean
}

/** A kind of request body. See `Endpoint.Body`. */
export interface MockBody {
  readonly "~credence/body": string
  readonly mediaType: string
  readonly schema?: AnyCodec | undefined
  readonly optional?: true | undefined
  readonly style?: FormOptions["style"]
  readonly parts?: Readonly<Record<string, MockField | MockFile>> | undefined
  readonly choices?: Readonly<Record<string, MockBody>> | undefined
}

/** A kind of response. See `Endpoint.Reply`. */
export interface MockReply {
  readonly "~credence/reply": string
  readonly mediaType: string
  readonly schema?: AnyCodec | undefined
}

/** Where members of a page stand: functions of the page, as `credence/Paging` takes them. */
export interface MockPaging {
  readonly kind: "offset" | "page" | "cursor" | "link"
  readonly parameter?: string | undefined
  readonly in?: "query" | "body" | undefined
  readonly unit?: "records" | "pages" | undefined
  readonly first?: number | undefined
  readonly items: (page: never) => unknown
  readonly next?: ((page: never) => unknown) | undefined
  readonly total?: ((page: never) => unknown) | undefined
  readonly capacity?: ((page: never) => unknown) | undefined
  readonly begins?: ((page: never) => unknown) | undefined
  readonly pages?: ((page: never) => unknown) | undefined
}

/** Answers by status: exact, range or `default`. */
export type MockReplies = ReadonlyMap<number | string, MockReply>

/** What the mock needs of an endpoint: any endpoint of `credence` has it. */
export interface MockEndpoint {
  readonly operation: {
    readonly name: string
    readonly method: string
    readonly path: string
    readonly security?: ReadonlyArray<SecurityRequirement> | undefined
    readonly server?: string | undefined
  }
  readonly declared: {
    readonly success: MockReplies
    readonly errors: MockReplies
    readonly headers?: Readonly<Record<string, AnyCodec>> | undefined
    readonly mediaTypes?: ReadonlyArray<string> | undefined
  }
  readonly input: {
    readonly path: Readonly<Record<string, MockField>>
    readonly query: Readonly<Record<string, MockField>>
    readonly header: Readonly<Record<string, MockField>>
    readonly cookie: Readonly<Record<string, MockField>>
    readonly body: AnyCodec | MockBody | undefined
  }
  /** the same endpoint for another media type of its success */
  readonly as?: ((mediaType: never) => unknown) | undefined
  readonly paging?: MockPaging | undefined
  /** its part of the OpenAPI document, where it is described */
  readonly openapi?: unknown
}

/** Is it an endpoint, of whichever `credence`? */
export const isEndpoint = (u: unknown): u is MockEndpoint => typeof u === "function" && "operation" in u && "declared" in u && "input" in u

/** Endpoints, or modules of them: what modules export besides is left out. */
export type Endpoints = Iterable<object>

/** The endpoints of what is given, each operation once. */
export const endpointsOf = (given: Endpoints): ReadonlyArray<MockEndpoint> => {
  const found = new Map<unknown, MockEndpoint>()
  for (const one of given) {
    for (const value of isEndpoint(one) ? [one] : Object.values(one)) {
      if (!isEndpoint(value)) continue
      // a described endpoint is the same operation, and tells more
      const known = found.get(value.operation)
      if (known === undefined || known.openapi === undefined) found.set(value.operation, value)
    }
  }
  return [...found.values()]
}

/** The schema of a parameter. */
export const schemaOf = (field: MockField): AnyCodec => "~credence/param" in field ? field.schema : field

export const isBody = (body: AnyCodec | MockBody): body is MockBody => "~credence/body" in body
export const isFile = (part: MockField | MockFile): part is MockFile => "~credence/file" in part
