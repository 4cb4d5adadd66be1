/** A diagnosis for people, and for programs. */
import type { Report, Stage, Status } from "./model.ts"

/** How a status looks, such as in colour. */
export type Paint = (status: Status | "code", text: string) => string

const nameWidth = 14
const statusWidth = 9

/** Names, states and facts in columns; facts one a line. */
const linesOf = ({ lines, stage, status }: Stage, paint: Paint): ReadonlyArray<string> =>
  (lines.length === 0 ? [""] : lines).map((line, index) => {
    const before = index === 0
      // padded here, since colours have no width
      ? `${stage.padEnd(nameWidth)}  ${paint(status, status)}${" ".repeat(statusWidth - status.length)}`
      : " ".repeat(nameWidth + statusWidth + 2)
    return `  ${before}${line}`.trimEnd()
  })

/**
 * The diagnosis as text. Stages that were skipped since an earlier one is broken are named in one line; the others have
 * nothing to say.
 *
 * @example
 * ```ts
 * console.log(textOf(report, (_, text) => text))
 * ```
 */
export const textOf = ({ broken, code, stages, url }: Report, paint: Paint): string => {
  const firstBroken = stages.findIndex(({ stage }) => stage === broken)
  const shown = stages.filter(({ status }) => status !== "skipped")
  const skipped = firstBroken < 0 ? [] : stages.slice(firstBroken).filter(({ status }) => status === "skipped").map(({ stage }) => stage)
  const culprit = firstBroken < 0 ? undefined : stages[firstBroken]
  const warnings = stages.filter(({ advice, status }) => advice !== undefined && status === "warning")
  return [
    url,
    ...shown.flatMap((stage) => linesOf(stage, paint)),
    ...(skipped.length === 0 ? [] : [`  ${"".padEnd(nameWidth)}  ${"skipped".padEnd(statusWidth)}${skipped.join(", ")}`]),
    "",
    culprit === undefined
      ? paint("ok", "Nothing is broken on the way.")
      : paint("broken", `Broken: ${culprit.stage}. ${culprit.advice ?? culprit.lines.at(-1) ?? ""}`),
    ...(culprit === undefined ? warnings.map(({ advice, stage }) => paint("warning", `${stage}: ${advice}`)) : []),
    "",
    ...code.trimEnd().split("\n").map((line) => paint("code", line))
  ].join("\n")
}

const nullable = <A>(value: A | undefined): A | null => value ?? null

/** The diagnosis as JSON: a shape that stays. Members are added, never removed or changed; `version` counts if that ever has to be. */
export const dataOf = ({ broken, code, exitCode, stages, url }: Report) => ({
  version: 1,
  ok: broken === undefined,
  url,
  exitCode,
  broken: nullable(broken),
  stages: stages.map(({ advice, facts, lines, millis, stage, status }) => ({
    stage,
    status,
    lines,
    advice: nullable(advice),
    millis: nullable(millis),
    facts: nullable(facts)
  })),
  code
})
