/**
 * What an override makes of the parts around it.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { ConfigurationInvalid } from "../../errors/SessionError.ts"
import { Authentication } from "../../services/Authentication.ts"
import { Configuration } from "../../services/Configuration.ts"
import type { Parts, Session } from "../../services/Session.ts"
import type { ApiOptions } from "./make.ts"

const defined = <A extends object>(options: A): Partial<A> =>
  // entries of `A` without those that are undefined
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<A>

/**
 * Lays the given parts over the outer session's. Settings are laid over settings one by one: an override that says only
 * `timeout` must not forget the server, or a credential made for it would go to the API's default one. For the same reason
 * another origin needs an authentication of its own.
 */
export const laidOver = (outer: Session, given: Context.Context<Parts>, options: ApiOptions): Effect.Effect<Context.Context<Parts>, ConfigurationInvalid> =>
  Effect.suspend(() => {
    const over = Context.getOrUndefined(given, Configuration)
    if (over === undefined) return Effect.succeed(Context.merge(outer.parts, given))
    const under = Context.get(outer.parts, Configuration)
    const merged = {
      options: {
        ...under.options,
        ...defined(over.options),
        ...(under.options.headers === undefined && over.options.headers === undefined ? {} : { headers: { ...under.options.headers, ...over.options.headers } }),
        redact: [...under.options.redact ?? [], ...over.options.redact ?? []]
      },
      sources: { ...under.sources, ...over.sources },
      hooks: over.hooks ?? under.hooks
    }
    const originOf = (text: string | undefined): string | undefined => text === undefined ? undefined : URL.parse(text)?.origin
    const before = originOf(under.options.baseUrl ?? options.baseUrl)
    const after = originOf(merged.options.baseUrl ?? options.baseUrl)
    const credentialed = Context.get(outer.parts, Authentication).method !== "anonymous"
    if (before !== after && credentialed && Context.getOrUndefined(given, Authentication) === undefined) {
      return Effect.fail(new ConfigurationInvalid({ settings: [{ name: "override", expected: `expected an authentication layer beside the base URL: the credentials around it are for ${before ?? "another server"}` }] }))
    }
    return Effect.succeed(Context.merge(Context.merge(outer.parts, given), Context.make(Configuration, merged)))
  })
