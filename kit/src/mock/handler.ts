/**
 * What answers: a pure function of endpoints and options.
 */
import { type Answer, header, type HttpRequest } from "../http/message.ts"
import { answerFor, refusal } from "./answer.ts"
import { check, type Checked } from "./check.ts"
import { type Endpoints, endpointsOf } from "./MockEndpoint.ts"
import { derived, hash } from "./random.ts"
import { type Candidate, makeRouter } from "./route.ts"
import { challenge, lacking, type Schemes } from "./security.ts"

/** How a mock answers. */
export interface MockOptions {
  /** the same seed gives the same answers. Default 1 */
  readonly seed?: number | undefined
  /** statuses to answer by the names of operations, in place of the first success */
  readonly status?: Readonly<Record<string, number>> | undefined
  /** milliseconds before each answer. Default 0 */
  readonly delay?: number | undefined
  /** answers 401 to what does not carry the credentials that its endpoint wants. They are not looked at. Default false */
  readonly strict?: boolean | undefined
  /** where the credentials stand; those that the given modules export (`PetstoreAuth`) are known anyway */
  readonly schemes?: Schemes | undefined
}

/** Answers requests; the same request gets the same answer. */
export type Handler = (request: HttpRequest) => Answer

/** What modules of a client export besides endpoints: `Auth.schemes({ … })`. */
const schemesIn = (given: Endpoints): Schemes => {
  const out: Record<string, Schemes[string]> = {}
  for (const module of given) {
    for (const value of [module, ...Object.values(module)] as ReadonlyArray<unknown>) {
      const declared: unknown = typeof value === "function" && "declared" in value && !("operation" in value) ? value.declared : undefined
      // made by `Auth.schemes`, which took nothing else
      if (typeof declared === "object" && declared !== null) Object.assign(out, declared)
    }
  }
  return out
}

/** `Prefer: status=404` (RFC 7240), also as `code=404`. */
const preferred = (request: HttpRequest): number | undefined => {
  const found = /(?:^|[,;])\s*(?:status|code)\s*=\s*"?(\d{3})"?\s*(?=[,;]|$)/i.exec(header(request, "prefer") ?? "")
  const status = Number(found?.[1] ?? 0)
  return status >= 200 && status <= 599 ? status : undefined
}

/** Makes what answers, of endpoints or modules of them. Pure: no server, no clock. */
export const makeHandler = (given: Endpoints, options: MockOptions = {}): Handler => {
  const list = [...given]
  const endpoints = endpointsOf(list)
  const route = makeRouter(endpoints)
  const schemes = { ...schemesIn(list), ...options.schemes }
  const seed = options.seed ?? 1

  const marked = (name: string, answer: Answer): Answer =>
    ({ ...answer, headers: { ...answer.headers, "x-credence-mock": `${name.replace(/[^\x21-\x7e]/g, "-")}; seed=${seed}` } })

  const answered = ({ endpoint, path }: Candidate, input: Readonly<Record<string, unknown>>, request: HttpRequest): Answer => {
    const { name } = endpoint.operation
    const own = derived(hash(`${name}\n${[...path].map(([key, value]) => `${key}=${value}`).join("\n")}`), seed)
    const asked = preferred(request)
    const status = asked ?? (options.status !== undefined && Object.hasOwn(options.status, name) ? options.status[name] : undefined)
    const answer = answerFor(endpoint, { seed: own, accept: header(request, "accept"), status, input, query: request.query })
    return asked === undefined ? answer : { ...answer, headers: { ...answer.headers, "Preference-Applied": `status=${answer.status}` } }
  }

  /** The first operation that takes the request answers; else the one that understands most of it says what is wrong. */
  const found = (candidates: readonly [Candidate, ...Array<Candidate>], request: HttpRequest): Answer => {
    const [first] = candidates
    const { name, security } = first.endpoint.operation
    const lack = options.strict === true ? lacking(security, schemes, request) : undefined
    if (lack !== undefined) return marked(name, refusal(401, { message: `${name} ${lack}` }, { "WWW-Authenticate": challenge(security ?? [], schemes) }))
    let refused: Answer | undefined
    for (const candidate of candidates) {
      const { name } = candidate.endpoint.operation
      const checked = check(candidate.endpoint, request, candidate.path)
      if (checked._tag === "Input") return marked(name, answered(candidate, checked.input, request))
      // whoever takes the media type knows better what is wrong
      if (refused === undefined || (refused.status === 415 && checked._tag === "Issues")) refused = marked(name, refusalOf(name, checked))
    }
    return refused ?? refusal(400, { issues: [] })
  }

  return (request) => {
    const match = route(request.method, request.path, request.query)
    switch (match._tag) {
      case "Found":
        return found(match.candidates, request)
      case "NoSuchPath":
        return refusal(404, { message: "no operation has this path" })
      case "WrongMethod":
        return refusal(405, { message: `no operation of this path has the method ${request.method}` }, { Allow: match.allow.join(", ") })
    }
  }
}

/** What is wrong with a request. */
const refusalOf = (name: string, checked: Exclude<Checked, { readonly _tag: "Input" }>): Answer =>
  checked._tag === "WrongType"
    ? refusal(415, { message: `${name} takes ${checked.accepted.join(", ")}` }, { Accept: checked.accepted.join(", ") })
    : refusal(400, { issues: checked.issues })
