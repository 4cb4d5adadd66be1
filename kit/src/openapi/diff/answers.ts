/**
 * What an operation answers, compared. By status, as an endpoint has it: exact, then range, then `default`.
 */
import { alternatives, byPreference } from "../emit/reply.ts"
import type { Media, Operation, Response } from "../model/Api.ts"
import type { Shape } from "../model/Shape.ts"
import { type Plan, type PlannedOperation, resolve } from "../plan/Plan.ts"
import { compareMedia } from "./request.ts"
import type { Comparison, ShapeAt } from "./shapes.ts"

type Shapes = (a: Shape, b: Shape, at: ShapeAt) => void

/** The answers of an operation by what a client makes of them. */
interface Roles {
  readonly successes: ReadonlyArray<Response>
  readonly errors: ReadonlyArray<Response>
  /** a client treats these alike, described or not */
  readonly others: ReadonlyArray<Response>
}

const rolesOf = ({ responses }: Operation): Roles => {
  const successes = responses.filter(({ status }) => status.startsWith("2"))
  const errors = responses.filter(({ status }) => status === "default" || (status === "304" && successes.length > 0) || (/^[45]/.test(status) && status !== "401"))
  return { successes, errors, others: responses.filter((response) => !successes.includes(response) && !errors.includes(response)) }
}

/** What stands for a status that is not described itself. */
const covering = (status: string, responses: ReadonlyArray<Response>): Response | undefined =>
  responses.find((response) => response.status === `${status.slice(0, 1)}XX` && response.status !== status) ?? responses.find((response) => response.status === "default" && status !== "default")

/** Does the client ever ask for it? What says the same as JSON, in other letters, is left out of it. */
const isRead = (response: Response, media: Media, plan: Plan): boolean => byPreference(response.media, plan)[0] === media || alternatives(response.media, plan).includes(media)

export const compareAnswers = (from: PlannedOperation, to: PlannedOperation, label: string, cx: Comparison, shapes: Shapes): void => {
  const { note } = cx
  const a = rolesOf(from.operation), b = rolesOf(to.operation)
  const place = (one: Response | undefined, other: Response | undefined): ShapeAt => {
    const status = (other ?? one)?.status ?? ""
    return {
      subject: { kind: "operation", name: label },
      label: `the ${status === "default" ? "default answer" : `answer ${status}`} of ${label}`,
      path: "",
      direction: "answer",
      old: one === undefined ? () => from.operation.node : cx.old.spots.response(from.operation, one.status),
      new: other === undefined ? () => to.operation.node : cx.new.spots.response(to.operation, other.status)
    }
  }

  for (const one of a.successes) {
    const other = b.successes.find(({ status }) => status === one.status) ?? covering(one.status, b.successes)
    const at = place(one, other)
    if (other !== undefined) compareContent(one, other, at, cx, shapes)
    else if (one.status === "2XX" && b.successes.length > 0) {
      note(place(one, b.successes[0]), "status-removed", "fix", `${place(one, undefined).label} is described by ${b.successes.map(({ status }) => status).join(", ")} now`, "no other success comes")
      for (const success of b.successes) compareContent(one, success, place(one, success), cx, shapes)
    } else note(at, "status-removed", "breaking", `${at.label} is gone`, "what it held is no longer part of the result")
  }
  for (const other of b.successes) {
    if (a.successes.some(({ status }) => status === other.status)) continue
    const one = covering(other.status, a.successes)
    const at = place(one, other)
    if (one === undefined && other.status === "2XX") note(at, "status-added", "feature", `${at.label} is taken for any success now`, "other statuses succeed, too")
    else if (one === undefined) note(at, "status-added", "breaking", `${at.label} is new`, "clients of OLD fail with `UnexpectedStatus` on it, and the result may be one more thing")
    else {
      note(at, "status-added", "feature", `${at.label} is described on its own now`, "it had the type of all successes so far")
      compareContent(one, other, at, cx, shapes)
    }
  }

  for (const one of a.errors) {
    const other = b.errors.find(({ status }) => status === one.status)
    if (other !== undefined) {
      compareContent(one, other, place(one, other), cx, shapes)
      continue
    }
    const at = place(one, undefined)
    const covered = covering(one.status, b.errors)
    if (covered === undefined) note(at, "status-removed", "breaking", `${at.label} is gone`, "it has no error type of its own any more: code that catches it does not compile")
    else note({ ...at, new: place(one, covered).new }, "status-removed", "breaking", `${at.label} is described by ${covered.status} now`, "it has another error type: code that catches the former one does not compile")
  }
  for (const other of b.errors) {
    if (a.errors.some(({ status }) => status === other.status)) continue
    const covered = covering(other.status, a.errors)
    const at = place(covered, other)
    if (covered === undefined) note(at, "status-added", "feature", `${at.label} is new`, "it has an error type of its own, and is no longer `UnexpectedStatus`")
    else note(at, "status-added", "breaking", `${at.label} is described on its own now, so far by ${covered.status}`, "code that catches the former error type misses it")
  }

  for (const one of a.others) if (!b.others.some(({ status }) => status === one.status)) note(place(one, undefined), "status-removed", "fix", `${place(one, undefined).label} is gone`, "the client treats it alike, described or not")
  for (const other of b.others) if (!a.others.some(({ status }) => status === other.status)) note(place(undefined, other), "status-added", "fix", `${place(undefined, other).label} is new`, "the client treats it alike, described or not")
  compareHeaders(a.successes, b.successes, label, place(a.successes[0], b.successes[0]), cx)
}

