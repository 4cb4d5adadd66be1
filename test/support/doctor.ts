/** The doctor's examination, with the settings that tests do not care for. */
import { assert } from "@effect/vitest"
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import { examine, type ExamineOptions } from "../../kit/src/doctor/examine.ts"
import type { Report, Stage, StageName } from "../../kit/src/doctor/model.ts"

/** Looks at a URL; `ticket` is how the Kerberos ticket stands. */
export const looking = (ticket: ExamineOptions["ticket"]) => (url: string, options: Partial<ExamineOptions> = {}): Effect.Effect<Report> =>
  examine({
    url: new URL(url),
    ca: undefined,
    certificate: undefined,
    proxy: undefined,
    proxyFrom: undefined,
    environment: {},
    insecure: false,
    discovery: false,
    timeout: Duration.seconds(10),
    prefix: "API",
    profile: undefined,
    set: undefined,
    during: (_, effect) => effect,
    ticket,
    ...options
  })

export const stageOf = <Name extends StageName>({ stages }: Report, name: Name): Extract<Stage, { readonly stage: Name }> => {
  const found = stages.find((each): each is Extract<Stage, { readonly stage: Name }> => each.stage === name)
  assert(found !== undefined, `no stage ${name}`)
  return found
}
