/** The way to the native library: what each call needs of the process, and its failures in words. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { SchemeError } from "../../services/Scheme.ts"
import { literalNames } from "./configuration.ts"
import { type Variables, withVariables } from "./environment.ts"
import { explain, messageOf, type Situation, type Trouble, troubleOf } from "./failures.ts"
import { flags, type Library, loadLibrary, type NativeContext, spnego } from "./library.ts"
import type { Options } from "./options.ts"

/** The library has no token. */
export class NativeFailure extends /*#__PURE__*/ Data.TaggedError("NativeFailure")<{ readonly trouble: Trouble; readonly error: SchemeError }> {}

/** GSSAPI takes `HTTP@host`, SSPI takes `HTTP/host`. */
export const serviceName = (service: string | undefined, host: string): string => {
  const given = service ?? `HTTP@${host.replace(/\.$/, "")}`
  return process.platform === "win32" ? given.replace("@", "/") : given.replace("/", "@")
}

/** the name of a service as tickets have it, and as people know it */
export const sentence = (service: string): string => service.replace("@", "/")

/** What is wrong with options; `undefined`: nothing. */
export const problemOf = ({ credentialCache, keytab, principal, service }: Options): string | undefined => {
  if (process.platform === "win32") {
    return keytab === undefined && credentialCache === undefined && principal === undefined
      ? undefined
      : "expected no `keytab`, `credentialCache` or `principal` on Windows: whoever is logged in is taken"
  }
  // The library takes the name of a user or of a service up to a NUL, as C does.
  if ([credentialCache, keytab, principal].some((text) => text !== undefined && (text === "" || /[\x00-\x1f\x7f]/.test(text)))) {
    return "expected `principal`, `keytab` and `credentialCache` without control characters, and not empty"
  }
  return service === undefined || /^[^@/\s\x00]+[@/][^@/\s\x00]+$/.test(service) ? undefined : "expected `service` as HTTP@host.example.com"
}

let caches = 0

/** One way to the library, with what it needs of the process. */
export class Native {
  readonly #options: Options
  readonly #cache: string | undefined
  #library: Library | undefined

  constructor(options: Options) {
    this.#options = options
    this.#cache = options.credentialCache ?? (options.keytab === undefined ? undefined : `MEMORY:credence-${++caches}`)
  }

  #situation(service: string): Situation {
    return { service: sentence(service), principal: this.#options.principal, keytab: this.#options.keytab }
  }

  #variables(): Variables {
    const configured = !this.#options.canonicalize && process.platform === "linux"
    return {
      KRB5CCNAME: this.#cache,
      KRB5_CLIENT_KTNAME: this.#options.keytab,
      KRB5_CONFIG: configured ? literalNames(process.env["KRB5_CONFIG"]) : undefined
    }
  }

  #call<A>(service: string, call: () => Promise<A>): Effect.Effect<A, NativeFailure> {
    return Effect.tryPromise({
      // tickets that come of a keytab are written to a cache which others must not see half-written
      try: (signal) => withVariables(this.#variables(), this.#options.keytab !== undefined, call, signal),
      catch: (failure) => new NativeFailure({ trouble: troubleOf(messageOf(failure)), error: explain(failure, this.#situation(service)) })
    })
  }

  /** Begins a login: a context, and its first token. */
  readonly open = (service: string): Effect.Effect<{ readonly context: NativeContext; readonly token: string | null }, SchemeError> =>
    Effect.catchTag(this.begin(service), "NativeFailure", ({ error }) => Effect.fail(error))

  /** As {@link open}, but tells what kind of trouble there is. */
  readonly begin = (service: string): Effect.Effect<{ readonly context: NativeContext; readonly token: string | null }, SchemeError | NativeFailure> =>
    Effect.gen({ self: this }, function*() {
      const library = this.#library ??= yield* loadLibrary(this.#options.load)
      const wanted = flags.mutual | flags.sequence | (this.#options.delegate === true ? flags.delegate : 0)
      return yield* this.#call(service, async () => {
        const principal = this.#options.principal
        const context = await library.initializeClient(service, { flags: wanted, mechOID: spnego, ...(principal === undefined ? {} : { principal }) })
        return { context, token: await context.step("") }
      })
    })

  /** Takes a token of the server. */
  readonly step = (service: string, context: NativeContext, token: string): Effect.Effect<string | null, SchemeError> =>
    Effect.mapError(this.#call(service, () => context.step(token)), ({ error }) => error)
}
