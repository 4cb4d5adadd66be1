/**
 * An OpenID provider (npm oidc-provider) and an API that its tokens open, on one port. It runs beside its packages.
 * The environment says: ISSUER (http or https, with the port), USER_NAME, USER_PASSWORD, CLIENT_JWKS, TLS_CERT, TLS_KEY, TLS_CA.
 */
import { readFileSync } from "node:fs"
import Http from "node:http"
import Https from "node:https"
import Provider from "oidc-provider"

const settings = process.env
const issuer = new URL(settings.ISSUER)
const secure = issuer.protocol === "https:"

// --- clients -------------------------------------------------------------------------------------------------------------
const secret = "svc-secret-svc-secret-svc-secret-1"
const people = ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"]
const program = (client_id) => ({
  client_id,
  application_type: "native",
  token_endpoint_auth_method: "none",
  grant_types: people,
  response_types: ["code"],
  // of a program any port is taken
  redirect_uris: ["http://127.0.0.1/callback", "http://localhost/callback"]
})
const service = (client_id, token_endpoint_auth_method, more = { client_secret: secret }) => ({
  client_id,
  token_endpoint_auth_method,
  grant_types: ["client_credentials"],
  response_types: [],
  redirect_uris: [],
  scope: "api:read api:write",
  ...more
})
const clients = [
  program("cli"),
  program("cli-short"),
  { client_id: "web", client_secret: secret, grant_types: people, response_types: ["code"], redirect_uris: ["http://127.0.0.1:9/callback", "https://localhost/callback"] },
  service("svc-basic", "client_secret_basic"),
  service("svc-short", "client_secret_basic"),
  service("svc-post", "client_secret_post"),
  service("svc-secret-jwt", "client_secret_jwt"),
  service("svc-key-jwt", "private_key_jwt", { jwks: JSON.parse(readFileSync(settings.CLIENT_JWKS, "utf8")) }),
  ...secure ? [service("svc-mtls", "tls_client_auth", { tls_client_auth_subject_dn: "CN=alice,O=Testbed", tls_client_certificate_bound_access_tokens: true })] : []
]

