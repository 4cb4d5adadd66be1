/**
 * Schemas for what servers extend without asking: enums, unions and lists. What is not known is kept and tagged, so that
 * a type never claims more than what came.
 */
export { items, type Rejected, rejected } from "./open/items.ts"
export { type Further, type KindOf, type Literal, literals } from "./open/literals.ts"
export { onInput, optional, optionalOwn, record, type RecordFields, withDefault } from "./open/members.ts"
export { Int64, Int64BigInt, Int64Text } from "./open/numbers.ts"
export { ByteText, DateText, DateTimeText, UuidText } from "./open/texts.ts"
export { anyOf, closedUnion, union, type UnknownVariant, type VariantOf, type Variants } from "./open/unions.ts"
export { Unrecognized } from "./open/unrecognized.ts"
