/** Is there a ticket? For status and diagnosis, without a request. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { readdir, readFile, stat } from "node:fs/promises"
import * as path from "node:path"
import type { SchemeError } from "../../services/Scheme.ts"
import { type CacheContents, readCache } from "./cacheFile.ts"
import type { Trouble } from "./failures.ts"
import { loadLibrary } from "./library.ts"
import { Native, serviceName } from "./native.ts"
import type { Options } from "./options.ts"

/** How the ticket of this user stands. */
export interface Ticket {
  /** whose it is, where that can be told */
  readonly principal?: string | undefined
  /** `unavailable`: Kerberos does not work here, or nobody could be asked */
  readonly state: "valid" | "expired" | "none" | "unavailable"
  /** Unix time in milliseconds, where that can be told */
  readonly expires?: number | undefined
  /** a sentence: what was found and where, or what to do */
  readonly detail: string
}

/** Which ticket is asked for. */
export interface TicketOptions extends Pick<Options, "principal" | "keytab" | "credentialCache" | "service" | "canonicalize" | "load"> {
  /** the server that the ticket is wanted for. Only where a cache cannot be read as a file, a ticket for it is asked for. Default `localhost` */
  readonly host?: string | undefined
}

/** no cache is longer; a larger file is none, nor is what is no file */
const longest = 4 * 1024 * 1024

const fileAt = async (file: string): Promise<CacheContents | undefined> => {
  const found = await stat(file)
  return !found.isFile() || found.size > longest ? undefined : readCache(await readFile(file))
}

/** The files that a name of a cache stands for: one, or of a collection all. `undefined`: another type, e.g. KEYRING or KCM. */
const filesOf = async (name: string, every: boolean): Promise<ReadonlyArray<string> | undefined> => {
  const type = /^([A-Za-z]{2,}):/.exec(name)?.[1]
  const rest = type === undefined ? name : name.slice(type.length + 1)
  if (type === undefined || type === "FILE") return [rest]
  if (type !== "DIR") return undefined
  if (rest.startsWith(":")) return [rest.slice(1)]
  if (every) return (await readdir(rest)).filter((file) => file.startsWith("tkt")).map((file) => path.join(rest, file))
  const primary = await readFile(path.join(rest, "primary"), "utf8").catch(() => "tkt")
  return [path.join(rest, path.basename(primary.trim()))]
}

const matches = (principal: string | undefined, found: string): boolean =>
  principal === undefined || found === principal || (!principal.includes("@") && found.startsWith(`${principal}@`))

/** What the cache's files say; `undefined`: they are not there, or cannot be read. */
const fromFiles = async (name: string, principal: string | undefined): Promise<CacheContents | undefined> => {
  try {
    for (const file of await filesOf(name, principal !== undefined) ?? []) {
      const contents = await fileAt(file).catch(() => undefined)
      if (contents !== undefined && matches(principal, contents.principal)) return contents
    }
    return undefined
  } catch {
    return undefined
  }
}

const states: Readonly<Record<Trouble, Ticket["state"]>> = {
  none: "none",
  identity: "none",
  keytab: "none",
  expired: "expired",
  // whoever is told that there is no such service, or that the clocks differ, has asked with a ticket
  service: "valid",
  skew: "unavailable",
  unreachable: "unavailable",
  realm: "unavailable",
  other: "unavailable"
}

const words = ({ detail, hint }: SchemeError): string => hint === undefined ? detail : `${detail}: ${hint}`

/**
 * Tells how the ticket of this user stands: from the credential cache where it is a file, else by asking for a ticket for
 * `host`, as it is with a keytab, on Windows, and with caches of the types KEYRING, KCM and API. Never fails: what is wrong is
 * in `state` and `detail`.
 *
 * @example
 * ```ts
 * const { state, detail } = yield* Kerberos.ticket()
 * ```
 */
export const ticket = (options: TicketOptions = {}): Effect.Effect<Ticket> =>
  Effect.gen(function*() {
    yield* loadLibrary(options.load)
    const name = options.credentialCache ?? process.env["KRB5CCNAME"] ?? `FILE:/tmp/krb5cc_${process.getuid?.() ?? 0}`
    const found = options.keytab === undefined && process.platform !== "win32"
      ? yield* Effect.promise(() => fromFiles(name, options.principal))
      : undefined
    if (found !== undefined) return describe(found, yield* Clock.currentTimeMillis, name)
    const service = serviceName(options.service, options.host ?? "localhost")
    return yield* new Native(options).begin(service).pipe(
      Effect.as({ state: "valid", principal: options.principal, detail: "a ticket for the server was given" } satisfies Ticket),
      Effect.catchTag("NativeFailure", ({ error, trouble }) =>
        Effect.succeed<Ticket>({ state: states[trouble], principal: options.principal, detail: words(error) }))
    )
  }).pipe(Effect.catchTag("SchemeError", (error) => Effect.succeed<Ticket>({ state: "unavailable", detail: words(error) })))

const describe = ({ expires, principal }: CacheContents, now: number, name: string): Ticket => {
  if (expires === undefined) return { principal, state: "none", detail: `${name} is of ${principal} and holds no ticket: kinit` }
  const at = new Date(expires).toISOString()
  return expires > now
    ? { principal, state: "valid", expires, detail: `${name} holds a ticket of ${principal} until ${at}` }
    : { principal, state: "expired", expires, detail: `the ticket of ${principal} in ${name} expired at ${at}: kinit` }
}
