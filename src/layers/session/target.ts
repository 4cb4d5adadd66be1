/**
 * Where calls go, and which origins the session's credentials are bound to.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6454 the origin of a URL: scheme, host, port
 * @see https://spec.openapis.org/oas/v3.1.1.html#server-object servers of a document, a path or an operation
 */
import * as Result from "effect/Result"
import { isLoopback, isSecure, parseBaseUrl, prefixOf } from "../../wire/url.ts"

/** What may go along to an origin. */
export interface Reach {
  readonly origin: string
  /** the session's credentials, headers and cookies are for it */
  readonly bound: boolean
  /** it is where the session's base URL is */
  readonly home: boolean
  /** credentials may travel there: over https, to the machine itself, or plain http was allowed */
  readonly secure: boolean
}

/** Where the URLs of a call begin. */
export interface Target extends Reach {
  readonly prefix: string
}

/** A URL's parser takes braces for part of a name. */
const hasVariable = (server: string): boolean => /[{}]/.test(server)

/** All that a session may call. */
export class Targets {
  /** the session's base URL */
  readonly home: Target
  /** credentials are bound to these: the session's own, and those of the API's servers if the session talks to one of them */
  readonly origins: ReadonlyArray<string>
  readonly #baseUrl: URL
  readonly #allowInsecure: boolean
  /** the session talks to a server that the API declares, and not to a sandbox, a mock or somebody's own installation */
  readonly #declared: boolean
  /** endpoints name few servers, and always the same */
  readonly #servers = new Map<string, Result.Result<Target, string>>()

  constructor(baseUrl: URL, servers: ReadonlyArray<string | undefined>, allowInsecure: boolean) {
    this.#baseUrl = baseUrl
    this.#allowInsecure = allowInsecure
    // what is relative, or no http URL, or has a variable in its host names no origin
    const declared = servers.flatMap((server) => {
      const url = server === undefined ? null : URL.parse(server)
      return url !== null && (url.protocol === "https:" || url.protocol === "http:") && !hasVariable(url.host) && this.#near(url) ? [url.origin] : []
    })
    this.#declared = declared.includes(baseUrl.origin)
    this.origins = this.#declared ? [...new Set([baseUrl.origin, ...declared])] : [baseUrl.origin]
    this.home = this.below(baseUrl)
  }

  /** what may go along to a URL */
  reach(url: URL): Reach {
    const { origin } = url
    return { origin, bound: this.origins.includes(origin), home: origin === this.#baseUrl.origin, secure: this.#allowInsecure || isSecure(url) }
  }

  /** what lies below a base URL */
  below(base: URL): Target {
    return { ...this.reach(base), prefix: prefixOf(base) }
  }

  /** many documents list a server on the machine itself: who develops against that does not mean the real ones */
  #near(url: URL): boolean {
    return isLoopback(url.hostname) || !isLoopback(this.#baseUrl.hostname)
  }

  /**
   * The base URL of an endpoint that has a server of its own. Where the session does not talk to one of the API's servers,
   * it serves those endpoints, too. A relative one is at the session's origin.
   */
  server(text: string): Result.Result<Target, string> {
    const known = this.#servers.get(text)
    if (known !== undefined) return known
    const url = URL.parse(text, this.#baseUrl.origin)
    const target = url === null || hasVariable(text)
      ? Result.fail("an http or https URL, or a path, with its variables filled in")
      : Result.map(parseBaseUrl(url.href), (base) => (this.#declared && this.#near(base)) || base.origin === this.#baseUrl.origin ? this.below(base) : this.home)
    this.#servers.set(text, target)
    return target
  }
}
