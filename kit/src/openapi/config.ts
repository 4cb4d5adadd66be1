/**
 * What can be chosen about generated code.
 */
import type { Operation } from "./model/Api.ts"

/** How values of a format appear in the types. */
export interface Formats {
  /** `date-time`. Default `string`, which is lossless; `DateTime` gives `DateTime.Utc` */
  readonly dateTime?: "string" | "DateTime" | undefined
  /** `int64`. Default `number`, which fails on what it cannot hold */
  readonly int64?: "number" | "bigint" | "string" | undefined
  /** `byte`. Default `string` (the base64 text); `bytes` gives `Uint8Array` */
  readonly byte?: "string" | "bytes" | undefined
  /** whether requests must have `date-time`, `date`, `uuid` and `byte` texts as their format says. Default `true` */
  readonly check?: boolean | undefined
}

/** Which operations come out. All that is named must hold; a pattern is a text with `*` for anything. */
export interface Selection {
  readonly tags?: ReadonlyArray<string> | undefined
  /** patterns of `METHOD /path`, of a path, or of an operation id */
  readonly include?: ReadonlyArray<string> | undefined
  readonly exclude?: ReadonlyArray<string> | undefined
}

/** How pages of operations follow each other. It applies to each operation that has the parameters and the items it names. */
export type PagingRule =
  & {
    /** where the items of a page are, e.g. `["data"]`. `[]`: the page is the list */
    readonly items: ReadonlyArray<string>
    /** patterns as in {@link Selection}. Default: all that fit */
    readonly operations?: ReadonlyArray<string> | undefined
  }
  & (
    /** `limit`: an operation without a parameter of this name does not have pages. `unit`: what the offset counts; default `records` */
    | {
      readonly kind: "offset"
      readonly offset: string
      readonly limit?: string | undefined
      readonly in?: "query" | "body" | undefined
      readonly unit?: "records" | "pages" | undefined
      readonly total?: ReadonlyArray<string> | undefined
      /** where a page says how many records a full one has */
      readonly capacity?: ReadonlyArray<string> | undefined
      /** where a page says which offset it has */
      readonly begins?: ReadonlyArray<string> | undefined
    }
    | { readonly kind: "page"; readonly page: string; readonly first?: number | undefined }
    /** `first`: the token that asks for the first page; `offset`, `total`: how the same server pages by offset where it is asked to */
    | {
      readonly kind: "cursor"
      readonly parameter: string
      readonly in?: "query" | "body" | undefined
      readonly next: ReadonlyArray<string>
      readonly first?: string | undefined
      readonly offset?: string | undefined
      readonly total?: ReadonlyArray<string> | undefined
    }
    | { readonly kind: "link" }
  )

/** Where an operation belongs. */
export interface Place {
  /** file without extension, below the output folder, e.g. `cases/v2/case` */
  readonly module: string
  /** which set of models it uses, e.g. `cases`; `""`: the one of all */
  readonly models?: string | undefined
}

/** Everything a vendor's habits decide. */
export interface Preset {
  readonly name: string
  readonly session?: string | undefined
  /** a module that has the session class, and its ways to sign in: they are exported in place of generated ones */
  readonly sessionFrom?: { readonly module: string; readonly names: ReadonlyArray<string> } | undefined
  /** folder layout. Default: by tag */
  readonly place?: ((operation: Operation) => Place) | undefined
  /** the model set of a schema, by its document's name */
  readonly modelsOf?: ((document: string) => string) | undefined
  /** what a session must be allowed to do */
  readonly permissions?: ((operation: Operation) => ReadonlyArray<string>) | undefined
  /** path parameters whose value is a path of its own */
  readonly isPathLike?: ((operation: Operation, name: string) => boolean) | undefined
  readonly paging?: ReadonlyArray<PagingRule> | undefined
  /** members of answers that are always there, although the document does not say so */
  readonly alwaysThere?: ((model: string, fields: ReadonlyArray<string>, field: string) => boolean) | undefined
  /** a `default` is what success looks like, whatever other 2xx there are. Default: only where no usual 2xx is described */
  readonly defaultIsSuccess?: boolean | undefined
  /** is what it answers a file, although the document says JSON and nothing of its content? */
  readonly isDownload?: ((operation: Operation) => boolean) | undefined
  /** is it the model of values that are one text wherever a query or a path has them? By the document's name of the model */
  readonly isText?: ((model: string) => boolean) | undefined
  /** is it the model of each error's body that the document leaves open? By the document's name of the model */
  readonly isErrorBody?: ((model: string) => boolean) | undefined
}

/** The config file's content: `credence.config.ts` has it as its default export. Flags of the command line beat it. */
export interface Config {
  /** files, folders, URLs */
  readonly input?: string | ReadonlyArray<string> | undefined
  /** the folder that the modules go to */
  readonly out?: string | undefined
  readonly preset?: "argus" | "ica" | Preset | undefined
  /** name of the session class. Default: from the document's title */
  readonly session?: string | undefined
  /** `tags` (the default) or `path`: what makes a module */
  readonly layout?: "tags" | "path" | undefined
  readonly formats?: Formats | undefined
  /** `open`: unknown values are tagged; `closed`: they fail. Default: closed where only requests have it, open where answers do */
  readonly enums?: "open" | "closed" | undefined
  /** absent members of answers get the default that the document names. Default `false` */
  readonly defaults?: boolean | undefined
  /** whether answers must pass `minimum`, `pattern` and their like, too. Default `false` */
  readonly checkOutput?: boolean | undefined
  /**
   * a session class of one's own in place of a generated one: the file that exports it, without extension, relative to the
   * output folder. Ways to sign in and servers are then its own matter, too
   */
  readonly sessionFrom?: string | undefined
  /** which credentials an operation takes, as its declaration says. `false`: only whether it takes any. Default `true` */
  readonly security?: boolean | undefined
  /** files besides those of operations and models. Default: all of them */
  readonly files?: {
    readonly index?: boolean | undefined
    /** `api.md` */
    readonly reference?: boolean | undefined
    /** side files that give each endpoint its part of the document as `openapi` */
    readonly openapi?: boolean | undefined
  } | undefined
  readonly select?: Selection | undefined
  readonly names?: {
    /** by operation id, or by `METHOD /path` */
    readonly operations?: Readonly<Record<string, string>> | undefined
    /** by the document's name of the schema */
    readonly models?: Readonly<Record<string, string>> | undefined
  } | undefined
  readonly paging?: ReadonlyArray<PagingRule> | undefined
  /**
   * other places to import parts of the runtime from than `credence/…`: names of packages, or files without extension
   * relative to the output folder
   */
  readonly runtime?: { readonly [Name in "Schema" | "DateTime" | "Open" | "Endpoint" | "Body" | "Reply" | "Paging" | "Patch" | "Session" | "Auth"]?: string | undefined } | undefined
  /** what imports of other files end with. Default `.ts` */
  readonly extension?: ".ts" | ".js" | "none" | undefined
  /** files that mend the document before it is read: OpenAPI Overlay, JSON Patch or merge patch */
  readonly patches?: ReadonlyArray<string> | undefined
  /** follow `$ref`s to http and https. Default `false` */
  readonly allowRemote?: boolean | undefined
}

/** Types a config file. */
export const defineConfig = (config: Config): Config => config
