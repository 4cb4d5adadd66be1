/** Credentials for security schemes: what the API does not declare, or a scheme cannot use, does not compile. */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { Auth, Endpoint, Session } from "credence"
import { claim, type Same } from "./support.ts"

const key = Redacted.make("k")
const credentials = Auth.schemes({
  ApiKeyAuth: { type: "apiKey", in: "header", name: "X-API-Key" },
  BasicAuth: { type: "http", scheme: "Basic" },
  JwtAuth: { type: "http", scheme: "bearer" },
  Digest: { type: "http", scheme: "digest" },
  OAuth: { type: "oauth2" },
  Oidc: { type: "openIdConnect" },
  Mtls: { type: "mutualTLS" }
})

// --- each scheme takes what fits it; all are optional

const some = credentials({ ApiKeyAuth: key, BasicAuth: { username: "ada", password: key }, JwtAuth: key, OAuth: key, Oidc: key, Mtls: true })
claim<Same<typeof some, Layer.Layer<Auth.Authentication>>>()
const nothing = credentials({})
claim<Same<typeof nothing, Layer.Layer<Auth.Authentication>>>()
credentials({ ApiKeyAuth: undefined })
// @ts-expect-error a scheme that the API does not declare
credentials({ ApiKey: key })
const more = { ApiKeyAuth: key, Nope: key }
// @ts-expect-error so it is in a variable
credentials(more)
// @ts-expect-error a secret is Redacted
credentials({ ApiKeyAuth: "k" })
// @ts-expect-error user name and password
credentials({ BasicAuth: key })
// @ts-expect-error the password is Redacted
credentials({ BasicAuth: { username: "ada", password: "p" } })
// @ts-expect-error a key is no user name and password
credentials({ JwtAuth: { username: "ada", password: key } })
// @ts-expect-error there is nothing built in for Digest
credentials({ Digest: key })
// @ts-expect-error a certificate is the transport's
credentials({ Mtls: key })
// @ts-expect-error a Redacted number is no key
credentials({ ApiKeyAuth: Redacted.make(1) })

// --- any other authentication serves a scheme; what its layer fails with and needs is kept

declare const recipe: Auth.Authentication["Service"]
const renewing = credentials({ OAuth: Auth.refreshToken({ tokenUrl: "/t", refreshToken: key }), Digest: recipe })
claim<Same<typeof renewing, Layer.Layer<Auth.Authentication>>>()
class Vault extends Session.Service<Vault>()("vault") {}
declare const fromVault: Layer.Layer<Auth.Authentication, "sealed", Vault>
const failing = credentials({ ApiKeyAuth: key, OAuth: fromVault })
claim<Same<typeof failing, Layer.Layer<Auth.Authentication, "sealed", Vault>>>()
declare const other: Layer.Layer<Vault>
// @ts-expect-error a layer of something else
credentials({ OAuth: other })
const fromConfig = Layer.unwrap(Effect.map(Config.Redacted("KEY"), (ApiKeyAuth) => credentials({ ApiKeyAuth })))
claim<Same<typeof fromConfig, Layer.Layer<Auth.Authentication, Config.ConfigError>>>()

// --- what is declared

// @ts-expect-error no such place
Auth.schemes({ A: { type: "apiKey", in: "body", name: "x" } })
// @ts-expect-error no such type
Auth.schemes({ A: { type: "saml" } })

// --- one key

Auth.apiKey({ header: "x-key", key })
Auth.apiKey({ in: "query", name: "key", key })
Auth.apiKey({ in: "cookie", name: "sid", key })
// @ts-expect-error a place needs a name
Auth.apiKey({ in: "query", key })
// @ts-expect-error no such place
Auth.apiKey({ in: "path", name: "key", key })

// --- an endpoint's requirement and server, and an API's servers

class Api extends Session.Service<Api>()("api", { servers: ["https://api.example.com"] }) {}
const get = Endpoint.get(Api, "/x", { success: Schema.Void, security: [{ ApiKeyAuth: [] }, { OAuth: ["read"], Mtls: [] }, {}], server: "https://uploads.example.com" })
Api.explain(get)
// @ts-expect-error scopes are texts
Endpoint.get(Api, "/x", { success: Schema.Void, security: [{ ApiKeyAuth: [1] }] })
// @ts-expect-error one list of servers
Session.Service<Api>()("api", { servers: "https://api.example.com" })
