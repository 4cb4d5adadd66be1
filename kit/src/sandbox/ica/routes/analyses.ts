/** Analyses. Clients of both versions ask for them, by `Accept`. */
import { header, type HttpRequest } from "../../../http/message.ts"
import { timeText } from "../data.ts"
import type { Analysis } from "../model.ts"
import { answer, done, refuse, V3, V4 } from "../problem.ts"
import { type Call, page, projectOf, readBody, reads, type Route, type Service, writes } from "../route.ts"
import { showAnalysisV3, showAnalysisV4 } from "../show.ts"

/** Who names only version 3 gets it, everybody else the newest: the official client asks for `application/problem+json` here. */
const wantsV4 = (request: HttpRequest): boolean => {
  const accept = header(request, "accept") ?? ""
  return accept.includes(V4) || !accept.includes(V3)
}

const sortable = ({ reference, timeCreated, userReference }: Analysis) => ({ reference, timeCreated, userReference })

export const analysisRoutes = (service: Service): ReadonlyArray<Route> => {
  const { now, world } = service
  const shown = (request: HttpRequest, analysis: Analysis, status = 200) =>
    wantsV4(request) ? answer(showAnalysisV4(world, analysis), status, V4) : answer(showAnalysisV3(world, analysis), status, V3)
  const of = (call: Call): ReadonlyArray<Analysis> => {
    const project = projectOf(service, call)
    return [...world.analyses.values()].filter((analysis) => analysis.projectId === project.id)
  }
  const analysisOf = (call: Call): Analysis => of(call).find(({ id }) => id === call.params["analysisId"]) ?? refuse(404, "Analysis not found", "ICA_ANALYSIS_404")
  return [
    reads("GET", "/api/projects/{projectId}/analyses", (call) => {
      const { query } = call.request
      const status = query.get("status") ?? ""
      const userReference = query.get("userreference") ?? ""
      const found = of(call).filter((analysis) => (status === "" || showAnalysisV3(world, analysis).status === status) && analysis.userReference.includes(userReference))
      return page(call.request, found, sortable, (analysis) => showAnalysisV3(world, analysis))
    }),
    reads("POST", "/api/projects/{projectId}/analysis:search", (call) => {
      const body = readBody(call.request)
      const statuses = body.list("status")
      const userReference = body.text("userReference") ?? ""
      const userTags = body.list("userTags")
      body.done()
      const found = of(call).filter((analysis) =>
        (statuses.length === 0 || statuses.includes(analysis.status)) && analysis.userReference.includes(userReference) && userTags.every((tag) => analysis.userTags.includes(tag)))
      return page(call.request, found, sortable, (analysis) => showAnalysisV4(world, analysis))
    }),
    writes("POST", "/api/projects/{projectId}/analysis:nextflow", (call) => {
      const project = projectOf(service, call)
      const body = readBody(call.request)
      const [userReference, pipelineId] = [body.required("userReference"), body.required("pipelineId")]
      if (body.value("analysisInput") === undefined) refuse(400, "The request is not valid", "ICA_API_400", { analysisInput: "must not be null" })
      body.done()
      const id = world.nextId()
      const analysis: Analysis = {
        id,
        projectId: project.id,
        reference: `${userReference}-${id.slice(-4)}`,
        userReference,
        pipelineId,
        timeCreated: timeText(now()),
        status: "REQUESTED",
        userTags: []
      }
      world.analyses.set(id, analysis)
      return shown(call.request, analysis, 201)
    }),
    writes("POST", "/api/projects/{projectId}/analyses/{analysisId}:abort", (call) => {
      const analysis = analysisOf(call)
      if (["SUCCEEDED", "FAILED", "FAILED_FINAL", "ABORTED"].includes(analysis.status)) refuse(409, "The analysis has ended", "ICA_ANALYSIS_409", { status: analysis.status })
      analysis.status = "ABORTED"
      return done()
    }),
    reads("GET", "/api/projects/{projectId}/analyses/{analysisId}", (call) => shown(call.request, analysisOf(call)))
  ]
}
