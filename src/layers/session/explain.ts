/**
 * What a call would do, in the order in which it meets each stage, and where each value came from. Never a secret.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { type CallOptions, CurrentCall } from "../../services/Call.ts"
import { type ConfigurationOptions } from "../../services/Configuration.ts"
import { CurrentHooks } from "../../services/Hooks.ts"
import { CurrentPolicy } from "../../services/Policy.ts"
import type { ExplainedSetting, Explanation } from "../../services/Session.ts"
import * as Redact from "../../wire/redact.ts"
import { pick, type Source } from "./settings.ts"
import type { SessionState } from "./state.ts"

const shown = (value: unknown): string => {
  if (value === undefined) return "none"
  if (Schedule.isSchedule(value)) return "a Schedule"
  if (Duration.isDuration(value)) return Duration.format(value)
  if (Array.isArray(value)) return value.map(shown).join(", ")
  if (typeof value === "object" && value !== null) return Object.entries(value).map(([key, member]) => `${key} ${shown(member)}`).join(", ")
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : typeof value
}

export const explain = (state: SessionState, operation?: { readonly name: string; readonly method: string; readonly path: string }): Effect.Effect<Explanation> =>
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
      { stage: "authentication", setting: "origin", value: state.baseUrl.origin, source: pick(state.sources, "baseUrl")?.source ?? "default" },
      ...(call.auth === false ? [row("authentication", "auth")] : []),
      { stage: "request", setting: "baseUrl", value: urlText(pick(sources, "baseUrl")?.value ?? state.baseUrl.href, state), source: pick(sources, "baseUrl")?.source ?? "default" },
      ...(headers.length > 0 ? [{ stage: "request", setting: "headers", value: headers.join(", "), source: withHeaders.map((source) => source.name).join(", ") }] : []),
      { stage: "transport", setting: "transport", value: state.transport.name, source: "Transport" },
      {
        stage: "transport",
        setting: "tls",
        value: pick(sources, "tls")?.value?.verify === false ? "NOT VERIFIED" : pick(sources, "tls")?.value?.ca === undefined ? "verified" : "verified, with added authorities",
        source: pick(sources, "tls")?.source ?? "Transport"
      },
      { stage: "transport", setting: "proxy", value: proxyText(pick(sources, "proxy")?.value, state), source: pick(sources, "proxy")?.source ?? "Transport" },
      row("decode", "decode")
    ]
    const name = operation === undefined ? "any call" : `${operation.name} (${operation.method} ${operation.path})`
    const widths = [0, 1, 2].map((column) => Math.max(...settings.map((s) => [s.stage, s.setting, s.value][column]?.length ?? 0)))
    const lines = settings.map((s) => `${s.stage.padEnd(widths[0] ?? 0)}  ${s.setting.padEnd(widths[1] ?? 0)}  ${s.value.padEnd(widths[2] ?? 0)}  ${s.source}`)
    return { operation: name, settings, text: [`${state.id}: ${name}`, ...lines].join("\n") }
  })

const proxyText = (proxy: ConfigurationOptions["proxy"], state: SessionState): string => {
  if (proxy === undefined) return "as the transport says"
  return typeof proxy === "string" ? proxy : urlText(proxy.url, state)
}

const urlText = (text: string, state: SessionState): string => {
  const url = URL.parse(text)
  return url === null ? "not a URL" : Redact.url(url, state.redaction)
}