const compareContent = (a: Response, b: Response, at: ShapeAt, cx: Comparison, shapes: Shapes): void => {
  const { note } = cx
  if (a.media.length === 0 || b.media.length === 0) {
    if (a.media.length === b.media.length) return
    return a.media.length === 0
      ? note(at, "body-added", "feature", `${at.label} has a body now`, "it can be read")
      : note(at, "body-removed", "breaking", `${at.label} has no body any more`, "code that reads it finds nothing")
  }
  compareMedia(a.media, b.media, at, cx, shapes, {
    removed: (media) => isRead(a, media, cx.old.plan) ? ["breaking", "clients of OLD ask for it in vain"] : ["fix", "the client does not ask for it"],
    added: (media) => isRead(b, media, cx.new.plan) ? ["feature", "it can be asked for"] : ["fix", "the client does not ask for it"]
  })
  const [first] = byPreference(a.media, cx.old.plan), [second] = byPreference(b.media, cx.new.plan)
  if (first === undefined || second === undefined || first.mediaType === second.mediaType || !b.media.some(({ mediaType }) => mediaType === first.mediaType)) return
  note(at, "media-default", "breaking", `${at.label} is read as ${second.mediaType} now, so far as ${first.mediaType}`, "the result is another one")
}

/** Headers of all successes; those of errors are no part of a client. */
const compareHeaders = (a: ReadonlyArray<Response>, b: ReadonlyArray<Response>, label: string, at: ShapeAt, cx: Comparison): void => {
  const all = (responses: ReadonlyArray<Response>) => new Map(responses.flatMap(({ headers }) => headers.map((header) => [header.name.toLowerCase(), header] as const)))
  const from = all(a), to = all(b)
  for (const [name, header] of from) {
    const other = to.get(name)
    const what = `the response header \`${header.name}\` of ${label}`
    if (other === undefined) {
      cx.note(at, "header-removed", "breaking", `${what} is gone`, "code that reads it does not compile")
      continue
    }
    const isNumber = (shape: Shape, plan: Plan): boolean => resolve(shape, plan.models).kind === "number"
    const now = isNumber(other.shape, cx.new.plan)
    if (isNumber(header.shape, cx.old.plan) !== now) cx.note(at, "type-changed", "breaking", `${what} is a ${now ? "number" : "text"} now, so far a ${now ? "text" : "number"}`, "the client expects the latter")
  }
  for (const [name, header] of to) if (!from.has(name)) cx.note(at, "header-added", "feature", `the response header \`${header.name}\` of ${label} is new`, "it can be read")
}
