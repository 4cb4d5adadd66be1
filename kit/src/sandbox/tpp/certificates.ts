/** `/vedsdk/certificates`: to list, request, retrieve, renew and revoke. */
import * as Predicate from "effect/Predicate"
import type { Answer, HttpRequest } from "../../http/message.ts"
import { error, inputOf, ok } from "./answers.ts"
import { type Certificate, detailsOf, nameOf, type Node, parentOf, summaryOf, type Tree, written } from "./data.ts"
import type { Route } from "./route.ts"

interface Entry {
  readonly node: Node
  readonly certificate: Certificate
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/** Filters by lower-case name. What is not known here filters nothing. */
const FILTERS: Readonly<Record<string, (entry: Entry, value: string) => boolean>> = {
  cn: ({ certificate }, value) => same(certificate.cn, value),
  name: ({ node }, value) => same(nameOf(node.dn), value),
  parentdn: ({ node }, value) => same(parentOf(node.dn), value),
  parentdnrecursive: ({ node }, value) => node.dn.toLowerCase().startsWith(`${value.toLowerCase()}\\`),
  "san-dns": ({ certificate }, value) => certificate.names.some((name) => same(name, value)),
  o: (_, value) => same("demo", value),
  keyalgorithm: (_, value) => same("ECC", value),
  keysize: (_, value) => value === "256",
  keysizegreater: (_, value) => 256 > Number(value),
  keysizeless: (_, value) => 256 < Number(value),
  disabled: ({ certificate }, value) => certificate.disabled === (value.toLowerCase() === "true" || value === "1"),
  validtogreater: (entry, value) => Date.parse(validTo(entry)) > Date.parse(value),
  validtoless: (entry, value) => Date.parse(validTo(entry)) < Date.parse(value),
  thumbprint: (entry, value) => same(x509(entry, "Thumbprint"), value),
  serial: (entry, value) => same(x509(entry, "Serial"), value)
}

const x509 = ({ certificate, node }: Entry, member: string): string => {
  const shown = summaryOf(node, certificate)["X509"]
  return Predicate.isReadonlyObject(shown) && !Array.isArray(shown) ? String((shown as Readonly<Record<string, unknown>>)[member]) : "" // a record, as summaryOf makes it
}
const validTo = (entry: Entry): string => x509(entry, "ValidTo")

const list = (tree: Tree, { path, query }: HttpRequest): Answer => {
  const given = [...query].map(([name, value]): readonly [string, string] => [name.toLowerCase(), value])
  const number = (name: string, otherwise: number): number => {
    const text = given.find(([key]) => key === name)?.[1]
    return text === undefined || !/^\d+$/.test(text) ? otherwise : Number(text)
  }
  const entries = tree.all().flatMap((node): ReadonlyArray<Entry> => node.certificate === undefined ? [] : [{ node, certificate: node.certificate }])
  const found = entries.filter((entry) => given.every(([name, value]) => FILTERS[name]?.(entry, value) ?? true))
  const offset = number("offset", 0)
  const page = found.slice(offset, offset + number("limit", 100))
  return ok({
    Certificates: page.map(({ certificate, node }) => summaryOf(node, certificate)),
    DataRange: page.length === 0 ? "" : `Certificates ${offset + 1} - ${offset + page.length}`,
    TotalCount: found.length,
    _links: offset + page.length < found.length ? [{ Next: `${path}?limit=${page.length}&offset=${offset + page.length}` }] : []
  }, { "X-Record-Count": String(found.length) })
}

const DN = /^\\VED\\[^\\]/i

export const certificateRoutes = (tree: Tree): ReadonlyArray<Route> => {
  const named = (dn: string | undefined): Entry | undefined => {
    const node = tree.find(dn)
    return node?.certificate === undefined ? undefined : { node, certificate: node.certificate }
  }
  const missing = (dn: string | undefined): Answer => error(400, dn === undefined ? "CertificateDN is missing" : `Certificate ${dn} does not exist`)
  const byGuid = (guid: string | undefined): Entry | undefined => named(tree.byGuid(guid)?.dn)
  const noGuid = error(404, "There is no certificate with this GUID")

  return [
    { method: "GET", path: "/vedsdk/certificates", scope: "certificate:read", handle: ({ request }) => list(tree, request) },
    {
      method: "POST",
      path: "/vedsdk/certificates/request",
      scope: "certificate:manage",
      handle: ({ request }) => {
        const input = inputOf(request)
        const policy = input?.text("PolicyDN")
        if (input === undefined || policy === undefined || !DN.test(policy)) return error(400, "PolicyDN is missing or no distinguished name")
        const subject = input.text("Subject")
        const name = input.text("ObjectName") ?? subject
        if (name === undefined) return error(400, "Subject or ObjectName is missing")
        if (tree.find(policy) === undefined) return error(400, `PolicyDN ${policy} does not exist`)
        const dn = `${policy}\\${name}`
        if (tree.find(dn) !== undefined) return error(400, `Object ${dn} exists already`)
        const node = tree.add(dn, "X509 Server Certificate")
        if (node === undefined) return error(400, `PolicyDN ${policy} does not exist`)
        const names = input.get("SubjectAltNames")
        const dns = Array.isArray(names)
          ? names.flatMap((one: unknown) => Predicate.hasProperty(one, "Name") && Predicate.isString(one.Name) && Predicate.hasProperty(one, "Type") && (one.Type === 2 || one.Type === "2") ? [one.Name] : [])
          : []
        tree.enroll(node, subject ?? name, dns)
        // issued at its first retrieval, the second one gets it
        if (node.certificate !== undefined) node.certificate.stage = 500
        return ok({ CertificateDN: dn, Guid: node.guid })
      }
    },
    {
      method: "POST",
      path: "/vedsdk/certificates/retrieve",
      scope: "certificate:read",
      handle: ({ request }) => {
        const input = inputOf(request)
        const dn = input?.text("CertificateDN")
        const entry = named(dn)
        if (input === undefined || entry === undefined) return missing(dn)
        const { certificate, node } = entry
        if (certificate.stage !== undefined) {
          const { stage } = certificate
          certificate.stage = undefined
          return { status: 202, body: { Stage: stage, Status: "Post CSR" } }
        }
        const format = input.text("Format") ?? "Base64"
        const file = written(certificate, { format, chain: input.flag("IncludeChain"), rootFirst: input.flag("RootFirstOrder"), key: input.flag("IncludePrivateKey"), password: input.text("Password") })
        return "problem" in file ? error(400, file.problem) : ok({ CertificateData: file.data, Filename: `${nameOf(node.dn)}.${file.extension}`, Format: format })
      }
    },
    {
      method: "POST",
      path: "/vedsdk/certificates/renew",
      scope: "certificate:manage",
      handle: ({ request }) => {
        const entry = named(inputOf(request)?.text("CertificateDN"))
        if (entry === undefined) return ok({ Success: false, Error: "The certificate does not exist" })
        tree.enroll(entry.node, entry.certificate.cn, entry.certificate.names)
        return ok({ Success: true })
      }
    },
    {
      method: "POST",
      path: "/vedsdk/certificates/revoke",
      scope: "certificate:revoke",
      handle: ({ request }) => {
        const input = inputOf(request)
        const print = input?.text("Thumbprint")
        const entry = named(input?.text("CertificateDN"))
          ?? tree.all().flatMap((node): ReadonlyArray<Entry> => node.certificate === undefined ? [] : [{ node, certificate: node.certificate }]).find((one) => print !== undefined && same(x509(one, "Thumbprint"), print))
        if (entry === undefined) return ok({ Success: false, Error: "The certificate does not exist" })
        entry.certificate.revoked = true
        entry.certificate.disabled = entry.certificate.disabled || input?.flag("Disable") === true
        return ok({ Requested: true, Success: true })
      }
    },
    {
      method: "GET",
      path: "/vedsdk/certificates/{guid}",
      scope: "certificate:read",
      handle: ({ params }) => {
        const entry = byGuid(params["guid"])
        return entry === undefined ? noGuid : ok(detailsOf(entry.node, entry.certificate))
      }
    },
    {
      method: "PUT",
      path: "/vedsdk/certificates/{guid}",
      scope: "certificate:manage",
      handle: ({ params, request }) => {
        const entry = byGuid(params["guid"])
        if (entry === undefined) return noGuid
        const data = inputOf(request)?.get("AttributeData")
        if (!Array.isArray(data)) return error(400, "AttributeData is missing")
        for (const one of data as ReadonlyArray<unknown>) { // members are looked at one by one
          if (Predicate.hasProperty(one, "Name") && Predicate.isString(one.Name) && Predicate.hasProperty(one, "Value") && Array.isArray(one.Value)) entry.node.attributes.set(one.Name, one.Value.map(String))
        }
        entry.node.revision++
        return ok({ Success: true })
      }
    },
    {
      method: "DELETE",
      path: "/vedsdk/certificates/{guid}",
      scope: "certificate:delete",
      handle: ({ params }) => {
        const entry = byGuid(params["guid"])
        if (entry === undefined) return noGuid
        tree.remove(entry.node)
        return ok({ Success: true })
      }
    }
  ]
}
