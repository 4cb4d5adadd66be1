/**
 * Tokens of the `Negotiate` scheme: what can be told about them without being GSSAPI.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4559#section-4 a token is base64 after the scheme's name
 * @see https://www.rfc-editor.org/rfc/rfc4178#section-4.2 messages of SPNEGO
 */
import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"
import { decode } from "./spnego.ts"

const signature = "NTLMSSP\0"

const decoded = (token: string): string | undefined => {
  try {
    return atob(token)
  } catch {
    return undefined
  }
}

/** Is there an NTLM message in this token? Lists of mechanisms name NTLM by a number, never by this signature. */
export const carriesNtlm = (token: string): boolean => decoded(token)?.includes(signature) ?? false

/**
 * Does a server's token say that it refuses? That is a NegTokenResp whose `negState` is `reject (2)`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4178#section-4.2.2
 */
export const isRejected = (token: string): boolean => {
  const message = Result.flatMap(Base64.decode(token), decode)
  return Result.isSuccess(message) && message.success._tag === "Response" && message.success.state === "reject"
}

/**
 * Does a login hold for the connection? `undefined`: the server does not say so in a word that is known.
 *
 * @see https://learn.microsoft.com/openspecs/windows_protocols/ms-n2ht/c37e59c4-4252-4626-8121-957504c52cbc MS-N2HT section 3.2.5
 */
export const parsePersistentAuth = (text: string | undefined): boolean | undefined => {
  const word = text?.trim().toLowerCase()
  return word === "true" ? true : word === "false" ? false : undefined
}
