/** How stored things look from outside, in both versions. */
import { timeText } from "./data.ts"
import { type Analysis, type Item, keyOf, type Owned, type World } from "./model.ts"

/** The names of version 3 for what version 4 calls otherwise; it knows fewer. */
const V3_STATUS: Readonly<Record<string, string>> = {
  REQUESTED: "REQUESTED",
  QUEUED: "REQUESTED",
  INITIALIZING: "INPROGRESS",
  PREPARING_INPUTS: "INPROGRESS",
  IN_PROGRESS: "INPROGRESS",
  GENERATING_OUTPUTS: "INPROGRESS",
  AWAITING_INPUT: "AWAITINGINPUT",
  ABORTING: "INPROGRESS",
  SUCCEEDED: "SUCCEEDED",
  FAILED: "FAILED",
  FAILED_FINAL: "FAILEDFINAL",
  ABORTED: "ABORTED"
}

/** A file or folder in its project. */
export const showData = (world: World, item: Item) => {
  const project = world.projects.get(item.projectId)
  const object = item.type === "FILE" && item.status !== "PARTIAL" ? world.objects.get(keyOf(item)) : undefined
  return {
    id: item.id,
    urn: `urn:ilmn:ica:region:${world.region.id}:data:${item.id}#${item.path}`,
    details: {
      timeCreated: item.timeCreated,
      timeModified: item.timeModified,
      creatorId: project?.ownerId ?? null,
      tenantId: project?.tenantId,
      tenantName: project?.tenantName ?? null,
      owningProjectId: item.projectId,
      owningProjectName: project?.name ?? null,
      name: item.name,
      path: item.path,
      ...(object === undefined ? {} : { fileSizeInBytes: object.bytes.length, objectETag: object.etag }),
      status: item.status,
      tags: { technicalTags: [], userTags: [], connectorTags: [], runInTags: [], runOutTags: [], referenceTags: [] },
      dataType: item.type,
      region: world.region
    }
  }
}

export const showProjectData = (world: World, item: Item) => ({ data: showData(world, item), projectId: item.projectId })

const owned = (world: World, analysis: Analysis): Owned => {
  const project = world.projects.get(analysis.projectId)
  return {
    id: analysis.id,
    timeCreated: analysis.timeCreated,
    timeModified: analysis.timeCreated,
    ownerId: project?.ownerId ?? "",
    tenantId: project?.tenantId ?? "",
    tenantName: project?.tenantName ?? ""
  }
}

const shared = (analysis: Analysis) => ({
  reference: analysis.reference,
  userReference: analysis.userReference,
  startDate: analysis.timeCreated,
  endDate: ["SUCCEEDED", "FAILED", "FAILED_FINAL", "ABORTED"].includes(analysis.status) ? timeText(Date.parse(analysis.timeCreated) + 600_000) : null,
  summary: null,
  analysisPriority: "MEDIUM",
  tags: { technicalTags: [], userTags: analysis.userTags, referenceTags: [] }
})

const pipeline = { code: "hello", urn: null, description: "Says hello", status: "RELEASED", language: "NEXTFLOW", pipelineTags: { technicalTags: [] } }

export const showAnalysisV3 = (world: World, analysis: Analysis) => {
  const base = owned(world, analysis)
  return {
    ...base,
    ...shared(analysis),
    pipeline: { ...base, ...pipeline, id: analysis.pipelineId, analysisStorage: { ...base, name: "Small", description: null } },
    status: V3_STATUS[analysis.status] ?? "REQUESTED"
  }
}

export const showAnalysisV4 = (world: World, analysis: Analysis) => {
  const { id, ownerId, tenantId, tenantName, timeCreated, timeModified } = owned(world, analysis)
  const base = { timeCreated, timeModified, owner: { id: ownerId }, tenant: { id: tenantId, name: tenantName } }
  return {
    id,
    ...base,
    ...shared(analysis),
    pipeline: { id: analysis.pipelineId, ...base, ...pipeline, analysisStorage: { id: analysis.pipelineId, name: "Small", description: null } },
    status: analysis.status
  }
}
