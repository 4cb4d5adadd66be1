/**
 * Requests for people: secrets are masked, or stand as variables of a shell.
 */
import type { TransportRequest } from "credence/Transport"
import { isRecord, setMember, tryJson } from "../values/json.ts"
import type { KnownSecret } from "./credentials.ts"

/** A piece of a text: as it is, or a secret and what to call it. */
export type Piece = { readonly _tag: "Text"; readonly text: string } | { readonly _tag: "Secret"; readonly variable: string }

/** What is secret in a request. */
export interface Secrets {
  readonly isSecretName: (name: string) => boolean
  /** by value; the longest first, since one may begin with another */
  readonly known: ReadonlyArray<KnownSecret>
  /** what to call one that only its name gives away */
  readonly variableFor: (name: string) => string
}

const wellKnown = /^(?:(?:proxy)?authorization|(?:set)?cookie|.*apikey|.*csrf.*|.*password|passphrase|pwd|pin|otp|.*secret|.*token|jwt|.*credentials?|.*signature|sessionkey|privatekey)$/i

/** Names under which secrets travel, for what is no request. */
export const isSecretName = (name: string): boolean => wellKnown.test(name.replace(/[-_.\s[\]]/g, ""))

/** The forms in which a value may stand: as it is, in a URL, in JSON. */
const formsOf = (value: string): ReadonlyArray<string> => {
  const url = value.isWellFormed() ? encodeURIComponent(value) : value
  return [...new Set([value, url, url.replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`), JSON.stringify(value).slice(1, -1)])]
}

/**
 * The secrets of a request: those that were configured, and those that the session says are in it, such as a token that a
 * login gave.
 */
export const secretsOf = (request: TransportRequest, configured: ReadonlyArray<KnownSecret>, prefix: string): Secrets => {
  const variableFor = (name: string): string => `${prefix}_${name.replace(/[^A-Za-z0-9]+/g, "_").toUpperCase()}`
  const values = [...new Set(request.redaction?.values() ?? [])]
  // what holds another one, such as `Bearer abc`, is made of it
  const isMade = (value: string): boolean => configured.some((one) => value.includes(one.value)) || values.some((one) => one !== value && value.endsWith(` ${one}`))
  const others = values.filter((value) => !isMade(value)).map((value) => ({ variable: variableFor("SECRET"), value }))
  return {
    isSecretName: (name) => isSecretName(name) || request.redaction?.isSecretName(name) === true,
    known: [...configured, ...others].flatMap(({ value, variable }) => formsOf(value).map((form) => ({ variable, value: form }))).sort((a, b) => b.value.length - a.value.length),
    variableFor
  }
}

/** A text cut where a known secret begins and ends. Values under 4 characters are left: they would cut any text to pieces. */
export const cut = (text: string, { known }: Pick<Secrets, "known">): ReadonlyArray<Piece> => {
  for (const { value, variable } of known) {
    const at = value.length < 4 ? -1 : text.indexOf(value)
    if (at >= 0) return [...cut(text.slice(0, at), { known }), { _tag: "Secret", variable }, ...cut(text.slice(at + value.length), { known })]
  }
  return text === "" ? [] : [{ _tag: "Text", text }]
}

/** A value under a name: a secret name makes it one, and of `Bearer abc` the token alone. */
export const cutNamed = (name: string, text: string, secrets: Secrets): ReadonlyArray<Piece> => {
  // a value that is nothing but a secret is one, however short
  const whole = secrets.known.find(({ value }) => value === text)
  if (whole !== undefined) return [{ _tag: "Secret", variable: whole.variable }]
  const pieces = cut(text, secrets)
  if (!secrets.isSecretName(name) || text === "" || pieces.some((piece) => piece._tag === "Secret")) return pieces
  const scheme = /^(?:Bearer|Basic|Digest|Token|ApiKey) +/i.exec(text)?.[0] ?? ""
  const known = secrets.known.find(({ value }) => value === text.slice(scheme.length))
  return [...(scheme === "" ? [] : [{ _tag: "Text" as const, text: scheme }]), { _tag: "Secret", variable: known?.variable ?? secrets.variableFor(name) }]
}

// no text of a user holds this
const open = "\u{f0000}"
const close = "\u{f0001}"

/** JSON with marks in the place of what stands under secret names, at any depth below one. */
const marked = (value: unknown, secrets: Secrets, under: string | undefined): unknown => {
  if (typeof value === "string" || typeof value === "number") return under === undefined || value === "" ? value : `${open}${secrets.variableFor(under)}${close}`
  if (Array.isArray(value)) return value.map((item) => marked(item, secrets, under))
  if (!isRecord(value)) return value
  const out: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(value)) setMember(out, name, marked(member, secrets, under ?? (secrets.isSecretName(name) ? name : undefined)))
  return out
}

/** A body that is text: by known values, by the names of JSON members, by the names of a form's. */
export const cutBody = (text: string, contentType: string | undefined, secrets: Secrets): ReadonlyArray<Piece> => {
  const json = tryJson(text)
  if (json !== undefined) {
    const shown = JSON.stringify(marked(json.value, secrets, undefined)) ?? text
    return shown.split(open).flatMap((part, index) => {
      if (index === 0) return cut(part, secrets)
      const end = part.indexOf(close)
      return [{ _tag: "Secret" as const, variable: part.slice(0, end) }, ...cut(part.slice(end + close.length), secrets)]
    })
  }
  if (contentType?.startsWith("application/x-www-form-urlencoded") === true) {
    return text.split("&").flatMap((pair, index): ReadonlyArray<Piece> => {
      const equals = pair.indexOf("=")
      const name = decodeURIComponent(pair.slice(0, Math.max(0, equals)).replaceAll("+", " "))
      return [{ _tag: "Text", text: `${index === 0 ? "" : "&"}${pair.slice(0, equals + 1)}` }, ...cutNamed(name, pair.slice(equals + 1), secrets)]
    })
  }
  return cut(text, secrets)
}

/** Pieces as people may see them. */
export const masked = (pieces: ReadonlyArray<Piece>): string => pieces.map((piece) => piece._tag === "Text" ? piece.text : "<redacted>").join("")
