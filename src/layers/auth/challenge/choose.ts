/**
 * Which of the schemes that a peer offers to take: the strongest that is enabled. Pure; the same for origins and proxies.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1 several challenges: "the most secure one" that is understood
 */
import type { Challenge, Scheme } from "../../../services/Scheme.ts"

/** A scheme that may be taken, and the challenges it may answer, in the peer's order: of Digest, one for each algorithm. */
export interface Candidate {
  readonly scheme: Scheme
  readonly challenges: readonly [Challenge, ...Array<Challenge>]
}

/** What a peer offers, seen from what is enabled. */
export interface Choice {
  /** names as they came, each once, in the peer's order; `…` stands for those that cannot be shown */
  readonly offered: ReadonlyArray<string>
  /** strongest first; the next is for when the platform cannot do the one before, never for when that was refused */
  readonly candidates: ReadonlyArray<Candidate>
  /** the strongest that is offered and enabled, be it a candidate or not: what tells a downgrade */
  readonly strongest: Scheme | undefined
  /** why each of the others was not, by the name of the scheme */
  readonly passedOver: Readonly<Record<string, string>>
}

/**
 * Lines up the enabled schemes that a peer offers. `exposing`: a scheme whose answer is the secret itself may be used, since
 * nobody can read along or the caller said so.
 *
 * @example
 * ```ts
 * const { candidates, offered } = pickScheme([digest, basic], parseChallenges(values), { exposing: secure })
 * ```
 */
export const pickScheme = (
  schemes: ReadonlyArray<Scheme>,
  challenges: ReadonlyArray<Challenge>,
  options: { readonly exposing: boolean }
): Choice => {
  const byName = new Map<string, [Challenge, ...Array<Challenge>]>()
  for (const challenge of challenges) {
    const name = challenge.scheme.toLowerCase()
    const known = byName.get(name)
    if (known === undefined) byName.set(name, [challenge])
    else known.push(challenge)
  }
  const candidates: Array<Candidate> = []
  const passedOver: Record<string, string> = {}
  let strongest: Scheme | undefined
  for (const scheme of [...schemes].sort((a, b) => b.strength - a.strength)) {
    const own = byName.get(scheme.name.toLowerCase())
    if (own !== undefined) strongest ??= scheme
    if (own === undefined) passedOver[scheme.name] ??= "not offered"
    else if (scheme.exposes && !options.exposing) passedOver[scheme.name] = "would show the secret to whoever reads along: only over TLS, or on this machine"
    else candidates.push({ scheme, challenges: own })
  }
  const offered: Array<string> = []
  // a name holds no `=`, with which base64 is filled up
  const secrets = schemes.flatMap((scheme) => Array.from(scheme.secrets(), (secret) => secret.replace(/=+$/, ""))).filter((secret) => secret.length > 3)
  let strangers = 0
  for (const [name, [{ scheme }]] of byName) {
    const enabled = schemes.some((each) => each.name.toLowerCase() === name)
    if (!enabled && (strangers++ >= maxStrangers || scheme.length > maxName || secrets.some((secret) => scheme.includes(secret)))) {
      if (!offered.includes(others)) offered.push(others)
      continue
    }
    offered.push(scheme)
    if (!enabled) passedOver[scheme] = "not enabled"
  }
  return { offered, candidates, strongest, passedOver }
}

/** A peer may put anything where a name should be, and names are shown: what nobody calls a scheme, or repeats a secret, is not. */
const others = "…"
const maxStrangers = 16
const maxName = 24

/**
 * What a peer took before, where all that it offers now is weaker: somebody may sit in between, and none of it is to be used.
 * `undefined` where nothing is wrong.
 */
export const downgradedFrom = ({ strongest }: Choice, proven: Scheme | undefined): Scheme | undefined =>
  strongest !== undefined && proven !== undefined && strongest.strength < proven.strength ? proven : undefined

/** Of a choice: what was offered and why none of it served, as words for an error. */
export const choiceText = (choice: Choice, passedOver: Readonly<Record<string, string>> = choice.passedOver): string => {
  const offered = choice.offered.length === 0 ? "no scheme" : choice.offered.join(", ")
  const why = Object.entries(passedOver).filter(([name]) => choice.offered.some((each) => each.toLowerCase() === name.toLowerCase()))
  return `it offers ${offered}` + (why.length === 0 ? "" : ` (${why.map(([name, reason]) => `${name}: ${reason}`).join("; ")})`)
}

/** The challenge that a candidate answers, where several of its name came. */
export const challengeFor = ({ challenges, scheme }: Candidate): Challenge => scheme.choose?.(challenges) ?? challenges[0]