// --- pages ---------------------------------------------------------------------------------------------------------------
const escaped = (text) => String(text).replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`)
const page = (title, body) => `<!doctype html><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${body}`
const loginPage = page("Sign in", "<form method=post><input name=login autofocus><input name=password type=password><button type=submit>Sign in</button></form>")
const consentPage = ({ client_id, scope }) =>
  page(
    "Consent",
    `<p>${escaped(client_id)} asks for ${escaped(scope)}</p><form method=post><button type=submit name=allow value=1>Allow</button>`
      + "<button type=submit name=allow value=0>Deny</button></form>"
  )

// --- provider ------------------------------------------------------------------------------------------------------------
const seconds = (long) => (_context, _token, client) => client.clientId.endsWith("-short") ? 2 : long
const certificate = (context) => context.req.socket.getPeerX509Certificate?.()
const anyone = { enabled: true, allowedPolicy: () => true }
const provider = new Provider(settings.ISSUER, {
  clients,
  cookies: { keys: ["made-up-cookie-key"] },
  scopes: ["openid", "offline_access", "api:read", "api:write"],
  claims: { openid: ["sub"], profile: ["name"], email: ["email"] },
  clientAuthMethods: ["none", "client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", ...secure ? ["tls_client_auth"] : []],
  pkce: { required: () => true },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, name: id, email: `${id}@testbed.test` }) }),
  issueRefreshToken: (_context, client) => client.grantTypeAllowed("refresh_token"),
  // whoever comes with a token that was replaced loses all that came of it
  rotateRefreshToken: true,
  ttl: {
    AccessToken: seconds(3600),
    ClientCredentials: seconds(600),
    DeviceCode: 600,
    Grant: 86400,
    IdToken: 3600,
    Interaction: 600,
    RefreshToken: 86400,
    Session: 86400
  },
  interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
  // the web client is trusted: it is granted everything without a page
  async loadExistingGrant({ oidc }) {
    const id = oidc.result?.consent?.grantId ?? oidc.session.grantIdFor(oidc.client.clientId)
    if (id) return oidc.provider.Grant.find(id)
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId })
    grant.addOIDCScope("openid offline_access profile email api:read api:write")
    await grant.save()
    return grant
  },
  features: {
    // its pages would load fonts from outside
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    dPoP: { enabled: true },
    introspection: anyone,
    revocation: anyone,
    deviceFlow: {
      enabled: true,
      userCodeInputSource(context, form, _out, error) {
        const problem = error === undefined || error === null ? "" : `<p id=error>${escaped(error.userCode ? "wrong code" : error.message)}</p>`
        context.body = page("Enter code", `${problem}${form}<button type=submit form="op.deviceInputForm">Continue</button>`)
      },
      userCodeConfirmSource(context, form, _client, _info, code) {
        context.body = page("Confirm code", `<p>${escaped(code)}</p>${form}<button type=submit form="op.deviceConfirmForm">Confirm</button>`)
      },
      successSource(context) {
        context.body = page("Signed in", "<p>You may close this page.</p>")
      }
    },
    ...secure && {
      mTLS: {
        enabled: true,
        tlsClientAuth: true,
        certificateBoundAccessTokens: true,
        getCertificate: certificate,
        certificateAuthorized: (context) => context.req.socket.authorized,
        certificateSubjectMatches: (context, _property, expected) => certificate(context).subject.split("\n").reverse().join(",") === expected
      }
    }
  },
  renderError(context, out) {
    context.type = "html"
    context.body = page("Error", `<pre id=error>${escaped(JSON.stringify(out))}</pre>`)
  }
})
provider.on("server_error", (_context, error) => console.error(error))

// --- what the provider leaves to us --------------------------------------------------------------------------------------
const answer = (response, status, body, headers = {}) => {
  const isPage = typeof body === "string"
  response.writeHead(status, { "content-type": isPage ? "text/html; charset=utf-8" : "application/json", ...headers }).end(isPage ? body : JSON.stringify(body))
}

const fields = async (request) => {
  let text = ""
  for await (const chunk of request) text += chunk
  return new URLSearchParams(text)
}

const interaction = async (request, response) => {
  const { grantId, params, prompt, session } = await provider.interactionDetails(request, response)
  const login = prompt.name === "login"
  if (request.method === "GET") return answer(response, 200, login ? loginPage : consentPage(params))
  const given = await fields(request)
  if (login) {
    if (given.get("login") !== settings.USER_NAME || given.get("password") !== settings.USER_PASSWORD) {
      return answer(response, 401, page("Sign in", "<p id=error>wrong user or password</p>"))
    }
    return provider.interactionFinished(request, response, { login: { accountId: given.get("login") } }, { mergeWithLastSubmission: false })
  }
  if (given.get("allow") !== "1") return provider.interactionFinished(request, response, { error: "access_denied", error_description: "the user does not allow it" })
  const grant = (grantId && await provider.Grant.find(grantId)) || new provider.Grant({ accountId: session.accountId, clientId: params.client_id })
  grant.addOIDCScope(params.scope ?? "openid")
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true })
}

// GET /api/me for any token, GET /api/write for those with the scope api:write; refusals are those of RFC 6750
const api = async (request, response) => {
  const refuse = (status, problem = {}) =>
    answer(response, status, { error: problem.error ?? "no token" }, {
      "www-authenticate": [`Bearer realm="testbed"`, ...Object.entries(problem).map(([name, value]) => `${name}="${value}"`)].join(", ")
    })
  const presented = /^(?:Bearer|DPoP) (\S+)$/i.exec(request.headers.authorization ?? "")?.[1]
  if (presented === undefined) return refuse(401)
  const token = await provider.AccessToken.find(presented) ?? await provider.ClientCredentials.find(presented)
  if (!token || token.isExpired) return refuse(401, { error: "invalid_token", error_description: "unknown, expired or revoked" })
  if (token.kind === "AccessToken" && !await provider.Grant.find(token.grantId)) return refuse(401, { error: "invalid_token", error_description: "the grant was revoked" })
  if (request.url.startsWith("/api/write") && !token.scope?.split(" ").includes("api:write")) return refuse(403, { error: "insufficient_scope", scope: "api:write" })
  answer(response, 200, { sub: token.accountId ?? null, client: token.clientId, scope: token.scope ?? "", kind: token.kind })
}

const protocol = provider.callback()
const handle = async (request, response) => {
  try {
    if (request.url.startsWith("/api/")) await api(request, response)
    else if (request.url.startsWith("/interaction/")) await interaction(request, response)
    else await protocol(request, response)
  } catch (error) {
    console.error(error)
    if (!response.headersSent) answer(response, error.status ?? 500, { error: error.error ?? "server_error", error_description: error.error_description ?? error.message })
  }
}
const server = secure
  ? Https.createServer({
    cert: readFileSync(settings.TLS_CERT),
    key: readFileSync(settings.TLS_KEY),
    ca: readFileSync(settings.TLS_CA),
    requestCert: true,
    rejectUnauthorized: false
  }, handle)
  : Http.createServer(handle)
server.listen(Number(issuer.port), "127.0.0.1")
