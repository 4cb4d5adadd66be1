/**
 * What an operation takes, compared: parameters, and the body.
 */
import { choiceOf, nameParameters } from "../emit/request.ts"
import type { Media, Parameter, RequestBody } from "../model/Api.ts"
import type { Shape } from "../model/Shape.ts"
import type { Plan, PlannedOperation } from "../plan/Plan.ts"
import { resolve } from "../plan/Plan.ts"
import type { At } from "./findings.ts"
import { type Comparison, type ShapeAt, shownDefault } from "./shapes.ts"
import type { Version } from "./Version.ts"

type Shapes = (a: Shape, b: Shape, at: ShapeAt) => void

/** A parameter, and what the generated function's input calls it. */
interface Named {
  readonly parameter: Parameter
  readonly key: string | undefined
}

const namedOf = ({ operation }: PlannedOperation, plan: Plan): ReadonlyArray<Named> => {
  const names = new Map(nameParameters(operation, operation.body === undefined ? undefined : choiceOf(operation.body, plan)).map((entry) => [entry.parameter, entry.key]))
  return operation.parameters.map((parameter) => ({ parameter, key: names.get(parameter) }))
}

const sameName = (a: Parameter, b: Parameter): boolean => a.name === b.name || (a.in === "header" && a.name.toLowerCase() === b.name.toLowerCase())

/** The names in a template, in their order. */
const slots = (path: string): ReadonlyArray<string> => [...path.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] ?? "")

/** How a value goes into the text, where that can be told apart at all. */
const styleOf = (parameter: Parameter, plan: Plan): string => {
  const style = parameter.style ?? (parameter.in === "query" || parameter.in === "cookie" ? "form" : "simple")
  if (parameter.json) return "JSON"
  const shape = resolve(parameter.shape, plan.models)
  const plain = ["string", "number", "boolean", "literals", "binary", "null"].includes(shape.kind)
  // one value is written alike in all styles of a query
  if (plain) return parameter.in === "path" ? style : "one value"
  return style === "deepObject" ? style : `${style}${parameter.explode ?? style === "form" ? ", exploded" : ""}`
}

export const compareParameters = (from: PlannedOperation, to: PlannedOperation, label: string, cx: Comparison, shapes: Shapes): void => {
  const { note } = cx
  const left = [...namedOf(from, cx.old.plan)], right = [...namedOf(to, cx.new.plan)]
  const couples: Array<readonly [Named, Named]> = []
  const couple = (fits: (a: Parameter, b: Parameter) => boolean): void => {
    for (const one of left.slice()) {
      const other = right.find((candidate) => fits(one.parameter, candidate.parameter))
      if (other === undefined) continue
      couples.push([one, other])
      left.splice(left.indexOf(one), 1)
      right.splice(right.indexOf(other), 1)
    }
  }
  couple((a, b) => a.in === b.in && sameName(a, b))
  // a place in the path is the same, whatever it is called
  const oldSlots = slots(from.operation.path), newSlots = slots(to.operation.path)
  if (oldSlots.length === newSlots.length) couple((a, b) => a.in === "path" && b.in === "path" && oldSlots.indexOf(a.name) === newSlots.indexOf(b.name))
  couple((a, b) => a.name.toLowerCase() === b.name.toLowerCase())

  const place = (one: Parameter | undefined, other: Parameter | undefined): ShapeAt => {
    const name = (other ?? one)?.name ?? ""
    return {
      subject: { kind: "operation", name: label },
      label: `parameter \`${name}\` of ${label}`,
      path: "",
      direction: "request",
      old: one === undefined ? () => from.operation.node : cx.old.spots.parameter(from.operation, one),
      new: other === undefined ? () => to.operation.node : cx.new.spots.parameter(to.operation, other)
    }
  }
  for (const { parameter } of left) {
    const at = place(parameter, undefined)
    note(at, "parameter-removed", "breaking", `${at.label} is gone`, "calls that give it do not compile, and may be refused")
  }
  for (const { parameter } of right) {
    const at = place(undefined, parameter)
    if (parameter.required) note(at, "parameter-added", "breaking", `${at.label} is new and required`, "calls without it fail")
    else note(at, "parameter-added", "feature", `${at.label} is new`, "it can be given")
  }
  for (const [one, other] of couples) compareParameter(one, other, place(one.parameter, other.parameter), cx, shapes)
}

