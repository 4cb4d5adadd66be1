/** Venafi TPP, emulated as its official client meets it. */
import type { Answer, HttpRequest } from "../../http/message.ts"
import { makeRouter } from "../router.ts"
import type { Environment, System } from "../system.ts"
import { error, inputOf, oauthError, ok, unauthenticated } from "./answers.ts"
import { makeAccess, type User } from "./auth.ts"
import { type AuthorizeOptions, authorizeRoutes } from "./authorize.ts"
import { certificateRoutes } from "./certificates.ts"
import { configRoutes } from "./config.ts"
import { makeTree } from "./data.ts"
import type { Route } from "./route.ts"
import { allows } from "./scope.ts"

/** The application that tokens are asked for with; it may have every scope. */
export const APPLICATION = "pytpp"

const VERSION = "22.4.0.1234"

const identityOf = ({ name, universal }: User) => ({
  FullName: `\\VED\\Identity\\${name}`,
  Name: name,
  Prefix: "local",
  PrefixedName: `local:${name}`,
  PrefixedUniversal: `local:${universal}`,
  Type: 1,
  Universal: universal,
  IsGroup: false,
  IsContainer: false
})

/** A fresh emulation. */
export const makeTpp = ({ now }: Environment, options: AuthorizeOptions = {}): System => {
  const access = makeAccess(now)
  const tree = makeTree(now)
  const people = (): ReadonlyArray<User> => ["demo", "viewer"].flatMap((name) => access.user(name) ?? [])
  const referred = (request: HttpRequest): User | undefined => {
    const id = inputOf(request)?.get("ID")
    const text = JSON.stringify(id ?? "").toLowerCase()
    return people().find(({ name, universal }) => text.includes(universal) || text.includes(`local:${name}"`))
  }
  const route = makeRouter<Route>([
    ...authorizeRoutes(access, now, options),
    ...certificateRoutes(tree),
    ...configRoutes(tree),
    { method: "GET", path: "/vedsdk/systemstatus/version", scope: "any", handle: () => ok({ Version: VERSION }) },
    { method: "GET", path: "/vedsdk/systemstatus", scope: "any", handle: () => ok([{ engineName: "engine-1", services: [{ vServiceName: "Venafi Platform", modules: [] }] }]) },
    { method: "GET", path: "/vedsdk/identity/self", scope: "any", handle: ({ identity }) => ok({ Identities: [identityOf(identity.user)] }) },
    {
      method: "POST",
      path: "/vedsdk/identity/browse",
      scope: "any",
      handle: ({ request }) => {
        const filter = (inputOf(request)?.text("Filter") ?? "").replaceAll("*", "").toLowerCase()
        return ok({ Identities: people().filter(({ name }) => name.includes(filter)).map(identityOf) })
      }
    },
    {
      method: "POST",
      path: "/vedsdk/identity/validate",
      scope: "any",
      handle: ({ request }) => {
        const user = referred(request)
        return user === undefined ? error(400, "Failed to find the identity") : ok({ ID: identityOf(user) })
      }
    },
    // nobody keeps secrets here: an owner never has any
    { method: "POST", path: "/vedsdk/secretstore/ownerdelete", scope: "any", handle: () => ok({ Result: 0 }) },
    { method: "POST", path: "/vedsdk/identity/getmemberships", scope: "any", handle: () => ok({ Identities: [] }) }
  ], { ignoreCase: true })

  return {
    handle: (request): Answer => {
      const match = route(request.method, request.path.replace(/(?<=.)\/+$/, ""))
      if (match._tag === "NoSuchPath") return error(404, "There is no such resource")
      if (match._tag === "MethodNotAllowed") return { ...error(405, `${request.method} is not allowed here`), headers: { Allow: match.allow.join(", ") } }
      if (match.route.scope === undefined) return match.route.open(request)
      const identity = access.identify(request)
      if (identity === undefined) return unauthenticated()
      if (match.route.scope !== "any" && !allows(identity.grants, match.route.scope)) return oauthError(403, "insufficient_scope", "Grant does not satisfy the scope")
      return match.route.handle({ request, params: match.params, identity })
    },
    identify: (request) => {
      const identity = access.identify(request)
      return identity === undefined ? null : { userName: identity.user.name, method: identity.method }
    },
    refusal: (status) => ({ Error: `Asked for by the test: ${status}` }),
    expireSessions: access.expire,
    setLifetimes: ({ accessToken }) => {
      if (accessToken !== undefined) access.setLifetime(accessToken)
    }
  }
}
