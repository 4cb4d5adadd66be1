/**
 * Sessions of TPP for tests: over a script under TestClock, or over a sandbox.
 */
import { Configuration } from "credence"
import { NodeTransport } from "credence/node"
import { Script } from "credence/testing"
import { Scope, Tpp, TppAuth } from "credence/tpp"
import * as Sandbox from "credence-kit/sandbox"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Auth from "credence/Auth"

export const scope = Scope.make({ certificate: ["manage", "delete", "revoke"], configuration: ["manage", "delete"] })

/** the layer of a password login, as most tests have it */
export const password = (options: Partial<TppAuth.PasswordOptions> = {}) =>
  TppAuth.password({ clientId: "pytpp", username: "demo", password: Redacted.make("demo-password"), scope, ...options })

type AuthLayer = Layer.Layer<Auth.Authentication>

/** A session over a script. */
export const over = (script: Script.Script, auth: AuthLayer, more: Layer.Layer<never> = Layer.empty) =>
  Tpp.layer().pipe(Layer.provide([auth, partsOver(script), more]))

/** All of a session but its way to sign in. */
export const partsOver = (script: Script.Script) => Layer.mergeAll(Configuration.layer({ baseUrl: "https://tpp.test" }), script.layer)

/** What a token endpoint answers. */
export const grant = (members: Readonly<Record<string, unknown>> = {}) => ({
  access_token: "token-1==",
  token_type: "Bearer",
  expires_in: 100,
  identity: "local:{0c0a}",
  refresh_token: "refresh-1==",
  scope: "certificate:manage;configuration",
  ...members
})

/** The members of a JSON body that was sent. */
export const sentBody = (body: unknown): unknown => JSON.parse((body as { readonly bytes: string }).bytes)

/** A session over a sandbox's TPP. */
export const live = (sandbox: Sandbox.RunningSandbox, auth: AuthLayer, options: { readonly certificate?: boolean } = {}) => {
  const { tpp } = sandbox
  return Tpp.layer().pipe(Layer.provide([
    auth,
    Configuration.layer({
      baseUrl: tpp.url,
      tls: { ca: tpp.ca, ...(options.certificate === true ? { certificate: { certificate: tpp.clientCert, key: Redacted.make(tpp.clientKey) } } : {}) }
    }),
    NodeTransport.layer()
  ]))
}

/** how often the sandbox saw a request whose path begins so */
export const received = (sandbox: Sandbox.RunningSandbox, prefix: string) =>
  Effect.map(sandbox.control.received, (requests) => requests.filter(({ path }) => path.toLowerCase().startsWith(prefix)).length)
