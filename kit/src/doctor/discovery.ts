/**
 * What a server tells about itself at well-known places. A short list is tried, on the server's own origin only.
 *
 * @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationRequest below the issuer's path
 * @see https://www.rfc-editor.org/rfc/rfc8414#section-3.1 between the host and the issuer's path
 * @see https://www.rfc-editor.org/rfc/rfc9728#section-3.1 the same of a protected resource
 */
import type { TransportError } from "credence/Transport"
import type { Probe } from "credence/node"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { isRecord, tryJson } from "../values/json.ts"
import type { DiscoveryStage, Found } from "./model.ts"

/** Bytes of a document that are looked at: enough to see what it is. */
const maxBytes = 256 * 1024

/** Redirects within the origin that are followed. */
const maxRedirects = 2

const openApiPaths = ["openapi.json", "openapi.yaml", "swagger.json", "v3/api-docs", "swagger/v1/swagger.json", "api-docs"]

/** Where to look, each once: at the root, and below the path of the URL, if it has one. At most 19 places. */
export const placesOf = (url: URL): ReadonlyArray<URL> => {
  const path = url.pathname.replace(/\/+$/, "")
  const below = ["", path].map((base) => `${base}/`)
  const paths = [
    "/.well-known/openid-configuration",
    `${path}/.well-known/openid-configuration`,
    ...["oauth-authorization-server", "oauth-protected-resource"].flatMap((name) => [`/.well-known/${name}`, `/.well-known/${name}${path}`]),
    ...below.flatMap((base) => openApiPaths.map((name) => base + name))
  ]
  return [...new Set(paths)].map((each) => {
    const place = new URL(url.origin)
    // never a new URL of path and base: `//host` would lead elsewhere
    place.pathname = each
    return place
  })
}

const versionOf = (text: string): string | undefined =>
  (/(?:^|[{,\s])"?(?:openapi|swagger)"?\s*:\s*["']?(\d\.\d(?:\.\d{1,3})?)\b/.exec(text.slice(0, maxBytes)) ?? [])[1]

/**
 * Whose document stands there: the well-known part is added to the issuer's path, or put before it.
 *
 * @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationValidation the two have to be equal
 */
const issuerAt = ({ origin, pathname }: URL): string => `${origin}${pathname.replace(/\/\.well-known\/[^/]+/, "")}`

/** What a document is; `undefined`: none of those that are looked for. */
export const kindOf = (place: URL, contentType: string, text: string): Pick<Found, "kind" | "version" | "issuer" | "fits"> | undefined => {
  if (place.pathname.includes("/.well-known/")) {
    const json = tryJson(text)?.value
    if (!isRecord(json)) return undefined
    const of = (name: string): string | undefined => typeof json[name] === "string" ? json[name] : undefined
    if (place.pathname.includes("oauth-protected-resource")) {
      return of("resource") === undefined ? undefined : { kind: "OAuth 2 protected resource", version: undefined, issuer: undefined, fits: true }
    }
    const issuer = of("issuer")
    // both documents are required to name it, as a URL
    if (issuer === undefined || !/^https?:\/\//.test(issuer) || !URL.canParse(issuer)) return undefined
    const kind = place.pathname.includes("openid-configuration") ? "OpenID Connect" : "OAuth 2"
    return { kind, version: undefined, issuer, fits: issuer.replace(/\/$/, "") === issuerAt(place) }
  }
  // a page that shows a document, or says that there is none, is none
  if (contentType.includes("html")) return undefined
  const version = versionOf(text)
  return version === undefined ? undefined : { kind: "OpenAPI", version, issuer: undefined, fits: true }
}

const headerOf = (value: string | ReadonlyArray<string> | undefined): string => typeof value === "string" ? value : value?.[0] ?? ""

const read = (probe: Probe.Probe, place: URL, redirects: number): Effect.Effect<Found | undefined, TransportError> =>
  Effect.flatMap(probe.request({ url: place, headers: { accept: "application/json, application/yaml;q=0.9, */*;q=0.1" }, maxBytes }), (answer) => {
    if (answer.status >= 301 && answer.status <= 308 && redirects > 0) {
      const target = URL.parse(headerOf(answer.headers["location"]), place.href)
      return target !== null && target.origin === place.origin ? read(probe, target, redirects - 1) : Effect.undefined
    }
    if (answer.status !== 200) return Effect.undefined
    const kind = kindOf(place, headerOf(answer.headers["content-type"]), new TextDecoder().decode(answer.body))
    return Effect.succeed(kind === undefined ? undefined : {
      ...kind,
      url: probe.shownUrl(place),
      issuer: kind.issuer === undefined ? undefined : probe.shownText(kind.issuer)
    })
  })

/** Looks at all places, a few at once, and tells what was found within the limit. What cannot be read is not there. */
export const discover = (
  probe: Probe.Probe,
  url: URL,
  limit: Duration.Duration
): Effect.Effect<{ readonly found: ReadonlyArray<Found>; readonly asked: number }> =>
  Effect.suspend(() => {
    const places = placesOf(url)
    const found: Array<Found | undefined> = places.map(() => undefined)
    const all = Effect.forEach(places, (place, index) =>
      read(probe, place, maxRedirects).pipe(
        Effect.orElseSucceed(() => undefined),
        Effect.map((each) => {
          found[index] = each
        })
      ), { concurrency: 4, discard: true })
    return Effect.map(Effect.timeoutOption(all, limit), () => ({ found: unique(found.filter((each) => each !== undefined)), asked: places.length }))
  })

/** A document that stands at several places is one. */
const unique = (found: ReadonlyArray<Found>): ReadonlyArray<Found> => {
  const seen = new Set<string>()
  return found.filter(({ issuer, kind, url, version }) => {
    const key = kind === "OpenAPI" ? `${kind} ${version} ${url}` : `${kind} ${issuer}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

/** What was found, and whether it is what clients accept. */
export const discoveryStage = ({ asked, found }: { readonly found: ReadonlyArray<Found>; readonly asked: number }, millis: number): DiscoveryStage => ({
  stage: "discovery",
  status: found.every(({ fits }) => fits) ? "ok" : "warning",
  lines: found.length === 0
    ? [`nothing at ${asked} well-known places`]
    : found.map(({ fits, issuer, kind, url, version }) => {
      const by = issuer === undefined ? "" : ` (issuer ${issuer}${fits ? "" : ", which does not belong to this place"})`
      return `${kind}${version === undefined ? "" : ` ${version}`}: ${url}${by}`
    }),
  advice: found.every(({ fits }) => fits)
    ? undefined
    : "Clients refuse an issuer that is not the address below which its document stands: is a proxy before the server that changes its address?",
  millis,
  facts: { found, asked }
})
