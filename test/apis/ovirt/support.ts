/** Sessions with the sandbox's engine. */
import { type Auth, Configuration, Hooks } from "credence"
import { Ovirt, OvirtAuth, OvirtConfiguration, OvirtXml } from "credence/ovirt"
import { NodeTransport } from "credence/node"
import { type SchemeLogin } from "credence/Scheme"
import * as Sandbox from "credence-kit/sandbox"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

export { Configuration, Hooks }

export const demo = { username: "demo@internal", password: Redacted.make("demo-password") }
export const viewer = { username: "viewer@internal", password: Redacted.make("demo-password") }

export const TOKEN = "/ovirt-engine/sso/oauth/token"
export const LOGOUT = "/ovirt-engine/services/sso-logout"

/** Without retries, so that each request is one that was asked for. */
export const live = (sandbox: Sandbox.RunningSandbox, auth: Layer.Layer<Auth.Authentication> = OvirtAuth.password(demo), options: Partial<OvirtConfiguration.OvirtOptions> = {}) =>
  Ovirt.layer().pipe(Layer.provide([auth, OvirtConfiguration.layer({ url: sandbox.ovirt.url, retry: "none", ...options }), NodeTransport.layer()]))

/** In XML, in the manner of version 3. */
export const live3 = (sandbox: Sandbox.RunningSandbox, persistent: OvirtAuth.PersistentOptions = demo, options: Partial<OvirtConfiguration.OvirtOptions> = {}) =>
  Ovirt.layer().pipe(Layer.provide([
    OvirtAuth.persistent(persistent),
    OvirtConfiguration.layer({ url: sandbox.ovirt.url.replace("/ovirt-engine/api", ""), version: 3, retry: "none", ...options }),
    OvirtXml.transport(NodeTransport.layer())
  ]))

/** What the engine received, by path. */
export const received = (sandbox: Sandbox.RunningSandbox, path?: string) =>
  Effect.map(sandbox.control.received, (requests) => requests.filter((request) => request.system === "ovirt" && (path === undefined || request.path === path)))

/** Stands for a ticket: real ones are in test/servers. */
export const ticket = (value: string): OvirtAuth.KerberosOptions["schemes"][number] => ({
  name: "Negotiate",
  strength: 40,
  bound: false,
  exposes: false,
  identity: "demo@EXAMPLE.COM",
  secrets: () => [value],
  open: () => ({
    begin: (): SchemeLogin => ({
      first: (preemptive) => Effect.succeed(preemptive ? `Negotiate ${value}` : undefined),
      answer: () => Effect.succeed(`Negotiate ${value}`),
      accepted: () => Effect.void,
      settled: () => true
    })
  })
})
