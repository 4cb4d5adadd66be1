/**
 * The settings in force for a call. Precedence: Call, Policy, Configuration, the API's preset, default.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type { Issue } from "../../errors/CallError.ts"
import { type CallOptions, type DecodeMode, mergeTls, noOptions } from "../../services/Call.ts"
import type { ConfigurationOptions } from "../../services/Configuration.ts"
import { type AttemptFailure, noPolicy, type PolicyOptions, type RetryOn } from "../../services/Policy.ts"
import type { ProxyOption, TlsOptions } from "../../services/Transport.ts"
import { fieldProblem } from "../../wire/headers.ts"
import { parseBaseUrl } from "../../wire/url.ts"
import { defaultPolicy } from "../policy/defaults.ts"
import type { Target, Targets } from "./target.ts"

/** Settings in the form in which the pipeline reads them. */
export interface Settings {
  /** the base URL of this call: its own, or the session's */
  readonly target: Target
  /** the call names its base URL itself */
  readonly pinned: boolean
  readonly auth: boolean
  /** lower-case names; the session's own, without those of the call */
  readonly sessionHeaders: Readonly<Record<string, string>>
  readonly callHeaders: Readonly<Record<string, string>>
  /** milliseconds; `Infinity`: none */
  readonly deadline: number
  /** milliseconds of each attempt, or a Schedule of them */
  readonly timeout: number | Schedule.Schedule<Duration.Duration>
  readonly retry: Schedule.Schedule<unknown, AttemptFailure> | "none"
  readonly retryOn: ReadonlySet<RetryOn>
  readonly retryMethods: "safe" | "all"
  /** milliseconds */
  readonly maxRetryAfter: number
  readonly redirects: number
  readonly decode: DecodeMode
  readonly tls: TlsOptions | undefined
  /** for another origin that the call itself names: without the session's certificate */
  readonly namedTls: TlsOptions | undefined
  /** for another origin that a redirect leads to: without any certificate */
  readonly foreignTls: TlsOptions | undefined
  readonly proxy: ProxyOption | undefined
  readonly maxResponseSize: number | undefined
  readonly extra: Readonly<Record<string, unknown>> | undefined
}

/** One source of settings, and its name for `explain`. */
export interface Source {
  readonly name: string
  readonly options: ConfigurationOptions & CallOptions
  /** names of single settings, where they differ from the source's */
  readonly names?: Readonly<Partial<Record<string, string>>> | undefined
}

const lower = (headers: Readonly<Record<string, string>> | undefined): Record<string, string> =>
  headers === undefined ? {} : Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

/** Milliseconds (`Infinity`: no limit), or `NaN` for what is no duration, e.g. a text that came through a cast from a file. */
const millis = (input: Duration.Input | undefined): number => {
  if (input === undefined) return Infinity
  const duration = Duration.fromInput(input)
  return Option.isSome(duration) ? Duration.toMillis(duration.value) : NaN
}

/** What is left of somebody's own deadline may be nothing; an attempt of no time is a mistake. */
const limitIssues = (limits: { readonly deadline: number; readonly timeout: number; readonly maxRetryAfter: number }): ReadonlyArray<Issue> => [
  ...(Number.isNaN(limits.deadline) ? [{ path: "deadline", message: "expected a duration" }] : []),
  ...(limits.timeout > 0 ? [] : [{ path: "timeout", message: "expected a duration above 0" }]),
  ...(limits.maxRetryAfter >= 0 ? [] : [{ path: "maxRetryAfter", message: "expected a duration" }])
]

/** What is wrong with headers someone set, by name. */
export const headerIssues = (headers: Readonly<Record<string, string>>): ReadonlyArray<Issue> =>
  Object.entries(headers).flatMap(([name, value]) => {
    const problem = fieldProblem(name, value)
    return problem === undefined ? [] : [{ path: `headers.${name}`, message: problem }]
  })

/** The last defined value, and which source gave it. */
export const pick = <K extends keyof (ConfigurationOptions & CallOptions)>(sources: ReadonlyArray<Source>, key: K) => {
  for (let i = sources.length - 1; i >= 0; i--) {
    const source = sources[i]
    const value = source?.options[key]
    if (source !== undefined && value !== undefined) return { value, source: source.names?.[key] ?? source.name }
  }
  return undefined
}

