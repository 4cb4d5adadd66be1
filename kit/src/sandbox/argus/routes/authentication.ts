import type { Answer, HttpRequest } from "../../../http/message.ts"
import { type AuthenticationMethod, fullRights, type Rights, type Session } from "../auth.ts"
import { all, fieldError, type Message, nothing, one, refuse, unauthenticated } from "../envelope.ts"
import { FUNCTIONS } from "../functions.ts"
import { bodyFields } from "../input.ts"
import { findCustomer } from "../lookup.ts"
import type { OAuth } from "../oauth.ts"
import { type Call, open, reads, type Route, type Service } from "../route.ts"
import { customersOf, functionsOf } from "./currentuser.ts"

/** The login domain of all users. */
export const DOMAIN = "MNEMONIC"

const opened = (session: Session, status: number, request: HttpRequest, authorizations: ReadonlyArray<unknown>): Answer => {
  const answer = one({
    sessionKey: Buffer.from(session.key).toString("base64"),
    credentials: {
      requestCredentialsType: "sessionToken",
      requestCredentialsData: session.token,
      clientIP: request.clientAddress,
      forwardedIP: null,
      uri: null
    },
    authorizations
  }, status)
  const secure = request.origin.startsWith("https:") ? "; Secure" : ""
  return { ...answer, headers: { "Set-Cookie": `argus_session=${session.token}; Path=/; HttpOnly${secure}` } }
}

const login = ({ auth, now, world }: Service, method: AuthenticationMethod) => (request: HttpRequest): Answer => {
  const fields = bodyFields(request)
  const userName = fields.requiredText("userName")
  const password = fields.requiredText("password")
  const domain = fields.text("domain") ?? DOMAIN
  const wanted = fields.listOf("requestedAuthorizations", ["enrollPublicKey", "setPassword"])
  fields.done()
  const user = world.users.find((candidate) => candidate.userName === userName && candidate.password === password)
  if (user === undefined || domain !== DOMAIN) return unauthenticated()
  // A directory's password is changed in the directory.
  const status = method === "PASSWORD" && user.mustChangePassword ? 221 : 200
  const session = auth.open(user, method, fullRights(user))
  const authorizations = wanted.map((identifier) => ({
    authorization: `${identifier}-${session.token.slice(0, 8)}`,
    expires: now() + 300_000,
    identifier,
    nextURI: "/authentication/v1/authorization",
    operation: identifier
  }))
  return opened(session, status, request, authorizations)
}

const constrain = ({ auth, world }: Service, call: Call): Answer => {
  const fields = bodyFields(call.request)
  const customers = fields.list("customer")
  const functions = fields.list("function")
  const readOnly = fields.flag("readOnly")
  fields.done()
  const { rights, user, method } = call.identity
  const problems: Array<Message> = []

  // What the session does not have is as unknown to it as what does not exist.
  const resolve = <A>(field: "customer" | "function", names: ReadonlyArray<string>, find: (name: string) => A | undefined): ReadonlySet<A> =>
    new Set(names.flatMap((name) => {
      const found = find(name)
      if (found === undefined) problems.push(fieldError(field, `Unknown ${field} ${name}`, "UNKNOWN", name))
      return found === undefined ? [] : [found]
    }))
  const customerIds = resolve("customer", customers, (name) => {
    const id = findCustomer(world, name)?.id
    return id !== undefined && rights.customers.has(id) ? id : undefined
  })
  const functionNames = resolve("function", functions, (name) =>
    FUNCTIONS.find((known, index) => (known === name || String(index + 1) === name) && rights.functions.has(known)))
  if (problems.length > 0) return refuse(412, ...problems)

  const narrower: Rights = {
    customers: customers.length === 0 ? rights.customers : customerIds,
    functions: functions.length === 0 ? rights.functions : functionNames,
    readOnly: readOnly || rights.readOnly
  }
  return opened(auth.open(user, method, narrower), 200, call.request, [])
}

const describe = ({ now }: Service, call: Call): Answer => {
  const { identity: { method, rights, session }, request } = call
  return one({
    authenticationMethod: method,
    clientIP: request.clientAddress,
    createdTimestamp: session?.createdTimestamp ?? now(),
    timestamp: now(),
    validUntilTimestamp: session?.validUntilTimestamp ?? now() + 365 * 86_400_000,
    readOnly: rights.readOnly,
    securityLevel: "DEFAULT",
    passwordNotSet: false,
    sessionKey: null
  })
}

export const authenticationRoutes = (service: Service, oauth: OAuth): ReadonlyArray<Route> => [
  open("POST", "/authentication/v1/password/authentication", "passwordAuthentication", login(service, "PASSWORD")),
  open("POST", "/authentication/v1/ldap/authentication", "ldapAuthentication", login(service, "LDAP")),
  open("POST", "/authentication/v1/oauth/token", "getToken", oauth.token),
  reads("GET", "/authentication/v1/session", "getSession", [], (call) => describe(service, call)),
  reads("DELETE", "/authentication/v1/session", "deleteSession", [], (call) => {
    if (call.identity.session !== undefined) service.auth.close(call.identity.session)
    return nothing()
  }),
  reads("GET", "/authentication/v1/session/function", "getSessionFunctions", [], (call) => all(functionsOf(call))),
  reads("GET", "/authentication/v1/session/customer", "getSessionCustomers", [], (call) => all(customersOf(service, call))),
  reads("POST", "/authentication/v1/session/constrain", "constrainSession", [], (call) => constrain(service, call))
]
