/**
 * One generic class a status: `catchTag("NotFound", …)` means the same for each API, `body` is the endpoint's own type.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-15 status codes
 * @see https://www.iana.org/assignments/http-status-codes
 */
import type * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { errorSchema, type Failure, type FailureEncoded, failureFields, sentence } from "./Failure.ts"

/** An answer that the endpoint declares as an error. */
export interface ResponseError<out Tag extends string, out Status extends number, out Body> extends Cause.YieldableError, Failure {
  readonly _tag: Tag
  readonly status: Status
  readonly body: Body
  /** what the body says for people */
  readonly summary?: string | undefined
}

/** What a response error is made from. */
export interface ResponseFailure<out Body, out Status extends number = number> extends Failure {
  readonly status: Status
  readonly body: Body
  /** what the body says for people, e.g. the server's own message */
  readonly summary?: string | undefined
}

interface ResponseErrorEncoded<Status extends number, Body> extends FailureEncoded {
  readonly _tag: string
  readonly status: Status
  readonly body: Body
  readonly summary?: string | undefined
}

interface ResponseErrorClass<Tag extends string, Status extends number> {
  new<Body>(args: ResponseFailure<Body, Status>): ResponseError<Tag, Status, Body>
  /** Schema of this error with that body, so that it crosses process borders and keeps its class. */
  schema<Body, Encoded>(body: Schema.ConstraintCodec<Body, Encoded>): Schema.Codec<ResponseError<Tag, Status, Body>, ResponseErrorEncoded<Status, Encoded>>
}

const responseError = <const Tag extends string, Status extends number>(tag: Tag, title: string): ResponseErrorClass<Tag, Status> => {
  class Base extends Data.TaggedError(tag)<ResponseFailure<unknown> & { readonly message: string }> {
    constructor(args: ResponseFailure<unknown>) {
      const wait = args.retryAfter === undefined ? undefined : `The server asks to wait ${Duration.format(args.retryAfter)}`
      super({ ...args, message: sentence(args, `${args.status} ${title}${args.summary === undefined ? "" : `: ${args.summary}`}`, wait) })
    }
    static schema(this: new(args: ResponseFailure<unknown>) => unknown, body: Schema.ConstraintCodec<unknown, unknown>) {
      return errorSchema(tag, this, Schema.Struct({ ...failureFields, status: Schema.Number, body, summary: Schema.optional(Schema.String) }))
    }
  }
  // `Base` knows neither tag nor body as types; both are fixed by the two lines that use this factory's result.
  return Base as unknown as ResponseErrorClass<Tag, Status>
}

