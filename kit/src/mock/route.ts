/**
 * Which operation a request is for: by method, path template and the fixed part of the query.
 */
import type { MockEndpoint } from "./MockEndpoint.ts"

/** An operation that a request may be for. */
export interface Candidate {
  readonly endpoint: MockEndpoint
  /** the values of its template as they came, still percent-encoded, by name */
  readonly path: ReadonlyMap<string, string>
}

/** What a request is for. */
export type Match =
  /** several where paths differ only by names of values, such as `/users/{id}` and `/users/{name}`, or not at all */
  | { readonly _tag: "Found"; readonly candidates: readonly [Candidate, ...Array<Candidate>] }
  | { readonly _tag: "NoSuchPath" }
  | { readonly _tag: "WrongMethod"; readonly allow: ReadonlyArray<string> }

interface Route {
  readonly endpoint: MockEndpoint
  readonly method: string
  readonly pattern: RegExp
  readonly names: ReadonlyArray<string>
  /** the fixed part of the query; a variable in it may be anything */
  readonly query: ReadonlyArray<readonly [name: string, value: string]>
  /** for each segment: 0 fixed, 1 partly, 2 a value, 3 a path of its own */
  readonly looseness: ReadonlyArray<number>
}

const variable = /\{([^{}]+)\}/g

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&")

/** Text of a template as it stands in a URL, however it is written there. */
const inUrl = (text: string): string => {
  const url = URL.parse(`http://mock${text}`)
  return url === null ? text : url.pathname
}

const fieldOf = (endpoint: MockEndpoint, name: string) => {
  const { path } = endpoint.input
  return Object.entries(path).find(([key, field]) => ("~credence/param" in field ? field.name : undefined) === name || key === name)?.[1]
}

/** Stands for a variable while the template becomes a URL; letters, so that it stays as it is. */
const mark = (index: number): string => `credenceVariable${index}Z`

/** A base URL of an endpoint that is only a path is at the mock's origin; one with a host becomes the mock itself. */
const prefixOf = (server: string | undefined): string => {
  if (server === undefined || URL.canParse(server)) return ""
  const path = inUrl(server.startsWith("/") ? server : `/${server}`)
  return path.replace(/\/$/, "")
}

const compile = (endpoint: MockEndpoint): Route => {
  const { method, path, server } = endpoint.operation
  // a fragment is never sent
  const [withoutQuery = "", ...queries] = path.replace(/#.*$/s, "").split("?")
  const names: Array<string> = []
  const marked = withoutQuery.replace(variable, (_, name: string) => mark(names.push(name) - 1))
  const template = prefixOf(server) + inUrl(marked)
  let source = ""
  let end = 0
  const looseness: Array<number> = template.split("/").map((segment) => !/credenceVariable\d+Z/.test(segment) ? 0 : /^credenceVariable\d+Z$/.test(segment) ? 2 : 1)
  for (const found of template.matchAll(/credenceVariable(\d+)Z/g)) {
    const before = template.slice(end, found.index)
    const field = fieldOf(endpoint, names[Number(found[1])] ?? "")
    const layout = field !== undefined && "~credence/param" in field ? field : undefined
    source += escaped(before)
    if (layout?.segments === true) {
      looseness[template.slice(0, found.index).split("/").length - 1] = 3
      // a value that begins with its own slash, or follows one
      source += template[found.index - 1] === "/" ? "([^/].*?)" : "((?:/[^/]*)*?)"
    } else {
      source += layout?.style === "label" || layout?.style === "matrix" ? "([^/]*?)" : "([^/]+?)"
    }
    end = found.index + found[0].length
  }
  return {
    endpoint,
    method: method.toUpperCase(),
    pattern: new RegExp(`^${source}${escaped(template.slice(end))}$`, "s"),
    names,
    query: [...new URLSearchParams(queries.join("?"))],
    looseness
  }
}

/** The more exact one first: fixed segments beat values, from left to right; then what also fixes more of the query. */
const byExactness = (a: Route, b: Route): number => {
  for (let i = 0; i < Math.max(a.looseness.length, b.looseness.length); i++) {
    const difference = (a.looseness[i] ?? 4) - (b.looseness[i] ?? 4)
    if (difference !== 0) return difference
  }
  return b.query.length - a.query.length
}

/** Compiles the paths of endpoints. `path` is as it came, without the query. */
export const makeRouter = (endpoints: ReadonlyArray<MockEndpoint>): (method: string, path: string, query: URLSearchParams) => Match => {
  const routes = endpoints.map(compile).sort(byExactness)
  return (method, path, query) => {
    const normal = inUrl(path)
    const hasQuery = (route: Route): boolean => route.query.every(([name, value]) => /\{.*\}/.test(value) ? query.has(name) : query.getAll(name).includes(value))
    const fitting = routes.flatMap((route) => {
      const found = route.pattern.exec(normal)
      return found !== null && hasQuery(route) ? [{ route, found }] : []
    })
    const [best, ...others] = fitting.filter(({ route }) => route.method === method)
    if (best !== undefined) {
      const candidate = ({ found, route }: typeof best): Candidate => ({
        endpoint: route.endpoint,
        path: new Map(route.names.map((name, index) => [name, found[index + 1] ?? ""]))
      })
      return { _tag: "Found", candidates: [candidate(best), ...others.filter(({ route }) => byExactness(best.route, route) === 0).map(candidate)] }
    }
    return fitting.length === 0 ? { _tag: "NoSuchPath" } : { _tag: "WrongMethod", allow: [...new Set(fitting.map(({ route }) => route.method))] }
  }
}