const compareParameter = (one: Named, other: Named, at: ShapeAt, cx: Comparison, shapes: Shapes): void => {
  const { note } = cx
  const a = one.parameter, b = other.parameter
  if (a.in !== b.in) note(at, "parameter-moved", "breaking", `${at.label} is in the ${b.in} now, so far in the ${a.in}`, "the server does not find it where clients of OLD send it")
  if (one.key !== other.key && one.key !== undefined && other.key !== undefined) {
    note(at, "parameter-renamed", "breaking", `${at.label} is given as \`${other.key}\` now, so far as \`${one.key}\``, "calls that give it by the latter do not compile")
  } else if (a.in === b.in && a.in !== "path" && !sameName(a, b)) {
    note(at, "parameter-renamed", "breaking", `${at.label} is sent as \`${b.name}\` now, so far as \`${a.name}\``, "the server does not find what clients of OLD send")
  }
  if (!a.required && b.required) note(at, "parameter-required", "breaking", `${at.label} is now required`, "calls without it fail")
  if (a.required && !b.required) note(at, "parameter-optional", "feature", `${at.label} is no longer required`, "it may be left out")
  const from = styleOf(a, cx.old.plan), to = styleOf(b, cx.new.plan)
  if (a.in === b.in && from !== to && from !== "one value" && to !== "one value") {
    note(at, "parameter-style", "breaking", `${at.label} is written in another way (${to}, so far ${from})`, "the server does not understand what clients of OLD send")
  }
  if (a.allowReserved && !b.allowReserved) note(at, "parameter-style", "breaking", `reserved characters of ${at.label} have to be escaped now`, "the server does not understand what clients of OLD send")
  if (!a.allowReserved && b.allowReserved) note(at, "parameter-style", "feature", `reserved characters of ${at.label} need no escape any more`, "they can be sent as they are")
  if (a.docs.deprecated !== true && b.docs.deprecated === true) note(at, "parameter-deprecated", "feature", `${at.label} is deprecated now`, "it may go with a later version")
  if (a.docs.deprecated === true && b.docs.deprecated !== true) note(at, "parameter-undeprecated", "fix", `${at.label} is no longer deprecated`, "it stays")
  if (JSON.stringify(a.docs.default) !== JSON.stringify(b.docs.default)) {
    const fact = `the default of ${at.label} is ${shownDefault(b.docs.default)} now, so far ${shownDefault(a.docs.default)}`
    if (a.docs.default === undefined || b.docs.default === undefined) note(at, "default-changed", "fix", fact, "the server says more, or less, of what it does without it")
    else note(at, "default-changed", "breaking", fact, "calls without it mean something else")
  }
  shapes(a.shape, b.shape, { ...at, old: at.old && cx.old.spots.schema(at.old), new: at.new && cx.new.spots.schema(at.new) })
}

/** Does the client ever send it? What says the same as JSON, in other letters, is left out of it. */
const isSent = (body: RequestBody, media: Media, { plan }: Version): boolean => choiceOf(body, plan).kinds.some((kind) => kind.media === media)

