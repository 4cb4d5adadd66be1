/** What the compiler knows of Argus. Checked by `tsc`; nothing here runs. */
import type { CallError, Can, Forbidden, NotFound, Open, PreconditionFailed } from "credence"
import { Argus, type ArgusMessages, submitSample } from "credence/argus"
import { addComment, downloadAttachment, getCaseMetadataByID, simpleCaseSearch, updateCase, uploadStreamingAttachment } from "credence/argus/cases/v2/case"
import { addDocumentByPathRaw, deleteDocumentByPath } from "credence/argus/documents/v1/document"
import type { Case, CaseResult, CaseStatus, DocumentLockResult } from "credence/argus/models"
import { addSubmission, downloadRawSample } from "credence/argus/sampledb/v2/sample"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_: Same<A, B>): void => {}
const body = new Uint8Array()

// what an endpoint gives, how it fails, what it needs
same<
  ReturnType<typeof getCaseMetadataByID>,
  Effect.Effect<CaseResult, CallError | Forbidden<ArgusMessages> | NotFound<ArgusMessages> | PreconditionFailed<ArgusMessages>, Argus | Can<Argus, "viewCases">>
>(true)
same<Effect.Services<ReturnType<typeof downloadAttachment>>, Argus | Can<Argus, "viewCases"> | Scope.Scope>(true)
same<Effect.Services<ReturnType<typeof downloadRawSample>>, Argus | Can<Argus, "downloadRawSample" | "downloadSampleUnrestricted"> | Scope.Scope>(true)
same<Effect.Services<ReturnType<typeof submitSample>>, Argus | Can<Argus, "addSampleSubmission" | "submitSample">>(true)
same<Stream.Success<ReturnType<typeof simpleCaseSearch.items>>, Case>(true)
same<Extract<Effect.Error<ReturnType<typeof deleteDocumentByPath>>, { readonly _tag: "Locked" }>["body"], DocumentLockResult>(true)

// enums are open where they are read, and closed where they are written
same<Case["status"], CaseStatus | Open.Unrecognized<string>>(true)
simpleCaseSearch({ status: ["pendingSoc"] })
// @ts-expect-error no such status
simpleCaseSearch({ status: ["asleep"] })
// @ts-expect-error a case is not closed by an update
updateCase({ id: 1, body: { status: "closed" } })

// what must be given
simpleCaseSearch()
// @ts-expect-error the case
getCaseMetadataByID()
// @ts-expect-error the media type, which the API demands
uploadStreamingAttachment({ caseID: 1, filename: "x", body })
addDocumentByPathRaw({ parentFolderPath: "/", documentName: "x", body })
// @ts-expect-error no such parameter
getCaseMetadataByID({ id: 1, skipRedirects: true })

// a submission may have been left out
declare const submitted: Effect.Success<ReturnType<typeof addSubmission>>
export const tlp = "tlp" in submitted.data ? submitted.data.tlp : undefined
// @ts-expect-error not there when the submission was not kept
export const unchecked = submitted.data.tlp

// a constraint is held by the compiler
getCaseMetadataByID({ id: 1 }).pipe(Argus.constrained({ functions: ["viewCases"] }))
// @ts-expect-error addComment needs updateCase
addComment({ caseID: 1, body: { comment: "x" } }).pipe(Argus.constrained({ functions: ["viewCases"] }))
