/** The native library: npm `kerberos`, which speaks GSSAPI on unix and SSPI on Windows. It is loaded where it is needed. */
import * as Effect from "effect/Effect"
import { SchemeError } from "../../services/Scheme.ts"

/** A security context. Each of them serves one login. */
export interface NativeContext {
  /** who logged in; `null` until the context is complete */
  readonly username: string | null
  /** takes the server's token, or "" at first; gives the next one of ours, or `null` */
  readonly step: (token: string) => Promise<string | null>
}

export interface Library {
  readonly initializeClient: (
    service: string,
    options: { readonly flags: number; readonly mechOID: number; readonly principal?: string | undefined }
  ) => Promise<NativeContext>
}

/** names of npm `kerberos`: GSS_MECH_OID_SPNEGO, and flags of GSSAPI that SSPI has the same numbers for */
export const spnego = 6
export const flags = { delegate: 1, mutual: 2, sequence: 8 } as const

const install = "npm install kerberos (it is compiled: on Debian apt-get install libkrb5-dev g++ make python3 first)"

const isLibrary = (value: unknown): value is Library =>
  typeof value === "object" && value !== null && "initializeClient" in value && typeof value.initializeClient === "function"

const codeOf = (cause: unknown): unknown => typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined

const unloadable = (cause: unknown): SchemeError => {
  const message = cause instanceof Error ? cause.message : String(cause)
  // Node, bundlers and test runners each say it in their way
  if (/(find|resolve|load)\b.*['"]kerberos['"]/i.test(message)) {
    return new SchemeError({ reason: "unavailable", detail: "Kerberos needs the package kerberos, which is not installed", hint: install })
  }
  if (codeOf(cause) === "MODULE_NOT_FOUND") {
    return new SchemeError({
      reason: "unavailable",
      detail: "the package kerberos is installed, but was not compiled",
      hint: `npm rebuild kerberos; else ${install}`
    })
  }
  return new SchemeError({
    reason: "unavailable",
    detail: /opening library/i.test(message) ? "the Kerberos library of the system is missing" : "the package kerberos cannot be loaded",
    hint: "install the system's GSSAPI library (on Debian libgssapi-krb5-2), then npm rebuild kerberos"
  })
}

// A name in a variable: neither compilers nor bundlers look for a package that need not be there.
const name: string = "kerberos"
const byName = (): Promise<unknown> => import(name)

/** Loads the library. Fails with `unavailable` and what to install. */
export const loadLibrary = (load: () => Promise<unknown> = byName): Effect.Effect<Library, SchemeError> =>
  Effect.flatMap(Effect.tryPromise({ try: load, catch: unloadable }), (loaded) => {
    // of a CommonJS package import() gives the exports as `default`, and by their names where it can tell them
    const candidates = [loaded, typeof loaded === "object" && loaded !== null && "default" in loaded ? loaded.default : undefined]
    const library = candidates.find(isLibrary)
    return library === undefined
      ? Effect.fail(new SchemeError({ reason: "unavailable", detail: "the package kerberos is not the one that is expected", hint: "npm install kerberos@7" }))
      : Effect.succeed(library)
  })