export const compareBody = (from: PlannedOperation, to: PlannedOperation, label: string, cx: Comparison, shapes: Shapes): void => {
  const { note } = cx
  const a = from.operation.body, b = to.operation.body
  const at: ShapeAt = {
    subject: { kind: "operation", name: label },
    label: `the body of ${label}`,
    path: "",
    direction: "request",
    old: cx.old.spots.body(from.operation),
    new: cx.new.spots.body(to.operation)
  }
  if (a === undefined && b === undefined) return
  if (a === undefined) {
    return b?.required === true
      ? note(at, "body-added", "breaking", `${label} has to have a body now`, "calls without it fail")
      : note(at, "body-added", "feature", `${label} can have a body now`, "it can be given")
  }
  if (b === undefined) return note(at, "body-removed", "breaking", `${label} has no body any more`, "calls that give it do not compile, and may be refused")
  if (!a.required && b.required) note(at, "body-required", "breaking", `${at.label} is now required`, "calls without it fail")
  if (a.required && !b.required) note(at, "body-optional", "feature", `${at.label} is no longer required`, "it may be left out")
  compareMedia(a.media, b.media, at, cx, shapes, {
    removed: (media) => isSent(a, media, cx.old) ? ["breaking", "calls that send it fail"] : ["fix", "the client does not send it"],
    added: (media) => isSent(b, media, cx.new) ? ["feature", "it can be sent"] : ["fix", "the client does not send it"]
  })
  const first = choiceOf(a, cx.old.plan).preferred?.mediaType, second = choiceOf(b, cx.new.plan).preferred?.mediaType
  if (first === second || first === undefined || !b.media.some(({ mediaType }) => mediaType === first)) return
  if (second === undefined) note(at, "media-default", "breaking", `${at.label} needs its media type named`, `calls that give none do not compile: \`contentType: "${first}"\` is what they mean`)
  else note(at, "media-default", "breaking", `${at.label} is ${second} now where no media type is named, so far ${first}`, "calls that name none send something else")
}

/** How much it matters that a media type comes or goes, and what it means. */
export interface MediaMeaning {
  readonly removed: (media: Media) => readonly ["breaking" | "feature" | "fix", string]
  readonly added: (media: Media) => readonly ["breaking" | "feature" | "fix", string]
}

/** Media types of one body or answer, and what each of them holds. */
export const compareMedia = (from: ReadonlyArray<Media>, to: ReadonlyArray<Media>, at: ShapeAt, cx: Comparison, shapes: Shapes, meaning: MediaMeaning): void => {
  const { note } = cx
  const several = from.length > 1 || to.length > 1
  const seen = new Set<string>()
  for (const media of from) {
    const other = to.find(({ mediaType }) => mediaType === media.mediaType)
    const next: ShapeAt = {
      ...at,
      old: at.old && cx.old.spots.media(at.old, media.mediaType),
      new: at.new && (other === undefined ? at.new : cx.new.spots.media(at.new, media.mediaType))
    }
    if (other === undefined) {
      const [severity, then] = meaning.removed(media)
      note(next, "media-removed", severity, `${at.label} is no longer ${media.mediaType}`, then)
      continue
    }
    // several media types of one schema differ in one way
    const pair = JSON.stringify([media.shape, other.shape, media.item, other.item])
    if (seen.has(pair)) continue
    const schema: ShapeAt = { ...next, label: several && seen.size > 0 ? `${at.label} (${media.mediaType})` : at.label, old: next.old && cx.old.spots.schema(next.old), new: next.new && cx.new.spots.schema(next.new) }
    seen.add(pair)
    shapes(media.shape ?? { kind: "unknown" }, other.shape ?? { kind: "unknown" }, schema)
    if (media.item !== undefined || other.item !== undefined) shapes(media.item ?? { kind: "unknown" }, other.item ?? { kind: "unknown" }, { ...schema, path: "[]" })
    compareEncoding(media, other, next, cx)
  }
  for (const media of to) {
    if (from.some(({ mediaType }) => mediaType === media.mediaType)) continue
    const [severity, then] = meaning.added(media)
    note({ ...at, new: at.new && cx.new.spots.media(at.new, media.mediaType) }, "media-added", severity, `${at.label} may be ${media.mediaType} now`, then)
  }
}

const compareEncoding = (a: Media, b: Media, at: At, { note }: Comparison): void => {
  for (const name of new Set([...Object.keys(a.encoding), ...Object.keys(b.encoding)])) {
    const from = a.encoding[name]?.contentType, to = b.encoding[name]?.contentType
    if (from !== to) note(at, "encoding-changed", "breaking", `the part \`${name}\` of ${at.label} is ${to ?? "of no certain type"} now, so far ${from ?? "of no certain type"}`, "the server does not understand what clients of OLD send")
  }
}
