/**
 * What a comparison of two documents finds. Nothing but data.
 */

/**
 * What a change asks of those who use the client.
 *
 * - `breaking`: a client made of OLD can fail against a server of NEW, or code over it does not compile with the client made of NEW
 * - `feature`: more can be asked for, or more can come, and nothing that worked stops working
 * - `fix`: what is written, or a limit that the client does not look at
 */
export type Severity = "breaking" | "feature" | "fix"

/** The kinds of changes, and what each of them means. */
export const rules = {
  "operation-added": "there is a new operation",
  "operation-removed": "an operation is gone",
  "operation-moved": "an operation has another method or path, by its operation id",
  "operation-deprecated": "an operation is deprecated now",
  "operation-undeprecated": "an operation is no longer deprecated",
  "function-renamed": "the generated function has another name, or stands in another file",
  "session-renamed": "the generated session class has another name",
  "docs-changed": "other words about the same thing",
  "parameter-added": "there is a new parameter",
  "parameter-removed": "a parameter is gone",
  "parameter-moved": "a parameter is sent in another place",
  "parameter-renamed": "a parameter has another name in the generated function's input",
  "parameter-required": "a parameter has to be given now",
  "parameter-optional": "a parameter may be left out now",
  "parameter-style": "a parameter is written in another way",
  "parameter-deprecated": "a parameter is deprecated now",
  "parameter-undeprecated": "a parameter is no longer deprecated",
  "body-added": "there is a body now",
  "body-removed": "there is no body any more",
  "body-required": "the body has to be given now",
  "body-optional": "the body may be left out now",
  "encoding-changed": "a part of a multipart body has another content type",
  "media-added": "there is a new media type",
  "media-removed": "a media type is gone",
  "media-default": "another media type is the one that needs no naming",
  "status-added": "there is a new status",
  "status-removed": "a status is gone",
  "header-added": "there is a new response header",
  "header-removed": "a response header is gone",
  "model-added": "there is a new type",
  "model-removed": "a type is gone",
  "model-renamed": "a type has another name, or stands in another file",
  "model-deprecated": "a type is deprecated now",
  "model-undeprecated": "a type is no longer deprecated",
  "member-added": "there is a new member",
  "member-removed": "a member is gone",
  "member-required": "a member is always there, or has to be given",
  "member-optional": "a member may be absent now",
  "member-deprecated": "a member is deprecated now",
  "member-undeprecated": "a member is no longer deprecated",
  "type-changed": "it is something else now",
  "type-narrowed": "less fits than before",
  "type-widened": "more fits than before",
  "format-changed": "it has another format",
  "null-added": "it may be null now",
  "null-removed": "it is never null any more",
  "value-added": "there is a new value",
  "value-removed": "a value is gone",
  "variant-added": "there is a new variant",
  "variant-removed": "a variant is gone",
  "discriminator-added": "a member tells the variants apart now",
  "discriminator-removed": "no member tells the variants apart any more",
  "discriminator-changed": "another member tells the variants apart",
  "limit-tightened": "a limit lets less pass",
  "limit-loosened": "a limit lets more pass",
  "limit-changed": "a limit is another one",
  "default-changed": "what is left out means something else, or may",
  "paging-added": "pages can be followed now",
  "paging-removed": "pages cannot be followed any more",
  "paging-changed": "pages are followed in another way",
  "permission-added": "a permission is needed now",
  "permission-removed": "a permission is no longer needed",
  "security-tightened": "credentials that were enough are not any more",
  "security-loosened": "credentials that were not enough are now",
  "scheme-added": "there is a new way to sign in",
  "scheme-removed": "a way to sign in is gone",
  "scheme-renamed": "a way to sign in has another name",
  "scheme-changed": "credentials are sent in another way",
  "server-added": "there is a new server",
  "server-removed": "a server is gone",
  "server-changed": "another server is the one that calls go to",
  "variable-narrowed": "a variable of a server takes fewer values",
  "variable-widened": "a variable of a server takes more values"
} as const

export type Rule = keyof typeof rules

/** What a change is about: `api` as a whole, an operation (`GET /pets`), a model by its generated name. */
export interface Subject {
  readonly kind: "api" | "operation" | "model"
  readonly name: string
}

/** A place in a document. `line` and `column` from 1; `undefined` where the document cannot tell. */
export interface Location {
  /** the document as people know it */
  readonly document: string
  /** JSON pointer (RFC 6901) */
  readonly pointer: string
  readonly line: number | undefined
  readonly column: number | undefined
}

/** Which way data goes: `request` to the server, `answer` from it. */
export type Direction = "request" | "answer"

/** One change. */
export interface Change {
  readonly rule: Rule
  readonly severity: Severity
  /** `undefined`: it is not about data */
  readonly direction: Direction | "both" | undefined
  readonly subject: Subject
  /** the member of the subject, as `owner.names[]`; `""`: the subject itself */
  readonly path: string
  /** the place itself, or the nearest thing around it. `undefined`: OLD has nothing of the kind */
  readonly old: Location | undefined
  readonly new: Location | undefined
  /** one sentence: what it is, and what it means */
  readonly message: string
}

/** The step that a version has to take, by Semantic Versioning. */
export type Step = "major" | "minor" | "patch" | "none"

/** What a comparison gives. */
export interface Difference {
  /** breaking ones first, then features, then fixes */
  readonly changes: ReadonlyArray<Change>
  /** for a client whose version is 1.0.0 or later */
  readonly step: Step
  /** for one that is still at 0.x: a caret range of npm ends at the next minor version there */
  readonly stepBeforeOne: Step
}