/** 400 Bad Request */
export class BadRequest<out Body = unknown> extends /*#__PURE__*/ responseError<"BadRequest", 400>("BadRequest", "Bad Request")<Body> {}
/** 402 Payment Required */
export class PaymentRequired<out Body = unknown> extends /*#__PURE__*/ responseError<"PaymentRequired", 402>("PaymentRequired", "Payment Required")<Body> {}
/** 403 Forbidden */
export class Forbidden<out Body = unknown> extends /*#__PURE__*/ responseError<"Forbidden", 403>("Forbidden", "Forbidden")<Body> {}
/** 404 Not Found */
export class NotFound<out Body = unknown> extends /*#__PURE__*/ responseError<"NotFound", 404>("NotFound", "Not Found")<Body> {}
/** 405 Method Not Allowed */
export class MethodNotAllowed<out Body = unknown> extends /*#__PURE__*/ responseError<"MethodNotAllowed", 405>("MethodNotAllowed", "Method Not Allowed")<Body> {}
/** 406 Not Acceptable */
export class NotAcceptable<out Body = unknown> extends /*#__PURE__*/ responseError<"NotAcceptable", 406>("NotAcceptable", "Not Acceptable")<Body> {}
/** 408 Request Timeout */
export class RequestTimeout<out Body = unknown> extends /*#__PURE__*/ responseError<"RequestTimeout", 408>("RequestTimeout", "Request Timeout")<Body> {}
/** 409 Conflict */
export class Conflict<out Body = unknown> extends /*#__PURE__*/ responseError<"Conflict", 409>("Conflict", "Conflict")<Body> {}
/** 410 Gone */
export class Gone<out Body = unknown> extends /*#__PURE__*/ responseError<"Gone", 410>("Gone", "Gone")<Body> {}
/** 411 Length Required */
export class LengthRequired<out Body = unknown> extends /*#__PURE__*/ responseError<"LengthRequired", 411>("LengthRequired", "Length Required")<Body> {}
/** 412 Precondition Failed */
export class PreconditionFailed<out Body = unknown> extends /*#__PURE__*/ responseError<"PreconditionFailed", 412>("PreconditionFailed", "Precondition Failed")<Body> {}
/** 413 Content Too Large */
export class ContentTooLarge<out Body = unknown> extends /*#__PURE__*/ responseError<"ContentTooLarge", 413>("ContentTooLarge", "Content Too Large")<Body> {}
/** 415 Unsupported Media Type */
export class UnsupportedMediaType<out Body = unknown> extends /*#__PURE__*/ responseError<"UnsupportedMediaType", 415>("UnsupportedMediaType", "Unsupported Media Type")<Body> {}
/** 416 Range Not Satisfiable */
export class RangeNotSatisfiable<out Body = unknown> extends /*#__PURE__*/ responseError<"RangeNotSatisfiable", 416>("RangeNotSatisfiable", "Range Not Satisfiable")<Body> {}
/** 421 Misdirected Request */
export class MisdirectedRequest<out Body = unknown> extends /*#__PURE__*/ responseError<"MisdirectedRequest", 421>("MisdirectedRequest", "Misdirected Request")<Body> {}
/** 422 Unprocessable Content */
export class UnprocessableContent<out Body = unknown> extends /*#__PURE__*/ responseError<"UnprocessableContent", 422>("UnprocessableContent", "Unprocessable Content")<Body> {}
/** 423 Locked */
export class Locked<out Body = unknown> extends /*#__PURE__*/ responseError<"Locked", 423>("Locked", "Locked")<Body> {}
/** 424 Failed Dependency */
export class FailedDependency<out Body = unknown> extends /*#__PURE__*/ responseError<"FailedDependency", 424>("FailedDependency", "Failed Dependency")<Body> {}
/** 425 Too Early */
export class TooEarly<out Body = unknown> extends /*#__PURE__*/ responseError<"TooEarly", 425>("TooEarly", "Too Early")<Body> {}
/** 426 Upgrade Required */
export class UpgradeRequired<out Body = unknown> extends /*#__PURE__*/ responseError<"UpgradeRequired", 426>("UpgradeRequired", "Upgrade Required")<Body> {}
/** 428 Precondition Required */
export class PreconditionRequired<out Body = unknown> extends /*#__PURE__*/ responseError<"PreconditionRequired", 428>("PreconditionRequired", "Precondition Required")<Body> {}
/** 429 Too Many Requests */
export class TooManyRequests<out Body = unknown> extends /*#__PURE__*/ responseError<"TooManyRequests", 429>("TooManyRequests", "Too Many Requests")<Body> {}
/** 431 Request Header Fields Too Large */
export class RequestHeaderFieldsTooLarge<out Body = unknown> extends /*#__PURE__*/ responseError<"RequestHeaderFieldsTooLarge", 431>("RequestHeaderFieldsTooLarge", "Request Header Fields Too Large")<Body> {}
/** 451 Unavailable For Legal Reasons */
export class UnavailableForLegalReasons<out Body = unknown> extends /*#__PURE__*/ responseError<"UnavailableForLegalReasons", 451>("UnavailableForLegalReasons", "Unavailable For Legal Reasons")<Body> {}
/** 500 Internal Server Error */
export class InternalServerError<out Body = unknown> extends /*#__PURE__*/ responseError<"InternalServerError", 500>("InternalServerError", "Internal Server Error")<Body> {}
/** 501 Not Implemented */
export class NotImplemented<out Body = unknown> extends /*#__PURE__*/ responseError<"NotImplemented", 501>("NotImplemented", "Not Implemented")<Body> {}
/** 502 Bad Gateway */
export class BadGateway<out Body = unknown> extends /*#__PURE__*/ responseError<"BadGateway", 502>("BadGateway", "Bad Gateway")<Body> {}
/** 503 Service Unavailable */
export class ServiceUnavailable<out Body = unknown> extends /*#__PURE__*/ responseError<"ServiceUnavailable", 503>("ServiceUnavailable", "Service Unavailable")<Body> {}
/** 504 Gateway Timeout */
export class GatewayTimeout<out Body = unknown> extends /*#__PURE__*/ responseError<"GatewayTimeout", 504>("GatewayTimeout", "Gateway Timeout")<Body> {}
/** 507 Insufficient Storage */
export class InsufficientStorage<out Body = unknown> extends /*#__PURE__*/ responseError<"InsufficientStorage", 507>("InsufficientStorage", "Insufficient Storage")<Body> {}
/** a status declared as `4XX`, or a 4xx without a class of its own */
export class ClientError<out Body = unknown> extends /*#__PURE__*/ responseError<"ClientError", number>("ClientError", "Client Error")<Body> {}
/** a status declared as `5XX`, or a 5xx without a class of its own */
export class ServerError<out Body = unknown> extends /*#__PURE__*/ responseError<"ServerError", number>("ServerError", "Server Error")<Body> {}
/** a status declared as `default`, and any other declared one without a class of its own */
export class ErrorResponse<out Body = unknown> extends /*#__PURE__*/ responseError<"ErrorResponse", number>("ErrorResponse", "Error Response")<Body> {}

