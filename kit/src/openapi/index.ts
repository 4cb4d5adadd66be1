/**
 * The generator: from OpenAPI documents to typed clients.
 */
export { type Config, defineConfig, type Formats, type PagingRule, type Preset, type Selection } from "./config.ts"
export { type Change, diff, diffDocuments, formatDifference, type Step } from "./diff/index.ts"
export { DocumentError } from "./document/DocumentError.ts"
export { fromDocuments, generate, type Generated, type GeneratedModel, type GeneratedOperation, type Requirements } from "./generate.ts"
export { format as formatWarning, type Rule, type Warning } from "./warning.ts"
export { compare, type Difference, OutputConflict, OutputError, write, type WriteOptions, type Written } from "./write.ts"
