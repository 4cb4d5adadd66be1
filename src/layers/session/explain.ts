/**
 * What a call would do, in the order in which it meets each stage, and where each value came from. Never a secret.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import { type CallOptions, CurrentCall } from "../../services/Call.ts"
import { type ConfigurationOptions } from "../../services/Configuration.ts"
import { CurrentHooks } from "../../services/Hooks.ts"
import { CurrentPolicy } from "../../services/Policy.ts"
import type { AuthenticationStatus } from "../../services/Authentication.ts"
import type { ExplainedOperation, ExplainedSetting, Explanation } from "../../services/Session.ts"
import * as Redact from "../../wire/redact.ts"
import { choose, type SecurityRequirement } from "../../wire/security.ts"
import { pick, type Source, tlsOf } from "./settings.ts"
import type { SessionState } from "./state.ts"

const shown = (value: unknown): string => {
  if (value === undefined) return "none"
  if (Schedule.isSchedule(value)) return "a Schedule"
  if (Duration.isDuration(value)) return Duration.format(value)
  if (Array.isArray(value)) return value.map(shown).join(", ")
  if (typeof value === "object" && value !== null) return Object.entries(value).map(([key, member]) => `${key} ${shown(member)}`).join(", ")
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : typeof value
}

export const explain = (state: SessionState, operation?: ExplainedOperation): Effect.Effect<Explanation> =>
  Effect.gen(function*() {
    const call: CallOptions = yield* CurrentCall
    const around = yield* CurrentHooks
    const sources: ReadonlyArray<Source> = [...state.sources, { name: "Policy.layer", options: yield* CurrentPolicy }, { name: "Call", options: call }]
    const status = yield* state.authenticator.status
    const row = (stage: string, key: keyof (ConfigurationOptions & CallOptions), setting: string = key): ExplainedSetting => {
      const found = pick(sources, key)
      return { stage, setting, value: shown(found?.value), source: found?.source ?? "default" }
    }
    // headers are laid over each other, so each source has its part
    const withHeaders = sources.filter((source) => Object.keys(source.options.headers ?? {}).length > 0)
    const headers = [...new Set(withHeaders.flatMap((source) => Object.keys(source.options.headers ?? {}).map((name) => name.toLowerCase())))]
    const settings: ReadonlyArray<ExplainedSetting> = [
      { stage: "hooks", setting: "hooks", value: String(new Set([...state.hooks, ...around]).size), source: "Hooks.layer" },
      row("deadline", "deadline"),
      row("retry", "retry"),
      row("retry", "retryOn"),
      row("retry", "retryMethods"),
      row("retry", "maxRetryAfter"),
      { ...row("retry", "budget"), value: `${shown(pick(sources, "budget")?.value)}, left ${Math.floor(state.budget.left() * 10) / 10}` },
      row("attempt", "timeout"),
      row("redirect", "redirects"),
      { stage: "authentication", setting: "method", value: `${status.method} (${status.state})`, source: "Authentication" },
      ...(state.why === undefined ? [] : [{ stage: "authentication", setting: "because", value: state.why, source: "Authentication" }]),
      ...(status.schemes === undefined ? [] : [schemesRow(status.schemes)]),
      ...offerRows(status),
      ...(operation?.security === undefined ? [] : [{ stage: "authentication", setting: "sends", value: chosenText(operation.security, status), source: operation.name }]),
      { stage: "authentication", setting: "origin", value: state.targets.origins.join(", "), source: pick(state.sources, "baseUrl")?.source ?? "default" },
      ...(call.auth === false ? [row("authentication", "auth")] : []),
      baseUrlRow(state, sources, call, operation),
      ...(headers.length > 0 ? [{ stage: "request", setting: "headers", value: headers.join(", "), source: withHeaders.map((source) => source.name).join(", ") }] : []),
      { stage: "transport", setting: "transport", value: state.transport.name, source: "Transport" },
      { stage: "transport", setting: "tls", value: tlsText(tlsOf(sources)), source: pick(sources, "tls")?.source ?? "Transport" },
      { stage: "transport", setting: "proxy", value: proxyText(pick(sources, "proxy")?.value, state), source: pick(sources, "proxy")?.source ?? "Transport" },
      row("decode", "decode")
    ]
    const name = operation === undefined ? "any call" : `${operation.name} (${operation.method} ${operation.path})`
    const widths = [0, 1, 2].map((column) => Math.max(...settings.map((s) => [s.stage, s.setting, s.value][column]?.length ?? 0)))
    const lines = settings.map((s) => `${s.stage.padEnd(widths[0] ?? 0)}  ${s.setting.padEnd(widths[1] ?? 0)}  ${s.value.padEnd(widths[2] ?? 0)}  ${s.source}`)
    return { operation: name, settings, text: [`${state.id}: ${name}`, ...lines].join("\n") }
  })

const schemesRow = (schemes: Readonly<Record<string, AuthenticationStatus>>): ExplainedSetting => {
  const given = Object.entries(schemes).map(([name, { state }]) => `${name} (${state})`)
  return { stage: "authentication", setting: "schemes", value: given.length === 0 ? "none" : given.join(", "), source: "Authentication" }
}

/** What each origin asked for, what was taken of it, and why not the others. */
const offerRows = (status: AuthenticationStatus): ReadonlyArray<ExplainedSetting> =>
  [status, ...Object.values(status.schemes ?? {})].flatMap((each) => Object.entries(each.offers ?? {}).flatMap(([source, offer]) => [
    { stage: "authentication", setting: "offered", value: offer.offered.join(", ") || "nothing", source },
    { stage: "authentication", setting: "chosen", value: offer.chosen ?? "none", source },
    ...Object.entries(offer.passedOver).map(([scheme, reason]) => ({ stage: "authentication", setting: `not ${scheme}`, value: reason, source }))
  ]))

