/**
 * How an API tells which OpenID provider to ask, and how that tells where its endpoints are.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-3 the Bearer challenge, to which APIs add parameters of their own
 * @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig
 */
import * as Result from "effect/Result"
import { type Challenge, isScheme } from "./challenge.ts"

/** What the Bearer challenge of an API says beyond RFC 6750. */
export interface ProviderChallenge {
  /** the provider's URL, below which its configuration is */
  readonly authority: string | undefined
  readonly clientId: string | undefined
  /** where a browser is sent back to */
  readonly redirectUri: string | undefined
  readonly scope: string | undefined
  readonly audience: string | undefined
}

/** The first Bearer challenge among others; `undefined`: there is none. */
export const providerOf = (challenges: ReadonlyArray<Challenge>): ProviderChallenge | undefined => {
  const bearer = challenges.find(({ scheme }) => isScheme(scheme, "Bearer"))
  if (bearer === undefined) return undefined
  const of = (name: string): string | undefined => {
    const value = bearer.parameters.get(name)
    return value === "" ? undefined : value
  }
  return { authority: of("authority"), clientId: of("clientid"), redirectUri: of("redirecturi"), scope: of("scope"), audience: of("apiaudience") }
}

/** Where a provider's configuration is (OpenID Connect Discovery section 4.1); `undefined` for what is no http(s) URL. */
export const configurationUrl = (authority: string): string | undefined => {
  const url = URL.parse(authority)
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:") || url.search !== "" || url.hash !== "") return undefined
  return `${url.href.replace(/\/+$/, "")}/.well-known/openid-configuration`
}

/** Endpoints of a provider. */
export interface ProviderConfiguration {
  readonly issuer: string
  readonly tokenUrl: string
  readonly authorizationUrl: string | undefined
}

/**
 * Reads a provider's configuration. Its issuer must be the authority that was asked (section 4.3), or anybody's configuration
 * could name its own endpoints; `{tenantid}` in it stands for the tenant of a provider that serves several.
 */
export const readConfiguration = (authority: string, json: unknown): Result.Result<ProviderConfiguration, string> => {
  if (typeof json !== "object" || json === null) return Result.fail("the provider's configuration is no JSON object")
  const members = json as Readonly<Record<string, unknown>> // looked at one by one
  const text = (name: string): string | undefined => {
    const value = members[name]
    return typeof value === "string" && value !== "" ? value : undefined
  }
  const issuer = text("issuer")
  const tokenUrl = text("token_endpoint")
  if (issuer === undefined) return Result.fail("the provider's configuration has no issuer")
  if (!isIssuer(authority, issuer)) return Result.fail("the provider's configuration is of another issuer than the authority")
  if (tokenUrl === undefined || !URL.canParse(tokenUrl)) return Result.fail("the provider's configuration has no token_endpoint")
  return Result.succeed({ issuer, tokenUrl, authorizationUrl: text("authorization_endpoint") })
}

const trimmed = (url: string): string => url.replace(/\/+$/, "")

const isIssuer = (authority: string, issuer: string): boolean => {
  const [asked, said] = [trimmed(authority), trimmed(issuer)]
  if (asked === said) return true
  const at = said.indexOf("{tenantid}")
  if (at < 0) return false
  const [before, after] = [said.slice(0, at), said.slice(at + "{tenantid}".length)]
  const tenant = asked.slice(before.length, asked.length - after.length)
  // a tenant is one segment of the path, never a part of the host
  return URL.parse(before)?.pathname.endsWith("/") === true && asked.startsWith(before) && asked.endsWith(after) && /^[\w.-]+$/.test(tenant)
}
