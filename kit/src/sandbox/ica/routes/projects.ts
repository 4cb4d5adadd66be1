/** Projects and regions. */
import { createHash } from "node:crypto"
import { header } from "../../../http/message.ts"
import { timeText } from "../data.ts"
import type { Project } from "../model.ts"
import { answer, done, refuse, V3 } from "../problem.ts"
import { page, projectOf, readBody, reads, type Route, type Service, writes } from "../route.ts"

const etagOf = (project: Project): string => `"${createHash("sha256").update(JSON.stringify(project)).digest("hex").slice(0, 16)}"`

const shown = (project: Project, status = 200) => answer(project, status, V3, { ETag: etagOf(project) })

export const projectRoutes = (service: Service): ReadonlyArray<Route> => {
  const { now, world } = service
  return [
    reads("GET", "/api/regions", () => answer({ items: [world.region] })),
    reads("GET", "/api/projects", ({ identity, request }) => {
      const search = (request.query.get("search") ?? "").toLowerCase()
      const tags = request.query.getAll("userTags")
      const hidden = (request.query.get("includeHiddenProjects") ?? "").toLowerCase() === "true"
      const found = [...world.projects.values()].filter((project) =>
        project.tenantName === identity.tenant && (hidden || project.active) && project.name.toLowerCase().includes(search)
        && tags.every((tag) => project.tags.userTags.includes(tag)))
      return page(request, found, ({ name, timeCreated }) => ({ name, timeCreated }), (project) => project)
    }),
    writes("POST", "/api/projects", ({ identity, request }) => {
      const body = readBody(request)
      const name = body.required("name")
      const regionId = body.required("regionId")
      const billingMode = body.required("billingMode")
      body.done()
      if (regionId !== world.region.id) refuse(400, "The request is not valid", "ICA_API_400", { regionId: "is not known" })
      if ([...world.projects.values()].some((project) => project.name === name && project.tenantName === identity.tenant)) refuse(409, "A project with this name exists", "ICA_PROJECT_409", { name })
      const id = world.nextId()
      const tenant = world.tenants.find((candidate) => candidate.name === identity.tenant)
      const project: Project = {
        id,
        timeCreated: timeText(now()),
        timeModified: timeText(now()),
        ownerId: identity.user.id,
        tenantId: tenant?.id ?? "",
        tenantName: identity.tenant,
        urn: `urn:ilmn:ica:project:${id}#${name}`,
        name,
        active: true,
        shortDescription: body.text("shortDescription") ?? null,
        information: body.text("information") ?? null,
        region: world.region,
        billingMode: billingMode === "TENANT" ? "TENANT" : "PROJECT",
        dataSharingEnabled: body.value("dataSharingEnabled") !== false,
        tags: { technicalTags: [], userTags: [] },
        analysisPriority: body.text("analysisPriority") ?? "MEDIUM"
      }
      world.projects.set(id, project)
      return shown(project, 201)
    }),
    writes("POST", "/api/projects/{projectId}:hide", (call) => {
      const project = projectOf(service, call)
      world.projects.set(project.id, { ...project, active: false })
      return done()
    }),
    reads("GET", "/api/projects/{projectId}", (call) => shown(projectOf(service, call))),
    writes("PUT", "/api/projects/{projectId}", (call) => {
      const project = projectOf(service, call)
      const match = header(call.request, "if-match")
      if (match !== undefined && match !== etagOf(project)) refuse(409, "The project was changed meanwhile", "ICA_PROJECT_409")
      const body = readBody(call.request)
      const changed: Project = {
        ...project,
        timeModified: timeText(now()),
        shortDescription: body.text("shortDescription") ?? null,
        information: body.text("information") ?? null,
        analysisPriority: body.text("analysisPriority") ?? project.analysisPriority
      }
      body.done()
      world.projects.set(project.id, changed)
      return shown(changed)
    })
  ]
}
