/** Bundles, their data, and the projects that they are linked to. */
import { timeText } from "../data.ts"
import type { Bundle } from "../model.ts"
import { answer, done, refuse } from "../problem.ts"
import { type Call, page, projectOf, readBody, reads, type Route, type Service, writes } from "../route.ts"
import { showData } from "../show.ts"

export const bundleRoutes = (service: Service): ReadonlyArray<Route> => {
  const { now, world } = service
  const bundleOf = ({ identity, params }: Call): Bundle => {
    const bundle = world.bundles.get(params["bundleId"] ?? "")
    return bundle !== undefined && bundle.tenantName === identity.tenant ? bundle : refuse(404, "Bundle not found", "ICA_BUNDLE_404")
  }
  const dataOf = (bundle: Bundle): Set<string> => {
    const known = world.bundleData.get(bundle.id) ?? new Set<string>()
    world.bundleData.set(bundle.id, known)
    return known
  }
  const linksOf = (projectId: string): Set<string> => {
    const known = world.links.get(projectId) ?? new Set<string>()
    world.links.set(projectId, known)
    return known
  }
  const move = (from: Bundle["status"], to: Bundle["status"]) => (call: Call) => {
    const bundle = bundleOf(call)
    if (bundle.status !== from) refuse(409, `The bundle is not ${from}`, "ICA_BUNDLE_409", { status: bundle.status })
    world.bundles.set(bundle.id, { ...bundle, status: to, timeModified: timeText(now()) })
    return done()
  }
  const linked = (call: Call) => {
    const project = projectOf(service, call)
    const bundle = bundleOf(call)
    return linksOf(project.id).has(bundle.id) ? { bundle, projectId: project.id } : refuse(404, "Bundle not found", "ICA_BUNDLE_404")
  }
  return [
    reads("GET", "/api/bundles", ({ identity, request }) => {
      const search = (request.query.get("search") ?? "").toLowerCase()
      const found = [...world.bundles.values()].filter((bundle) => bundle.tenantName === identity.tenant && bundle.name.includes(search))
      return page(request, found, ({ name, timeCreated }) => ({ name, timeCreated }), (bundle) => bundle)
    }),
    writes("POST", "/api/bundles", (call) => {
      const body = readBody(call.request)
      const [name, releaseVersion] = [body.required("name"), body.required("bundleReleaseVersion")]
      body.done()
      const tenant = world.tenants.find((candidate) => candidate.name === call.identity.tenant)
      const bundle: Bundle = {
        id: world.nextId(),
        timeCreated: timeText(now()),
        timeModified: timeText(now()),
        ownerId: call.identity.user.id,
        tenantId: tenant?.id ?? "",
        tenantName: call.identity.tenant,
        name,
        shortDescription: body.text("shortDescription") ?? null,
        region: world.region,
        releaseVersion,
        versionComment: body.text("bundleVersionComment") ?? null,
        status: "DRAFT",
        categories: body.list("categories")
      }
      world.bundles.set(bundle.id, bundle)
      return answer(bundle, 201)
    }),
    writes("POST", "/api/bundles/{bundleId}:release", move("DRAFT", "RELEASED")),
    writes("POST", "/api/bundles/{bundleId}:deprecate", move("RELEASED", "DEPRECATED")),
    reads("GET", "/api/bundles/{bundleId}", (call) => answer(bundleOf(call))),
    reads("GET", "/api/bundles/{bundleId}/data", (call) => {
      const bundle = bundleOf(call)
      const items = [...dataOf(bundle)].flatMap((id) => world.items.get(id) ?? [])
      return page(call.request, items, ({ name, path }) => ({ name, path }), (item) => ({ data: showData(world, item), bundleId: bundle.id }))
    }),
    writes("POST", "/api/bundles/{bundleId}/data/{dataId}", (call) => {
      const item = world.items.get(call.params["dataId"] ?? "") ?? refuse(404, "Data not found", "ICA_DATA_404")
      dataOf(bundleOf(call)).add(item.id)
      return done()
    }),
    writes("DELETE", "/api/bundles/{bundleId}/data/{dataId}", (call) => dataOf(bundleOf(call)).delete(call.params["dataId"] ?? "") ? done() : refuse(404, "Data not found", "ICA_DATA_404")),
    reads("GET", "/api/projects/{projectId}/bundles", (call) => {
      const project = projectOf(service, call)
      return answer({ items: [...linksOf(project.id)].flatMap((id) => world.bundles.get(id) ?? []).map((bundle) => ({ bundle, projectId: project.id })) })
    }),
    reads("GET", "/api/projects/{projectId}/bundles/{bundleId}", (call) => answer(linked(call))),
    writes("POST", "/api/projects/{projectId}/bundles/{bundleId}", (call) => {
      const project = projectOf(service, call)
      const bundle = bundleOf(call)
      linksOf(project.id).add(bundle.id)
      return answer({ bundle, projectId: project.id })
    }),
    writes("DELETE", "/api/projects/{projectId}/bundles/{bundleId}", (call) => {
      const { bundle, projectId } = linked(call)
      linksOf(projectId).delete(bundle.id)
      return { status: 200, body: new Uint8Array() }
    })
  ]
}