/** Which class an exact status has. */
export interface ByStatus<Body> {
  readonly 400: BadRequest<Body>
  readonly 402: PaymentRequired<Body>
  readonly 403: Forbidden<Body>
  readonly 404: NotFound<Body>
  readonly 405: MethodNotAllowed<Body>
  readonly 406: NotAcceptable<Body>
  readonly 408: RequestTimeout<Body>
  readonly 409: Conflict<Body>
  readonly 410: Gone<Body>
  readonly 411: LengthRequired<Body>
  readonly 412: PreconditionFailed<Body>
  readonly 413: ContentTooLarge<Body>
  readonly 415: UnsupportedMediaType<Body>
  readonly 416: RangeNotSatisfiable<Body>
  readonly 421: MisdirectedRequest<Body>
  readonly 422: UnprocessableContent<Body>
  readonly 423: Locked<Body>
  readonly 424: FailedDependency<Body>
  readonly 425: TooEarly<Body>
  readonly 426: UpgradeRequired<Body>
  readonly 428: PreconditionRequired<Body>
  readonly 429: TooManyRequests<Body>
  readonly 431: RequestHeaderFieldsTooLarge<Body>
  readonly 451: UnavailableForLegalReasons<Body>
  readonly 500: InternalServerError<Body>
  readonly 501: NotImplemented<Body>
  readonly 502: BadGateway<Body>
  readonly 503: ServiceUnavailable<Body>
  readonly 504: GatewayTimeout<Body>
  readonly 507: InsufficientStorage<Body>
}

/** The error type of a declared status: exact (`404`), range (`"4XX"`, `"5XX"`) or `"default"`. 401 is always `AuthenticationFailed`. */
export type ErrorOf<Status, Body> = Status extends 401 ? never
  : Status extends keyof ByStatus<unknown> ? ByStatus<Body>[Status]
  : Status extends "4XX" ? ClientError<Body>
  : Status extends "5XX" ? ServerError<Body>
  : Status extends number ? `${Status}` extends `4${string}` ? ClientError<Body> : `${Status}` extends `5${string}` ? ServerError<Body> : ErrorResponse<Body>
  : ErrorResponse<Body>

type AnyResponseError = new(args: never) => ResponseError<string, number, unknown>

const classes = (): Readonly<Record<number, AnyResponseError>> => ({
  400: BadRequest,
  402: PaymentRequired,
  403: Forbidden,
  404: NotFound,
  405: MethodNotAllowed,
  406: NotAcceptable,
  408: RequestTimeout,
  409: Conflict,
  410: Gone,
  411: LengthRequired,
  412: PreconditionFailed,
  413: ContentTooLarge,
  415: UnsupportedMediaType,
  416: RangeNotSatisfiable,
  421: MisdirectedRequest,
  422: UnprocessableContent,
  423: Locked,
  424: FailedDependency,
  425: TooEarly,
  426: UpgradeRequired,
  428: PreconditionRequired,
  429: TooManyRequests,
  431: RequestHeaderFieldsTooLarge,
  451: UnavailableForLegalReasons,
  500: InternalServerError,
  501: NotImplemented,
  502: BadGateway,
  503: ServiceUnavailable,
  504: GatewayTimeout,
  507: InsufficientStorage,
})
let byStatus: Readonly<Record<number, AnyResponseError>> | undefined

/** The error of an answer, by the key under which the endpoint declares it. */
export const makeResponseError = (
  declared: number | "4XX" | "5XX" | "default",
  args: ResponseFailure<unknown>
): ResponseError<string, number, unknown> => {
  // built on first use, so that a bundle without endpoints drops the table
  byStatus ??= classes()
  const exact = typeof declared === "number" ? byStatus[declared] : undefined
  const make = exact ?? (declared === "default" ? ErrorResponse : args.status >= 500 ? ServerError : args.status >= 400 ? ClientError : ErrorResponse)
  // each class takes its own status only; the table has just looked it up by that status
  return new (make as new(args: ResponseFailure<unknown>) => ResponseError<string, number, unknown>)(args)
}
