// A program that knows nothing of servers: what it needs is in its R.
import { getCaseMetadataByID } from "credence/argus/cases/v2/case"
import * as Effect from "effect/Effect"

/** The subject of a case, or what to say where there is none. */
export const subjectOf = (id: number) =>
  getCaseMetadataByID({ id }).pipe(
    Effect.map((answer) => answer.data.subject),
    Effect.catchTag("NotFound", () => Effect.succeed(`no case ${id}`))
  )
