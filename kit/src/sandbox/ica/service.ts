/** ICA, emulated: its API, and the object store behind it on a host of its own. */
import type { Answer, HttpRequest } from "../../http/message.ts"
import { makeRouter } from "../router.ts"
import type { Environment, System } from "../system.ts"
import { makeAuthenticator } from "./auth.ts"
import { makeWorld, timeText } from "./data.ts"
import { keyOf } from "./model.ts"
import { answer, problem, refusal, refuse, Refused } from "./problem.ts"
import type { Route, Service } from "./route.ts"
import { analysisRoutes } from "./routes/analyses.ts"
import { bundleRoutes } from "./routes/bundles.ts"
import { dataRoutes } from "./routes/data.ts"
import { projectRoutes } from "./routes/projects.ts"
import { makeStorage } from "./storage.ts"

/** Where the API begins. */
export const PREFIX = "/ica/rest"

/** The tenant, and the psToken of the user `demo`. */
export const TENANT = "demo"
export const PS_TOKEN = "demo-ps-token"

/** A fresh emulation of both hosts, which share their data. */
export const makeIca = ({ now, originOf }: Environment): { readonly ica: System; readonly storage: System } => {
  const world = makeWorld()
  const auth = makeAuthenticator(world, now)
  const service: Service = { world, auth, now }
  const storage = makeStorage(world, now, () => originOf("ica-storage"), (key) => {
    for (const item of world.items.values()) {
      if (keyOf(item) !== key) continue
      item.status = "AVAILABLE"
      item.timeModified = timeText(now())
    }
  })
  const route = makeRouter<Route>([...projectRoutes(service), ...dataRoutes(service, storage, () => originOf("ica-storage")), ...analysisRoutes(service), ...bundleRoutes(service)])

  const dispatch = (request: HttpRequest): Answer => {
    if (!request.path.startsWith(`${PREFIX}/`)) return refuse(404, "There is nothing here")
    const path = request.path.slice(PREFIX.length)
    if (path === "/api/tokens" && request.method === "POST") return answer({ token: auth.create(request) })
    if (path === "/api/tokens:refresh" && request.method === "POST") return answer({ token: auth.refresh(request) })
    const match = route(request.method, path)
    switch (match._tag) {
      case "NoSuchPath":
        return refuse(404, "There is no such operation")
      case "MethodNotAllowed":
        return { ...refusal(now(), new Refused(405, `${request.method} is not allowed here`)), headers: { "Content-Type": "application/problem+json", Allow: match.allow.join(", ") } }
      case "Found": {
        const identity = auth.identify(request) ?? refuse(401, "Authentication is required")
        if (match.route.writes && !identity.user.writes) refuse(403, "The user may not change anything", "ICA_SEC_403")
        return match.route.handle({ request, params: match.params, identity })
      }
    }
  }

  const ica: System = {
    handle: (request) => {
      try {
        return dispatch(request)
      } catch (error) {
        if (error instanceof Refused) return refusal(now(), error)
        throw error
      }
    },
    identify: (request) => {
      const identity = auth.identify(request)
      return identity === undefined ? null : { userName: identity.user.userName, method: identity.by === "JWT" ? `JWT (${identity.method})` : "APIKEY" }
    },
    refusal: (status) => problem(now(), status, "Asked for by the test", "sandbox.fault"),
    expireSessions: auth.expire,
    setLifetimes: ({ accessToken }) => {
      if (accessToken !== undefined) auth.setLifetime(accessToken)
    }
  }
  return { ica, storage }
}
