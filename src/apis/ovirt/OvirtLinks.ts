/**
 * Links between objects.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Endpoint from "../../endpoint/Endpoint.ts"
import type { AnyCodec } from "../../endpoint/Param.ts"
import { type CallError, InvalidInput } from "../../errors/CallError.ts"
import type { Forbidden, NotFound } from "../../errors/ResponseError.ts"
import { Fault, type Link } from "./generated/models.ts"
import { Ovirt } from "./Ovirt.ts"

/** Something that is elsewhere: an address, or an object that has one. */
export type Linked = string | { readonly href?: string | undefined }

/** What lies below the API's root; `undefined` for anything else, another origin included. */
const pathBelow = (baseUrl: string, href: string): string | undefined => {
  const base = URL.parse(baseUrl)
  const url = base === null ? null : URL.parse(href, base.origin)
  if (base === null || url === null || url.origin !== base.origin) return undefined
  const root = base.pathname.replace(/\/+$/, "")
  return url.pathname === root || url.pathname.startsWith(`${root}/`) ? `${url.pathname.slice(root.length) || "/"}${url.search}` : undefined
}

/**
 * Reads what a link leads to. A link that leads out of the API, or none, is `InvalidInput`: nothing is sent then.
 *
 * @example
 * ```ts
 * const vm = yield* getVm({ id })
 * const cluster = yield* OvirtLinks.follow(vm.cluster ?? {}, Cluster)
 * const nics = yield* OvirtLinks.follow(OvirtLinks.find(vm, "nics"), Nics)
 * ```
 */
export const follow = <S extends AnyCodec>(link: Linked, success: S): Effect.Effect<S["Type"], CallError | Forbidden<Fault> | NotFound<Fault>, Ovirt> =>
  Effect.gen(function*() {
    const session = yield* Ovirt
    const { baseUrl } = yield* session.status
    const href = typeof link === "string" ? link : link.href
    const path = href === undefined || href === "" ? undefined : pathBelow(baseUrl, href)
    if (path === undefined) {
      const message = href === undefined || href === "" ? "there is no link to follow" : "the link leads out of the API"
      return yield* new InvalidInput({ operation: "follow", method: "GET", url: baseUrl, attempts: 0, issues: [{ path: "href", message }] })
    }
    const { operation } = Endpoint.get(Ovirt, "/", { name: "follow", success, errors: { 403: Fault, 404: Fault } })
    // only where it goes is another matter
    return yield* session.execute({ ...operation, encode: (input, context) => Result.map(operation.encode(input, context), (request) => ({ ...request, path })) }, {})
  })

/** The link of an object that is called so, e.g. `nics`; `{}` where it has none. */
export const find = (object: { readonly link?: ReadonlyArray<Link> | undefined }, rel: string): { readonly href?: string | undefined } =>
  object.link?.find((link) => link.rel === rel) ?? {}
