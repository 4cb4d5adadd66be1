/**
 * The messages of the device authorization grant.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8628#section-3.2 what the device is told
 * @see https://www.rfc-editor.org/rfc/rfc8628#section-3.5 what it hears while it asks
 */
import * as Result from "effect/Result"
import { isRecord, textOf } from "./json.ts"
import { lifetime } from "./oauth.ts"

/** What a device shows, and what it asks with meanwhile. */
export interface DeviceAuthorization {
  readonly deviceCode: string
  readonly userCode: string
  readonly verificationUri: string
  /** the address with the code in it */
  readonly verificationUriComplete: string | undefined
  /** milliseconds; `undefined`: not told */
  readonly lifetime: number | undefined
  /** milliseconds between two questions */
  readonly interval: number
}

/** What to do after an answer that is not a token: ask again, ask less often, or give up with a sentence. */
export type Waiting = "pending" | "slow" | { readonly gone: string }

/** The grant's name in a token request (section 3.4). */
export const grantType = "urn:ietf:params:oauth:grant-type:device_code"

/** Section 3.2: where nothing is said, 5 seconds. */
const defaultInterval = 5_000

/** Section 3.5: this much more between two questions after `slow_down`. */
export const slowDown = 5_000

/** An address to show to a person: of the web, and without what a terminal would take for commands. */
const addressOf = (u: unknown): string | undefined => {
  const url = typeof u === "string" ? URL.parse(u) : null
  return url !== null && (url.protocol === "https:" || url.protocol === "http:") && url.username === "" && url.password === "" ? url.href : undefined
}

/** Reads an answer of the device authorization endpoint; a failure is what is wrong with it. */
export const parseAuthorization = (json: unknown): Result.Result<DeviceAuthorization, string> => {
  if (!isRecord(json)) return Result.fail("the server did not answer with JSON: a proxy or login page may have answered instead")
  const deviceCode = textOf(json["device_code"])
  const userCode = textOf(json["user_code"])
  // some servers kept a name of the drafts
  const verificationUri = addressOf(json["verification_uri"] ?? json["verification_url"])
  if (deviceCode === undefined) return Result.fail("the server's answer has no device_code")
  if (userCode === undefined || !/^[\x20-\x7e]{1,64}$/.test(userCode)) return Result.fail("the server's answer has no user_code that could be shown")
  if (verificationUri === undefined) return Result.fail("the server's answer has no verification_uri that could be shown")
  return Result.succeed({
    deviceCode,
    userCode,
    verificationUri,
    verificationUriComplete: addressOf(json["verification_uri_complete"] ?? json["verification_url_complete"]),
    lifetime: lifetime(json["expires_in"]),
    interval: lifetime(json["interval"]) ?? defaultInterval
  })
}

/** What an error of the token endpoint means to a device that waits; `undefined`: it is none of the grant's own. */
export const waitingOf = (json: unknown): Waiting | undefined => {
  switch (isRecord(json) ? json["error"] : undefined) {
    case "authorization_pending":
      return "pending"
    case "slow_down":
      return "slow"
    case "access_denied":
      return { gone: "access_denied: the user refused" }
    case "expired_token":
      return { gone: "expired_token: nobody approved the code in time" }
    default:
      return undefined
  }
}
