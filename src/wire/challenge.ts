/**
 * Challenges of `WWW-Authenticate` and `Proxy-Authenticate`, and the parameters of `Authentication-Info`. One pass over the
 * text, whatever it holds: what makes no sense is dropped, what stands beside it is kept, and nothing throws.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.2 parameters and token68
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1 several challenges in one field
 */

/** One challenge (RFC 9110 section 11.3). */
export interface Challenge {
  /** as it came; compare it without case */
  readonly scheme: string
  /** the token68 form of its data, e.g. of Negotiate */
  readonly token: string | undefined
  /** the parameters by lower-case name, unquoted; of a repeated one the first */
  readonly parameters: ReadonlyMap<string, string>
}

/** Characters of all fields together; a field that would go beyond it is not read. */
const maxLength = 64 * 1024

/**
 * The challenges of all fields of one name, in their order. A comma separates parameters as well as challenges, and several
 * fields are one list (RFC 9110 section 5.3): so a parameter belongs to the challenge before it, in whichever field that is.
 *
 * @example
 * ```ts
 * parseChallenges(["Digest realm=\"a, b\", nonce=\"1\", Negotiate"]).map(({ scheme }) => scheme) // ["Digest", "Negotiate"]
 * ```
 */
export const parseChallenges = (fields: ReadonlyArray<string>): ReadonlyArray<Challenge> => {
  const out: Array<Challenge> = []
  let parameters: Map<string, string> | undefined
  let left = maxLength
  for (const field of fields) {
    if (field.length > left) continue
    left -= field.length
    scan(field, {
      challenge: (scheme, token) => {
        parameters = new Map()
        out.push({ scheme, token, parameters })
      },
      parameter: (name, value) => {
        if (parameters?.has(name) === false) parameters.set(name, value)
      },
      // it may have been the beginning of a challenge, whose parameters are nobody else's
      unreadable: () => {
        parameters = undefined
      }
    })
  }
  return out
}

/**
 * The parameters of `Authentication-Info` or `Proxy-Authentication-Info`, by lower-case name; of a repeated one the first.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.6.3
 */
export const parseInfo = (text: string): ReadonlyMap<string, string> => {
  const out = new Map<string, string>()
  if (text.length > maxLength) return out
  scan(text, {
    challenge: () => {},
    parameter: (name, value) => {
      if (!out.has(name)) out.set(name, value)
    },
    unreadable: () => {}
  })
  return out
}

/** Are these two the same auth-scheme (RFC 9110 section 11.1)? */
export const isScheme = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

/** A parameter to write. `bare` ones are tokens and stand without quotes. */
export interface Parameter {
  readonly name: string
  readonly value: string
  readonly bare?: boolean | undefined
}

/** `name="value", name=value`. Values may not hold control characters: whoever takes them from outside checks them. */
export const formatParameters = (parameters: ReadonlyArray<Parameter>): string =>
  parameters.map(({ bare, name, value }) => `${name}=${bare === true ? value : quoted(value)}`).join(", ")

/** A quoted string (RFC 9110 section 5.6.4). */
const quoted = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`

/** One challenge, as a server writes it. */
export const formatChallenge = ({ parameters, scheme, token }: Challenge): string => {
  const data = token ?? formatParameters(Array.from(parameters, ([name, value]) => ({ name, value })))
  return data === "" ? scheme : `${scheme} ${data}`
}

/** What a scan finds, in its order. */
interface Found {
  readonly challenge: (scheme: string, token: string | undefined) => void
  readonly parameter: (name: string, value: string) => void
  /** an element of the list that is neither a challenge nor a parameter */
  readonly unreadable: () => void
}

const tab = 0x09
const space = 0x20
const quote = 0x22
const comma = 0x2c
const equals = 0x3d
const backslash = 0x5c

const isSpace = (code: number): boolean => code === space || code === tab

const isAlphanumeric = (code: number): boolean => (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)

/** RFC 9110 section 5.6.2 */
const isTokenCharacter = (code: number): boolean => isAlphanumeric(code) || "!#$%&'*+-.^_`|~".includes(String.fromCharCode(code))

/** RFC 9110 section 11.2 */
const isToken68Character = (code: number): boolean => isAlphanumeric(code) || "-._~+/".includes(String.fromCharCode(code))

/** servers also leave out the quotes where a value needs them, as around a base64 nonce */
const isValueCharacter = (code: number): boolean => code > space && code !== comma && code !== quote

/** The position never goes back, but over the one word after a scheme: it may be a token68 or the name of a parameter. */
const scan = (text: string, found: Found): void => {
  const end = text.length
  let at = 0

  const run = (belongs: (code: number) => boolean): string => {
    const start = at
    while (at < end && belongs(text.charCodeAt(at))) at++
    return text.slice(start, at)
  }
  const skipSpace = (): void => {
    while (at < end && isSpace(text.charCodeAt(at))) at++
  }
  const atEnd = (): boolean => at >= end || text.charCodeAt(at) === comma

  /** a quoted string that nobody closes is none */
  const quotedString = (): string | undefined => {
    let value = ""
    let from = ++at
    while (at < end) {
      const code = text.charCodeAt(at)
      if (code === quote) {
        value += text.slice(from, at++)
        return value
      }
      if (code === backslash) {
        value += text.slice(from, at)
        from = ++at
      }
      at++
    }
    return undefined
  }

  /** what follows the name of a parameter */
  const parameter = (name: string): void => {
    at++
    skipSpace()
    const code = at < end ? text.charCodeAt(at) : comma
    const value = code === quote ? quotedString() : code === equals ? "" : run(isValueCharacter)
    if (value !== undefined && (value !== "" || code === quote)) found.parameter(name.toLowerCase(), value)
  }

  /** what follows a scheme: a token68, or its first parameter */
  const challenge = (scheme: string): void => {
    const start = at
    let token = run(isToken68Character)
    if (token !== "") token += run((code) => code === equals)
    skipSpace()
    if (token !== "" && atEnd()) return found.challenge(scheme, token)
    found.challenge(scheme, undefined)
    at = start
    const name = run(isTokenCharacter)
    skipSpace()
    if (name !== "" && at < end && text.charCodeAt(at) === equals) parameter(name)
  }

  for (;;) {
    while (at < end && (isSpace(text.charCodeAt(at)) || text.charCodeAt(at) === comma)) at++
    if (at >= end) return
    const name = run(isTokenCharacter)
    const after = at
    skipSpace()
    if (name === "") found.unreadable()
    else if (atEnd()) found.challenge(name, undefined)
    else if (text.charCodeAt(at) === equals) parameter(name)
    else if (at > after) challenge(name)
    else found.unreadable()
    // what is left belongs to nothing; a comma in quotes does not end it
    while (!atEnd()) {
      if (text.charCodeAt(at) === quote) quotedString()
      else at++
    }
  }
}
