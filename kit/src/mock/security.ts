/**
 * Does a request carry what its endpoint wants as a proof? The proof itself is not looked at.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html#security-requirement-object
 */
import type { SecurityRequirement, SecurityScheme } from "credence/Auth"
import { header, type HttpRequest } from "../http/message.ts"
import { decodePercent } from "./parameters.ts"

/** Security schemes by name. */
export type Schemes = Readonly<Record<string, SecurityScheme>>

const hasCookie = (request: HttpRequest, name: string): boolean =>
  (header(request, "cookie") ?? "").split(";").some((pair) => decodePercent(pair.split("=", 1)[0]?.trim() ?? "") === name)

const isGiven = (scheme: SecurityScheme | undefined, request: HttpRequest): boolean => {
  const authorization = header(request, "authorization")
  const begins = (name: string): boolean => authorization !== undefined && new RegExp(`^${name.replace(/[^\w-]/g, "")} +\\S`, "i").test(authorization)
  switch (scheme?.type) {
    case undefined:
      // nobody says where it would be
      return authorization !== undefined || header(request, "cookie") !== undefined || Object.keys(request.headers).some((name) => /key|token|secret/i.test(name))
    case "apiKey":
      switch (scheme.in) {
        case "header":
          return header(request, scheme.name.toLowerCase()) !== undefined
        case "query":
          return request.query.has(scheme.name)
        case "cookie":
          return hasCookie(request, scheme.name)
      }
      return false
    case "http":
      return begins(scheme.scheme)
    case "oauth2":
    case "openIdConnect":
      return begins("bearer")
    case "mutualTLS":
      // the connection proves it, and the mock speaks plain http
      return true
  }
}

/** What a request lacks, as a sentence; `undefined`: it has all of one alternative, or none is needed. */
export const lacking = (wanted: ReadonlyArray<SecurityRequirement> | undefined, schemes: Schemes, request: HttpRequest): string | undefined => {
  if (wanted === undefined || wanted.length === 0) return undefined
  const alternatives = wanted.map((alternative) => Object.keys(alternative))
  const served = alternatives.some((names) => names.every((name) => isGiven(Object.hasOwn(schemes, name) ? schemes[name] : undefined, request)))
  return served ? undefined : `needs ${alternatives.map((names) => names.join(" and ")).join(", or ")}`
}

/** `WWW-Authenticate`, which every 401 has (RFC 9110 section 15.5.2). */
export const challenge = (wanted: ReadonlyArray<SecurityRequirement>, schemes: Schemes): string => {
  const names = new Set(wanted.flatMap((alternative) => Object.keys(alternative)).map((name) => {
    const scheme = Object.hasOwn(schemes, name) ? schemes[name] : undefined
    return scheme?.type === "http" ? scheme.scheme : scheme?.type === "apiKey" ? "ApiKey" : "Bearer"
  }))
  return [...names].map((name) => `${name.replace(/[^\w-]/g, "")} realm="mock"`).join(", ")
}
