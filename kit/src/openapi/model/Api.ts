/**
 * What documents describe, apart from the dialect they were written in.
 */
import type { Data, Node } from "./node.ts"
import type { Docs, Model, Shape } from "./Shape.ts"

export type ParameterPlace = "path" | "query" | "header" | "cookie"

export interface Parameter {
  readonly name: string
  readonly in: ParameterPlace
  readonly shape: Shape
  readonly required: boolean
  readonly docs: Docs
  /** as OpenAPI names it; `undefined`: the default of its place */
  readonly style: string | undefined
  readonly explode: boolean | undefined
  readonly allowReserved: boolean
  /** written as JSON */
  readonly json: boolean
  /** its value is a path of its own, whose slashes stay */
  readonly segments: boolean
}

/** How a member of a form, or a part of a multipart body, is written. */
export interface Encoding {
  readonly contentType: string | undefined
  /** as parameters of a query have it */
  readonly style?: string | undefined
  readonly explode?: boolean | undefined
}

export interface Media {
  /** without parameters, in lower case */
  readonly mediaType: string
  /** `undefined`: the document says nothing of the content */
  readonly shape: Shape | undefined
  /** of a stream of items: one of them (3.2) */
  readonly item: Shape | undefined
  readonly encoding: Readonly<Record<string, Encoding>>
}

export interface RequestBody {
  readonly required: boolean
  readonly description: string | undefined
  readonly media: ReadonlyArray<Media>
}

export interface ResponseHeader {
  readonly name: string
  readonly shape: Shape
  readonly docs: Docs
}

export interface Response {
  /** `200`, `2XX`, `default` */
  readonly status: string
  readonly description: string | undefined
  readonly media: ReadonlyArray<Media>
  readonly headers: ReadonlyArray<ResponseHeader>
}

export interface ServerVariable {
  readonly name: string
  readonly default: string
  readonly values: ReadonlyArray<string>
  readonly description: string | undefined
}

export interface Server {
  /** may hold `{name}` of variables; absolute, or a path where the document does not say from where */
  readonly url: string
  readonly name: string | undefined
  readonly description: string | undefined
  readonly variables: ReadonlyArray<ServerVariable>
}

export interface SecurityScheme {
  readonly key: string
  readonly type: "apiKey" | "http" | "oauth2" | "openIdConnect" | "mutualTLS"
  readonly description: string | undefined
  /** of an API key */
  readonly in: "header" | "query" | "cookie" | undefined
  readonly name: string | undefined
  /** of `http`, in lower case */
  readonly scheme: string | undefined
}

/** One alternative: all of these schemes, with the scopes that each must have. */
export type SecurityRequirement = Readonly<Record<string, ReadonlyArray<string>>>

export interface Operation {
  readonly node: Node
  /** upper case */
  readonly method: string
  /** the template as the document has it */
  readonly path: string
  readonly id: string | undefined
  readonly tags: ReadonlyArray<string>
  readonly summary: string | undefined
  readonly description: string | undefined
  readonly deprecated: boolean
  readonly parameters: ReadonlyArray<Parameter>
  readonly body: RequestBody | undefined
  readonly responses: ReadonlyArray<Response>
  /** `undefined`: nothing is said */
  readonly security: ReadonlyArray<SecurityRequirement> | undefined
  /** of the operation or its path; `undefined`: those of the document */
  readonly servers: ReadonlyArray<Server> | undefined
  readonly extensions: Data
}

/** A named group of operations, as the document describes it. */
export interface Tag {
  readonly name: string
  readonly description: string | undefined
}

export interface Api {
  readonly title: string
  readonly version: string
  readonly description: string | undefined
  readonly servers: ReadonlyArray<Server>
  readonly schemes: ReadonlyArray<SecurityScheme>
  readonly tags: ReadonlyArray<Tag>
  readonly operations: ReadonlyArray<Operation>
  readonly models: ReadonlyMap<string, Model>
  /** names of the components, by their document: these models come out whether or not they are used */
  readonly documents: ReadonlyArray<{ readonly uri: string; readonly name: string }>
}