/** Which alternative a call of an endpoint would take. */
const chosenText = (security: ReadonlyArray<SecurityRequirement>, status: AuthenticationStatus): string => {
  if (security.length === 0) return "no credentials"
  // one credential that knows no names serves whatever is wanted
  if (status.schemes === undefined) return status.method
  const choice = choose(security, Object.keys(status.schemes))
  if (choice._tag === "Unsatisfied") return `unsatisfied: ${choice.detail}`
  return choice.schemes.length === 0 ? "no credentials" : choice.schemes.join(" and ")
}

/** A call's own base URL beats a server of the endpoint, which beats the session's. */
const baseUrlRow = (state: SessionState, sources: ReadonlyArray<Source>, call: CallOptions, operation: ExplainedOperation | undefined): ExplainedSetting => {
  const found = pick(sources, "baseUrl")
  const target = operation?.server === undefined || call.baseUrl !== undefined ? undefined : state.targets.server(operation.server)
  if (operation === undefined || target === undefined || (Result.isSuccess(target) && target.success === state.targets.home)) {
    return { stage: "request", setting: "baseUrl", value: urlText(found?.value ?? state.baseUrl.href, state), source: found?.source ?? "default" }
  }
  return { stage: "request", setting: "baseUrl", value: Result.isSuccess(target) ? urlText(target.success.prefix, state) : "not a URL", source: operation.name }
}

const tlsText = (tls: ConfigurationOptions["tls"]): string => {
  if (tls === undefined) return "as the transport says"
  const { ca, caMode, certificate, crl, maxVersion, minVersion, pins, serverName, verify } = tls
  return [
    verify === false ? "NOT VERIFIED" : "verified",
    ...(ca === undefined ? [] : [caMode === "replace" ? "by the given authorities alone" : "with added authorities"]),
    ...(crl === undefined ? [] : ["revocation lists"]),
    ...(pins === undefined ? [] : [`${pins.length} pinned keys`]),
    ...(certificate === undefined ? [] : ["client certificate"]),
    ...(serverName === undefined ? [] : [`as ${serverName}`]),
    ...(minVersion === undefined ? [] : [`at least ${minVersion}`]),
    ...(maxVersion === undefined ? [] : [`at most ${maxVersion}`])
  ].join(", ")
}

const proxyText = (proxy: ConfigurationOptions["proxy"], state: SessionState): string => {
  if (proxy === undefined) return "as the transport says"
  if (typeof proxy === "string") return proxy
  if ("url" in proxy) return urlText(proxy.url, state)
  return Object.entries(proxy)
    .flatMap(([scheme, server]) => server === undefined ? [] : [`${scheme} ${typeof server === "string" ? server : urlText(server.url, state)}`])
    .join(", ")
}

const urlText = (text: string, state: SessionState): string => {
  const url = URL.parse(text)
  return url === null ? "not a URL" : Redact.url(url, state.redaction)
}
