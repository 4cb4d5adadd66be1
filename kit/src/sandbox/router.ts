/** Which route a method and a path belong to. */

/**
 * A path template: `{name}` after a slash stands for one segment, `{name}` glued to the text before it for any number of segments
 * with their slashes, so that `/folder/path{parent}` takes `/folder/path`, `/folder/path/a` and `/folder/path/a/b`.
 */
export interface Routed {
  readonly method: string
  readonly path: string
}

/** What the router found: a route with its parameters decoded, or why there is none. */
export type Match<R> =
  | { readonly _tag: "Found"; readonly route: R; readonly params: Readonly<Record<string, string>> }
  | { readonly _tag: "NoSuchPath" }
  | { readonly _tag: "MethodNotAllowed"; readonly allow: ReadonlyArray<string> }

const pattern = (template: string, flags: string): RegExp => {
  const source = template.split(/(\/?\{\w+\})/).map((part) => {
    const name = /\{(\w+)\}/.exec(part)?.[1]
    if (name === undefined) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    return part.startsWith("/") ? `/(?<${name}>[^/]+)` : `(?<${name}>(?:/[^/]*)*?)`
  })
  return new RegExp(`^${source.join("")}$`, flags)
}

const decode = (groups: Record<string, string>): Record<string, string> | undefined => {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]))
  } catch {
    return undefined // a stray `%`: no path of ours
  }
}

/** Compiles routes; where several match, the first one wins. */
export const makeRouter = <R extends Routed>(
  routes: ReadonlyArray<R>,
  { ignoreCase = false }: { readonly ignoreCase?: boolean } = {}
): (method: string, path: string) => Match<R> => {
  const compiled = routes.map((route) => ({ route, regex: pattern(route.path, ignoreCase ? "i" : "") }))
  return (method, path) => {
    const fitting = compiled.flatMap(({ regex, route }) => {
      const match = regex.exec(path)
      const params = match === null ? undefined : decode(match.groups ?? {})
      return params === undefined ? [] : [{ route, params }]
    })
    if (fitting.length === 0) return { _tag: "NoSuchPath" }
    const found = fitting.find(({ route }) => route.method === method)
    if (found === undefined) return { _tag: "MethodNotAllowed", allow: [...new Set(fitting.map(({ route }) => route.method))] }
    return { _tag: "Found", ...found }
  }
}
