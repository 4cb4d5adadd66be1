/**
 * The systems whose logins the command line knows, and how a session of each is opened.
 */
import type { Authentication } from "credence/Auth"
import * as Configuration from "credence/Configuration"
import type { CallError, ConfigurationInvalid } from "credence/errors"
import type { Session, SessionClass } from "credence/Session"
import type { Transport } from "credence/Transport"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"

/** What a session needs besides what is its system's own; `rest` are references, such as a store. */
export interface SessionParts {
  readonly transport: Layer.Layer<Transport>
  readonly rest: Layer.Layer<never>
}

/** A session that is open. */
export interface Opened {
  readonly session: Session
  /** signs in, and asks the server whether the credential is good */
  readonly check: Effect.Effect<void, CallError>
}

/** What a system's modules give. */
export interface Loaded {
  readonly authentication: Layer.Layer<Authentication, ConfigurationInvalid>
  readonly configuration: Layer.Layer<Configuration.Configuration, ConfigurationInvalid>
  readonly open: (parts: SessionParts) => Effect.Effect<Opened, ConfigurationInvalid, Scope.Scope>
}

export interface System {
  readonly name: string
  readonly title: string
  /** of its variables */
  readonly prefix: string
  /** the header of its key and the variable of that, where a key goes with each call */
  readonly key?: { readonly header: string; readonly suffix: string } | undefined
  /** loads the system's modules, for this command only */
  readonly load: (prefix: string) => Effect.Effect<Loaded>
}

const loaded = <Self, Api extends string>(
  api: SessionClass<Self, Api>,
  authentication: Layer.Layer<Authentication, ConfigurationInvalid>,
  configuration: Layer.Layer<Configuration.Configuration, ConfigurationInvalid>
): Loaded => ({
  authentication,
  configuration,
  open: ({ rest, transport }) =>
    Effect.map(api.make(authentication, configuration, transport, rest), (session) => ({
      session,
      check: Effect.provideService(api.authenticate({ check: true }), api, session)
    }))
})

const modules = <A>(load: () => Promise<A>, of: (module: A) => Loaded): Effect.Effect<Loaded> => Effect.map(Effect.promise(load), of)

/** By name. */
export const systems: Readonly<Record<string, System>> = {
  argus: {
    name: "argus",
    title: "Argus",
    prefix: "ARGUS_API",
    key: { header: "argus-api-key", suffix: "KEY" },
    load: (prefix) =>
      modules(() => import("credence/argus"), ({ Argus, ArgusAuth }) => loaded(Argus, ArgusAuth.fromConfig(prefix), Configuration.fromConfig(prefix)))
  },
  tpp: {
    name: "tpp",
    title: "Venafi TPP",
    prefix: "TPP",
    key: { header: "x-venafi-api-key", suffix: "API_KEY" },
    load: (prefix) =>
      modules(() => Promise.all([import("credence/tpp"), import("credence/node")]), ([{ Tpp, TppAuth }, { Kerberos }]) =>
        loaded(Tpp, TppAuth.fromConfig(prefix, { schemes: [Kerberos.scheme()] }), Configuration.fromConfig(prefix)))
  },
  ovirt: {
    name: "ovirt",
    title: "oVirt",
    prefix: "OVIRT",
    load: (prefix) =>
      modules(() => Promise.all([import("credence/ovirt"), import("credence/node")]), ([{ Ovirt, OvirtAuth, OvirtConfiguration }, { Kerberos }]) =>
        loaded(Ovirt, OvirtAuth.fromConfig(prefix, { schemes: [Kerberos.scheme()] }), OvirtConfiguration.fromConfig(prefix)))
  },
  ica: {
    name: "ica",
    title: "ICA",
    prefix: "ICA",
    key: { header: "x-api-key", suffix: "API_KEY" },
    load: (prefix) => modules(() => import("credence/ica"), ({ Ica, IcaAuth }) => loaded(Ica, IcaAuth.fromConfig(prefix), Configuration.fromConfig(prefix)))
  },
  ansys: {
    name: "ansys",
    title: "ansys",
    prefix: "ANSYS",
    load: (prefix) =>
      modules(() => Promise.all([import("credence/ansys"), import("credence/node")]), ([{ Ansys, AnsysAuth }, { Kerberos }]) =>
        loaded(Ansys, AnsysAuth.fromConfig(prefix, { schemes: [Kerberos.scheme()] }), Configuration.fromConfig(prefix)))
  }
}

/** The system of a session class's key; `undefined`: it has no login of its own. */
export const systemOf = (session: string): System | undefined => Object.hasOwn(systems, session) ? systems[session] : undefined
