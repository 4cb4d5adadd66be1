/** What the compiler knows of ICA's files. Checked by `tsc`; nothing here runs. */
import type { BadRequest, CallError, Conflict, ErrorResponse, FileFailed, Forbidden, NotFound } from "credence"
import { type Ica, IcaFiles, type Problem } from "credence/ica"
import { NodeFile } from "credence/node"
import type * as Effect from "effect/Effect"

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_: Same<A, B>): void => {}

type Refused = BadRequest<Problem> | ErrorResponse<Problem> | Forbidden<Problem> | NotFound<Problem>

const down = IcaFiles.download({ projectId: "p", dataId: "d" }, { to: NodeFile.parts({ folder: "reads" }) })
same<typeof down, Effect.Effect<IcaFiles.DownloadedData<{ readonly path: string; readonly name: string }>, CallError | Refused | FileFailed | IcaFiles.TransferFailed, Ica>>(true)

const up = IcaFiles.upload({ projectId: "p" }, { from: NodeFile.source("reads.bam") })
same<typeof up, Effect.Effect<IcaFiles.UploadedData, CallError | Refused | Conflict<Problem> | FileFailed | IcaFiles.TransferFailed, Ica>>(true)