export const defaultSource: () => Source = () => ({ name: "default", options: { ...defaultPolicy(), decode: "tolerant" } })

const resolve = (targets: Targets, base: ReadonlyArray<Source>, policy: PolicyOptions, call: CallOptions): Result.Result<Settings, ReadonlyArray<Issue>> => {
  const sources: ReadonlyArray<Source> = [...base, { name: "Policy.layer", options: policy }, { name: "Call", options: withoutMerged(call) }]
  const target = call.baseUrl === undefined ? Result.succeed(targets.home) : Result.map(parseBaseUrl(call.baseUrl), (url) => targets.below(url))
  if (Result.isFailure(target)) return Result.fail([{ path: "baseUrl", message: `expected ${target.failure}` }])
  const callHeaders = lower(call.headers)
  const timeout = pick(sources, "timeout")?.value
  const limits = {
    deadline: millis(pick(sources, "deadline")?.value),
    timeout: Schedule.isSchedule(timeout) ? Infinity : millis(timeout),
    maxRetryAfter: millis(pick(sources, "maxRetryAfter")?.value)
  }
  const redirects = pick(sources, "redirects")?.value ?? 0
  const issues = [
    ...headerIssues(callHeaders),
    ...limitIssues(limits),
    ...(Number.isInteger(redirects) && redirects >= 0 ? [] : [{ path: "redirects", message: "expected a whole number, 0 or more" }])
  ]
  if (issues.length > 0) return Result.fail(issues)
  const tls = tlsOf(sources)
  // a certificate is a credential: it belongs to the origins of whoever gave it
  const foreignTls = tls?.certificate === undefined ? tls : { ...tls, certificate: undefined }
  return Result.succeed({
    target: target.success,
    pinned: call.baseUrl !== undefined,
    auth: call.auth ?? true,
    sessionHeaders: Object.assign({}, ...base.map((source) => lower(source.options.headers))),
    callHeaders,
    deadline: limits.deadline,
    timeout: Schedule.isSchedule(timeout) ? timeout : limits.timeout,
    maxRetryAfter: limits.maxRetryAfter,
    retry: pick(sources, "retry")?.value ?? "none",
    retryOn: new Set(pick(sources, "retryOn")?.value ?? []),
    retryMethods: pick(sources, "retryMethods")?.value ?? "safe",
    redirects,
    decode: pick(sources, "decode")?.value ?? "tolerant",
    tls,
    namedTls: call.tls?.certificate === undefined ? foreignTls : tls,
    foreignTls,
    proxy: pick(sources, "proxy")?.value,
    maxResponseSize: call.maxResponseSize,
    extra: call.body
  })
}

/** A call's own beat the session's, member by member. */
export const tlsOf = (sources: ReadonlyArray<Source>): TlsOptions | undefined => {
  const [first, ...others] = sources.flatMap(({ options: { tls } }) => tls === undefined ? [] : [tls])
  // the transport knows options by their identity: those of one source stay as they are
  return first === undefined ? undefined : others.reduce(mergeTls, first)
}

/** headers and base URL of a call are laid beside the session's, not over them */
const withoutMerged = ({ baseUrl: _baseUrl, headers: _headers, ...rest }: CallOptions): CallOptions => rest

/** Resolves settings, once for each pair of options: calls under one `Call.with` share the work. */
export const makeResolver = (targets: Targets, base: ReadonlyArray<Source>) => {
  const byPolicy = new WeakMap<PolicyOptions, WeakMap<CallOptions, Result.Result<Settings, ReadonlyArray<Issue>>>>()
  const plain = resolve(targets, base, noPolicy, noOptions)
  return (policy: PolicyOptions, call: CallOptions): Result.Result<Settings, ReadonlyArray<Issue>> => {
    if (policy === noPolicy && call === noOptions) return plain
    let byCall = byPolicy.get(policy)
    if (byCall === undefined) byPolicy.set(policy, byCall = new WeakMap())
    let settings = byCall.get(call)
    if (settings === undefined) byCall.set(call, settings = resolve(targets, base, policy, call))
    return settings
  }
}
