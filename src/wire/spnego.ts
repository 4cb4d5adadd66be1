/**
 * SPNEGO for one mechanism: NTLM. Kerberos libraries write theirs themselves.
 *
 * Only NTLM is offered, so there is nothing that an attacker could talk the two sides down to: the server's `mechListMIC` is
 * not looked at. Ours is sent where the server asks for one.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4178#section-4.2
 */
import * as Result from "effect/Result"
import { read, readAll, readObjectIdentifier, readOnly, same, tags, write } from "./der.ts"

/** NTLMSSP, as SPNEGO knows it (MS-SPNG) */
export const ntlmMechanism = "1.3.6.1.4.1.311.2.2.10"

const ntlmIdentifier = /*#__PURE__*/ Uint8Array.of(0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a)
/** 1.3.6.1.5.5.2, which frames the first message (RFC 2743 section 3.1) */
const spnegoIdentifier = /*#__PURE__*/ Uint8Array.of(0x2b, 0x06, 0x01, 0x05, 0x05, 0x02)
const ntlmSignature = /*#__PURE__*/ Uint8Array.of(0x4e, 0x54, 0x4c, 0x4d, 0x53, 0x53, 0x50, 0)

/** How the negotiation stands (RFC 4178 section 4.2.2). */
export type NegState = "accept-completed" | "accept-incomplete" | "reject" | "request-mic"

const states: ReadonlyArray<NegState> = ["accept-completed", "accept-incomplete", "reject", "request-mic"]

/** What one side says. */
export type SpnegoToken =
  /** the first message, with the mechanisms that are offered (RFC 4178 section 4.2.1) */
  | { readonly _tag: "Init"; readonly mechanisms: ReadonlyArray<string>; readonly token: Uint8Array | undefined; readonly mechListMIC: Uint8Array | undefined }
  /** every later one (RFC 4178 section 4.2.2) */
  | {
    readonly _tag: "Response"
    readonly state: NegState | undefined
    readonly mechanism: string | undefined
    readonly token: Uint8Array | undefined
    readonly mechListMIC: Uint8Array | undefined
  }
  /** an NTLM message without SPNEGO around it: servers answer so inside `Negotiate` */
  | { readonly _tag: "Raw"; readonly token: Uint8Array }

/** The first message: NTLM is offered, and begun (RFC 4178 section 4.2.1). */
export const encodeInit = (token: Uint8Array): Uint8Array =>
  write(tags.application,
    write(tags.objectIdentifier, spnegoIdentifier),
    write(0xa0, write(tags.sequence,
      write(0xa0, write(tags.sequence, write(tags.objectIdentifier, ntlmIdentifier))),
      write(0xa2, write(tags.octetString, token)))))

/** A later message of the client's (RFC 4178 section 4.2.2). */
export const encodeResponse = (token: Uint8Array, mechListMIC?: Uint8Array): Uint8Array =>
  write(0xa1, write(tags.sequence,
    write(0xa2, write(tags.octetString, token)),
    ...(mechListMIC === undefined ? [] : [write(0xa3, write(tags.octetString, mechListMIC))])))

/** Reads one message of SPNEGO, or a bare one of NTLM. Never throws; a failure says what is wrong. */
export const decode = (bytes: Uint8Array): Result.Result<SpnegoToken, string> => {
  if (same(bytes.subarray(0, ntlmSignature.length), ntlmSignature)) return Result.succeed({ _tag: "Raw", token: bytes })
  const framed = readOnly(bytes, tags.application)
  if (framed !== undefined) {
    const identifier = read(framed)
    if (identifier?.tag !== tags.objectIdentifier || !same(identifier.content, spnegoIdentifier)) {
      return Result.fail("the token is of another mechanism than SPNEGO")
    }
    return decodeInit(framed.subarray(identifier.end))
  }
  return bytes[0] === 0xa0 ? decodeInit(bytes) : decodeResponse(bytes)
}

const wrong = Result.fail("the token is no message of SPNEGO or NTLM")

/** The members of a message by their context tags; `undefined` where it is not one. */
const membersOf = (bytes: Uint8Array, tag: number): ReadonlyMap<number, Uint8Array> | undefined => {
  const choice = readOnly(bytes, tag)
  const sequence = choice === undefined ? undefined : readOnly(choice, tags.sequence)
  const members = sequence === undefined ? undefined : readAll(sequence)
  return members === undefined ? undefined : new Map(members.map((member) => [member.tag, member.content]))
}

/** A member that holds one element of this tag: absent is fine, another one is not. */
const memberOf = (members: ReadonlyMap<number, Uint8Array>, number: number, tag: number): Uint8Array | undefined | "wrong" => {
  const member = members.get(0xa0 + number)
  return member === undefined ? undefined : readOnly(member, tag) ?? "wrong"
}

const decodeInit = (bytes: Uint8Array): Result.Result<SpnegoToken, string> => {
  const members = membersOf(bytes, 0xa0)
  if (members === undefined) return wrong
  const list = memberOf(members, 0, tags.sequence)
  const token = memberOf(members, 2, tags.octetString)
  // Windows puts hints where the MIC would be (MS-SPNG section 2.2.1)
  const mic = memberOf(members, 3, tags.octetString)
  if (list === "wrong" || token === "wrong") return wrong
  const mechanisms: Array<string> = []
  for (const element of (list === undefined ? undefined : readAll(list)) ?? []) {
    const name = element.tag === tags.objectIdentifier ? readObjectIdentifier(element.content) : undefined
    if (name === undefined) return wrong
    mechanisms.push(name)
  }
  return Result.succeed({ _tag: "Init", mechanisms, token, mechListMIC: mic === "wrong" ? undefined : mic })
}

const decodeResponse = (bytes: Uint8Array): Result.Result<SpnegoToken, string> => {
  const members = membersOf(bytes, 0xa1)
  if (members === undefined) return wrong
  const state = memberOf(members, 0, tags.enumerated)
  const mechanism = memberOf(members, 1, tags.objectIdentifier)
  const token = memberOf(members, 2, tags.octetString)
  const mechListMIC = memberOf(members, 3, tags.octetString)
  if (state === "wrong" || mechanism === "wrong" || token === "wrong" || mechListMIC === "wrong") return wrong
  const named = state === undefined ? undefined : state.length === 1 ? states[state[0] ?? states.length] : undefined
  if (state !== undefined && named === undefined) return Result.fail("the message of SPNEGO has a state that does not exist")
  const name = mechanism === undefined ? undefined : readObjectIdentifier(mechanism)
  if (mechanism !== undefined && name === undefined) return wrong
  return Result.succeed({ _tag: "Response", state: named, mechanism: name, token, mechListMIC })
}
