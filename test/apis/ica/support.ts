/** One sandbox, and sessions of ICA on it. */
import { Auth, Configuration } from "credence"
import { Ica, IcaAuth } from "credence/ica"
import { NodeTransport } from "credence/node"
import { type RunningSandbox, Sandbox } from "credence-kit/sandbox"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

export const secret = (text: string) => Redacted.make(text)

export const key = (user = "demo") => IcaAuth.apiKey(secret(`${user}-api-key`))
export const password = (user = "demo", tenant?: string) => IcaAuth.password({ username: user, password: secret(`${user}-password`), tenant })

/** A session on the sandbox that is around. */
export const sessionOf = <E>(auth: Layer.Layer<Auth.Authentication, E>) =>
  Layer.unwrap(Effect.map(Sandbox, ({ ica }) => Ica.layer().pipe(Layer.provide([auth, Configuration.layer({ baseUrl: ica.url, retry: "none" }), NodeTransport.layer()]))))

/** What the sandbox has received, of its API or of its object store. */
export const received = (system: "ica" | "ica-storage", path = "") =>
  Effect.gen(function*() {
    const sandbox: RunningSandbox = yield* Sandbox
    return (yield* sandbox.control.received).filter((entry) => entry.system === system && entry.path.includes(path))
  })
