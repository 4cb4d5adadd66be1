/** Argus, emulated: takes a request, answers it, and says whose it was. */
import type { Answer, HttpRequest } from "../../http/message.ts"
import { makeRouter } from "../router.ts"
import type { Environment, System } from "../system.ts"
import { makeAuthenticator } from "./auth.ts"
import { makeWorld } from "./data.ts"
import { actionError, refusal, Refused, unauthenticated } from "./envelope.ts"
import { makeOAuth } from "./oauth.ts"
import { requireRights, type Route, type Service } from "./route.ts"
import { assetRoutes } from "./routes/assets.ts"
import { attachmentRoutes } from "./routes/attachments.ts"
import { authenticationRoutes } from "./routes/authentication.ts"
import { caseRoutes } from "./routes/cases.ts"
import { commentRoutes } from "./routes/comments.ts"
import { currentUserRoutes } from "./routes/currentuser.ts"
import { customerRoutes } from "./routes/customers.ts"
import { documentRoutes } from "./routes/documents.ts"
import { eventRoutes } from "./routes/events.ts"
import { sampleRoutes } from "./routes/samples.ts"

/** An emulated Argus with its data and its sessions. */
export interface Argus extends System {
  readonly handle: (request: HttpRequest) => Answer
  readonly issueRefreshToken: (userName: string) => string | undefined
}

/** A fresh emulation. */
export const makeArgus = ({ now, seed }: Environment): Argus => {
  const world = makeWorld(seed, now())
  const auth = makeAuthenticator(world, now)
  const oauth = makeOAuth(world, auth)
  const service: Service = { world, auth, now }
  const route = makeRouter<Route>([
    ...authenticationRoutes(service, oauth),
    ...currentUserRoutes(service),
    ...caseRoutes(service),
    ...commentRoutes(service),
    ...attachmentRoutes(service),
    ...assetRoutes(service),
    ...customerRoutes(service),
    ...eventRoutes(service),
    ...documentRoutes(service),
    ...sampleRoutes(service)
  ])

  const dispatch = (request: HttpRequest): Answer => {
    const match = route(request.method, request.path)
    switch (match._tag) {
      case "NoSuchPath":
        return refusal(404, [actionError("There is no such operation", "operation.not.found")])
      case "MethodNotAllowed":
        return {
          ...refusal(405, [actionError(`${request.method} is not allowed here`, "method.not.allowed")]),
          headers: { Allow: match.allow.join(", ") }
        }
      case "Found": {
        if (match.route._tag === "Open") return match.route.handle(request)
        const identity = auth.identify(request) ?? unauthenticated()
        requireRights(match.route, identity)
        return match.route.handle({ request, params: match.params, identity })
      }
    }
  }

  return {
    handle: (request) => {
      try {
        return dispatch(request)
      } catch (error) {
        if (error instanceof Refused) return error.answer
        throw error
      }
    },
    identify: (request) => {
      const identity = auth.identify(request)
      if (identity === undefined) return null
      const { method, rights, user } = identity
      return { userName: user.userName, method, functions: rights.functions.size, customers: rights.customers.size }
    },
    refusal: (status) => refusal(status, [actionError("Asked for by the test", "sandbox.fault")]).body,
    expireSessions: auth.expire,
    setLifetimes: ({ accessToken, session }) => {
      if (session !== undefined) auth.setLifetime(session)
      if (accessToken !== undefined) oauth.setAccessTokenLifetime(accessToken)
    },
    issueRefreshToken: oauth.issueRefreshToken
  }
}
