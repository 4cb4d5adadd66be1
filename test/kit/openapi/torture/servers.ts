/** Where an API is served, and who may call it. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { expect } from "vitest"
import type { Case, Client, Sent } from "./support.ts"
import { oas, paths, swagger } from "./write.ts"

const ok = "responses: { \"204\": { description: ok } }"
const get = (client: Client, endpoint: string, options: NonNullable<Parameters<Client["call"]>[3]>): Effect.Effect<Sent | undefined> => Effect.map(client.call(endpoint, undefined, { status: 204 }, options), ({ error, sent }) => {
  expect(error).toBeUndefined()
  return sent
})
const url = (sent: Sent | undefined): string => `${sent?.origin}${sent?.path}`
const key = Redacted.make("the-key")
const token = Redacted.make("the-token")

export const servers: ReadonlyArray<Case> = [
  {
    name: "one server",
    document: oas(`servers: [{ url: "https://api.example.com/v1/" }]\npaths: { /thing: { get: { operationId: getThing, tags: [things], ${ok} } } }`),
    types: "claim<Same<keyof typeof index, \"Torture\" | \"Things\">>()",
    behaves: {
      "is the session's own": (client) => Effect.gen(function*() {
        expect(url(yield* get(client, "things.getThing", { ownBaseUrl: true }))).toBe("https://api.example.com/v1/thing")
        expect(client.generated.files.has("servers.ts")).toBe(false)
      }),
      "another can be configured": (client) => Effect.gen(function*() {
        expect(url(yield* get(client, "things.getThing", { baseUrl: "https://staging.example.com/x" }))).toBe("https://staging.example.com/x/thing")
      })
    }
  },
  {
    name: "servers with variables",
    document: oas(`
servers:
  - url: https://{region}.example.com:{port}/{basePath}
    description: Production
    variables: { region: { enum: [eu, us], default: eu, description: where }, port: { default: 8443 }, basePath: { default: v2 } }
  - { url: "https://test.example.com", description: "A very long description of the test server, in which nobody would look for a name" }
  - { url: "http://localhost:8080/v2" }
paths: { /thing: { get: { operationId: getThing, tags: [things], ${ok} } } }
`),
    types: `
claim<Same<NonNullable<Parameters<typeof servers.servers.production>[0]>, { readonly region?: "eu" | "us" | undefined; readonly port?: string | undefined; readonly basePath?: string | undefined }>>()
claim<Same<typeof servers.servers.local, "http://localhost:8080/v2">>()
// @ts-expect-error one of two
servers.servers.production({ region: "asia" })
`,
    behaves: {
      "their defaults are the base URL": (client) => Effect.gen(function*() {
        expect(url(yield* get(client, "things.getThing", { ownBaseUrl: true }))).toBe("https://eu.example.com:8443/v2/thing")
      }),
      "others by choice": (client) => Effect.gen(function*() {
        const { servers } = (yield* client.load("servers")) as { servers: Record<string, (variables?: unknown) => string> }
        expect(servers["production"]?.({ region: "us", port: "1" })).toBe("https://us.example.com:1/v2")
        expect(Object.keys(servers)).toHaveLength(3)
      })
    }
  },
  {
    name: "servers of a path and of an operation",
    document: oas(`
servers: [{ url: "https://api.example.com/v1" }]
paths:
  /a:
    servers: [{ url: "https://a.example.com" }, { url: "https://a2.example.com" }]
    get: { operationId: getA, tags: [things], ${ok} }
    put: { operationId: putA, tags: [things], servers: [{ url: "https://{where}.example.com/up", variables: { where: { default: put } } }], ${ok} }
  /b: { get: { operationId: getB, tags: [things], servers: [{ url: /v2 }], ${ok} } }
  /c: { get: { operationId: getC, tags: [things], ${ok} } }
components: { securitySchemes: { Key: { type: apiKey, in: header, name: X-Key } } }
security: [{ Key: [] }]
`),
    behaves: {
      "are theirs": (client) => Effect.gen(function*() {
        const options = { ownBaseUrl: true, credentials: { Key: key } }
        expect(url(yield* get(client, "things.getA", options))).toBe("https://a.example.com/a")
        expect(url(yield* get(client, "things.putA", options))).toBe("https://put.example.com/up/a")
        expect(url(yield* get(client, "things.getB", options))).toBe("https://api.example.com/v2/b")
        expect(url(yield* get(client, "things.getC", options))).toBe("https://api.example.com/v1/c")
      }),
      "and credentials go along": (client) => Effect.gen(function*() {
        for (const name of ["getA", "putA", "getB", "getC"]) expect((yield* get(client, `things.${name}`, { ownBaseUrl: true, credentials: { Key: key } }))?.headers["x-key"], name).toBe("the-key")
      })
    }
  },
  {
    name: "relative servers and none",
    document: paths(`/thing: { get: { operationId: getThing, tags: [things], ${ok} } }`).replace("paths:", "servers: [{ url: /api/v3 }, { url: //host.example.com/x }]\npaths:"),
    behaves: {
      "a path alone needs to be told where": (client) => Effect.gen(function*() {
        expect(client.generated.files.get("session.ts")).toContain("/api/v3")
        const asked = yield* client.call("things.getThing", undefined, { status: 204 }, { ownBaseUrl: true }).pipe(Effect.exit)
        expect(JSON.stringify(asked)).toContain("ConfigurationInvalid")
      })
    }
  },
  {
    name: "servers that break rules",
    document: oas(`
servers: [{ description: no url }, { url: "https://{gone}.example.com" }, { url: "https://x.example.com/{v}", variables: { v: { enum: [a, b] } } }, 7]
paths: { /thing: { get: { operationId: getThing, tags: [things], ${ok} } } }
`),
    warnings: [/a server has to have a url/, /a variable gone that is not described/, /a server variable has to have a default/]
  },
  {
    name: "host, basePath and schemes of 2 0",
    document: swagger(`
host: api.example.com:8443
basePath: /v1/
schemes: [http, https]
paths:
  /thing: { get: { operationId: getThing, tags: [things], ${ok} } }
  /ws: { get: { operationId: getWs, tags: [things], schemes: [wss], ${ok} } }
`),
    behaves: { "the safest is first": (client) => Effect.gen(function*() {
      expect(url(yield* get(client, "things.getThing", { ownBaseUrl: true }))).toBe("https://api.example.com:8443/v1/thing")
    }) }
  },
  {
    name: "2 0 without a host",
    document: swagger(`basePath: v1\npaths: { /thing: { get: { operationId: getThing, tags: [things], ${ok} } } }`),
    behaves: { "has to be told where": (client) => Effect.sync(() => expect(client.generated.files.get("session.ts")).toContain("`/v1`")) }
  },
  {
    name: "hostile servers",
    document: oas(`
servers: [{ url: "https://own.example.com/{constructor}", variables: { constructor: { default: "$&" } } }, { url: "https://x.example.com/\`\${process.exit(1)}\`/{a\`b}", description: "*/ alert(1) /*", variables: { "a\`b": { default: "\${1}\\\\", enum: ["\`"] } } }, { url: "javascript:alert(1)" }, { url: "" }]
paths: { /thing: { get: { operationId: getThing, tags: [things], ${ok} } } }
`),
    warnings: [/a variable process.exit/],
    behaves: { "are texts": (client) => Effect.gen(function*() {
      const { servers } = (yield* client.load("servers")) as { servers: Record<string, unknown> }
      const [own, first] = Object.values(servers)
      expect(client.generated.files.get("session.ts")).toContain("baseUrl: \"https://own.example.com/$&\"")
      expect((own as (variables?: unknown) => string)({})).toBe("https://own.example.com/$&")
      expect((first as (variables?: unknown) => string)()).toBe("https://x.example.com/`$process.exit(1)`/${1}\\")
    }) }
  }
]

export const security: ReadonlyArray<Case> = [
  {
    name: "security as alternatives of sets",
    document: oas(`
security: [{ Key: [] }]
paths:
  /default: { get: { operationId: byDefault, tags: [things], ${ok} } }
  /public: { get: { operationId: open, tags: [things], security: [], ${ok} } }
  /maybe: { get: { operationId: maybe, tags: [things], security: [{ Jwt: [] }, {}], ${ok} } }
  /or: { get: { operationId: either, tags: [things], security: [{ Jwt: [] }, { Key: [], Tenant: [] }], ${ok} } }
  /and: { get: { operationId: both, tags: [things], security: [{ Key: [], Tenant: [] }], ${ok} } }
components:
  securitySchemes:
    Key: { type: apiKey, in: header, name: X-Key, description: the key }
    Tenant: { type: apiKey, in: query, name: tenant }
    Cookie: { type: apiKey, in: cookie, name: sid }
    Jwt: { type: http, scheme: Bearer }
    Basic: { type: http, scheme: basic }
    Mtls: { type: mutualTLS }
    Oidc: { type: openIdConnect, openIdConnectUrl: https://id.example.com }
`),
    types: `
type Given = Parameters<typeof auth.TortureAuth>[0]
claim<Fits<keyof Given, "Key" | "Tenant" | "Cookie" | "Jwt" | "Basic" | "Mtls" | "Oidc">>()
// @ts-expect-error no such scheme
auth.TortureAuth({ Nothing: 1 })
// @ts-expect-error a secret is Redacted
auth.TortureAuth({ Key: "text" })
`,
    behaves: {
      "one that all operations have": (client) => Effect.gen(function*() {
        expect((yield* get(client, "things.byDefault", { credentials: { Key: key, Jwt: token } }))?.headers).toMatchObject({ "x-key": "the-key" })
      }),
      "no more than is asked for": (client) => Effect.gen(function*() {
        const either = yield* get(client, "things.either", { credentials: { Key: key, Tenant: Redacted.make("t"), Jwt: token } })
        expect(either?.headers["authorization"]).toBe("Bearer the-token")
        expect(either?.headers["x-key"]).toBeUndefined()
        expect(either?.path).toBe("/or")
        const set = yield* get(client, "things.either", { credentials: { Key: key, Tenant: Redacted.make("t") } })
        expect(set?.headers["x-key"]).toBe("the-key")
        expect(set?.path).toBe("/or?tenant=t")
        const none = yield* get(client, "things.open", { credentials: { Key: key, Jwt: token } })
        expect(none?.headers["x-key"] ?? none?.headers["authorization"]).toBeUndefined()
      }),
      "what cannot be had is a failure before anything is sent": (client) => Effect.gen(function*() {
        const { error, sent } = yield* client.call("things.both", undefined, { status: 204 }, { credentials: { Key: key } })
        expect(error).toMatchObject({ _tag: "AuthenticationFailed" })
        expect(sent).toBeUndefined()
      }),
      "optional credentials are optional": (client) => Effect.gen(function*() {
        expect((yield* get(client, "things.maybe", { credentials: {} }))?.headers["authorization"]).toBeUndefined()
        expect((yield* get(client, "things.maybe", { credentials: { Jwt: token } }))?.headers["authorization"]).toBe("Bearer the-token")
      })
    }
  },
  {
    name: "scopes as permissions",
    document: oas(`
paths:
  /read: { get: { operationId: read, tags: [things], security: [{ OAuth: [read] }], ${ok} } }
  /both: { get: { operationId: both, tags: [things], security: [{ OAuth: [read, write] }], ${ok} } }
  /common: { get: { operationId: common, tags: [things], security: [{ OAuth: [read, write] }, { OAuth: [write, admin] }], ${ok} } }
  /other: { get: { operationId: other, tags: [things], security: [{ OAuth: [read] }, { Key: [] }], ${ok} } }
components:
  securitySchemes:
    OAuth: { type: oauth2, flows: { clientCredentials: { tokenUrl: https://id.example.com/token, scopes: { read: r, write: w, admin: a } } } }
    Key: { type: apiKey, in: header, name: X-Key }
`),
    types: `
import type { Torture } from "./client/session.ts"
claim<Same<Needs<typeof things.read>, Torture | Credence.Can<Torture, "read">>>()
claim<Same<Needs<typeof things.both>, Torture | Credence.Can<Torture, "read" | "write">>>()
claim<Same<Needs<typeof things.common>, Torture | Credence.Can<Torture, "write">>>()
claim<Same<Needs<typeof things.other>, Torture>>()
`
  },
  {
    name: "permissions by a vendor's extension",
    document: oas(`
paths:
  /a: { get: { operationId: getA, tags: [things], x-Argus-Required-Permissions: [viewCases], ${ok} } }
  /b: { get: { operationId: getB, tags: [things], x-needs: [one, two], ${ok} } }
`),
    config: { preset: { name: "own", permissions: (operation) => [...(operation.extensions["x-Argus-Required-Permissions"] as ReadonlyArray<string> | undefined ?? []), ...(operation.extensions["x-needs"] as ReadonlyArray<string> | undefined ?? [])] } },
    types: `
import type { Torture } from "./client/session.ts"
claim<Same<Needs<typeof things.getA>, Torture | Credence.Can<Torture, "viewCases">>>()
claim<Same<Needs<typeof things.getB>, Torture | Credence.Can<Torture, "one" | "two">>>()
`
  },
  {
    name: "security of 2 0",
    document: swagger(`
host: api.example.com
security: [{ basic: [] }]
securityDefinitions: { basic: { type: basic }, oauth: { type: oauth2, flow: implicit, authorizationUrl: https://x.example.com, scopes: { read: r } }, key: { type: apiKey, in: query, name: k } }
paths:
  /a: { get: { operationId: getA, tags: [things], ${ok} } }
  /b: { get: { operationId: getB, tags: [things], security: [{ key: [] }], ${ok} } }
`),
    behaves: { "is the same": (client) => Effect.gen(function*() {
      expect((yield* get(client, "things.getA", { credentials: { basic: { username: "ada", password: Redacted.make("pw") } } }))?.headers["authorization"]).toBe(`Basic ${btoa("ada:pw")}`)
      expect((yield* get(client, "things.getB", { credentials: { key } }))?.path).toBe("/b?k=the-key")
    }) }
  },
  {
    name: "security that breaks rules",
    document: oas(`
security: { Key: [] }
paths:
  /a: { get: { operationId: getA, tags: [things], security: [{ Gone: [] }, { Key: [] }], ${ok} } }
  /b: { get: { operationId: getB, tags: [things], security: [7], ${ok} } }
  /c: { get: { operationId: getC, tags: [things], security: [{ Gone: [] }], ${ok} } }
components:
  securitySchemes:
    Key: { type: apiKey, in: header, name: X-Key }
    Nameless: { type: apiKey, in: header }
    Odd: { type: magic }
    Schemeless: { type: http }
`),
    warnings: [/security has to be a list/, /no security scheme Gone/, /an alternative of security has to be an object/, /an API key has to have a name/, /no security scheme of type "magic"/, /an http scheme has to say which/],
    behaves: {
      "what is left counts": (client) => Effect.gen(function*() {
        expect((yield* get(client, "things.getA", { credentials: { Key: key } }))?.headers["x-key"]).toBe("the-key")
      }),
      "nothing left is not the same as nothing needed": (client) => Effect.gen(function*() {
        // `security: []` would send the call without any credentials
        expect(client.generated.files.get("things.ts")?.match(/security: \[\]/g)).toBeNull()
        expect((yield* get(client, "things.getC", { credentials: { Key: key } }))?.headers["x-key"]).toBe("the-key")
      })
    }
  },
  {
    name: "hostile names of schemes",
    document: oas(`
security: [{ "__proto__": [], "a b": [], "*/": ["\`\${1}\`"] }]
paths: { /a: { get: { operationId: getA, tags: [things], ${ok} } } }
components: { securitySchemes: { "__proto__": { type: apiKey, in: header, name: X-P }, "a b": { type: apiKey, in: query, name: "a&b=c" }, "*/": { type: oauth2, description: "*/ alert(1)" } } }
`),
    behaves: { "are names": (client) => Effect.gen(function*() {
      const credentials = JSON.parse("{\"__proto__\":null,\"a b\":null,\"*/\":null}") as Record<string, unknown>
      for (const name of Object.keys(credentials)) Object.defineProperty(credentials, name, { value: Redacted.make(`v${name.length}`), enumerable: true, configurable: true, writable: true })
      const sent = yield* get(client, "things.getA", { credentials })
      expect(sent?.headers["x-p"]).toBe("v9")
      expect(sent?.headers["authorization"]).toBe("Bearer v2")
      expect(sent?.path).toBe("/a?a%26b%3Dc=v3")
    }) }
  }
]
