/**
 * Where calls go, compared.
 */
import type { Server } from "../model/Api.ts"
import { expand } from "../model/servers.ts"
import type { PlannedOperation } from "../plan/Plan.ts"
import type { At } from "./findings.ts"
import type { Comparison } from "./shapes.ts"

/** A slash at the end says nothing. */
const plain = (url: string): string => url.replace(/\/+$/, "") || "/"

const same = (a: Server, b: Server): boolean => plain(a.url) === plain(b.url)

export const compareServers = (around: At, cx: Comparison): void => {
  const { note } = cx
  const at: At = { ...around, old: around.old && cx.old.spots.down(around.old, "servers", "host", "basePath", "schemes"), new: around.new && cx.new.spots.down(around.new, "servers", "host", "basePath", "schemes") }
  const from = cx.old.plan.api.servers, to = cx.new.plan.api.servers
  const [first] = from, [second] = to
  const base = first === undefined ? undefined : plain(expand(first)), next = second === undefined ? undefined : plain(expand(second))
  const moved = base !== next
  if (moved) note(at, "server-changed", "breaking", `the base URL is ${next ?? "not known"} now, so far ${base ?? "not known"}`, "calls of clients that take the document's server go elsewhere")
  for (const server of from) {
    const other = to.find((candidate) => same(candidate, server))
    if (other !== undefined) compareVariables(server, other, at, cx)
    else if (!(moved && server === first)) note(at, "server-removed", "breaking", `the server ${plain(server.url)} is gone`, "code that chooses it does not compile")
  }
  for (const server of to) {
    if (!from.some((candidate) => same(candidate, server)) && !(moved && server === second)) note(at, "server-added", "feature", `the server ${plain(server.url)} is new`, "it can be chosen")
  }
}

const compareVariables = (a: Server, b: Server, at: At, { note }: Comparison): void => {
  for (const variable of a.variables) {
    const other = b.variables.find(({ name }) => name === variable.name)
    if (other === undefined) continue
    const what = `the variable \`${variable.name}\` of the server ${plain(a.url)}`
    if (variable.values.length > 0 && other.values.length === 0) note(at, "variable-widened", "feature", `${what} takes any value now`, "it can be given")
    if (variable.values.length === 0 && other.values.length > 0) note(at, "variable-narrowed", "breaking", `${what} takes ${other.values.join(", ")} only`, "code that gives another value does not compile")
    if (variable.values.length > 0 && other.values.length > 0) {
      for (const value of variable.values) if (!other.values.includes(value)) note(at, "variable-narrowed", "breaking", `${what} does not take ${value} any more`, "code that gives it does not compile")
      for (const value of other.values) if (!variable.values.includes(value)) note(at, "variable-widened", "feature", `${what} takes ${value} now`, "it can be given")
    }
    // of the first server this is the base URL, which is told already
    if (variable.default !== other.default && at.subject.kind === "api") note(at, "default-changed", "breaking", `the default of ${what} is ${other.default} now, so far ${variable.default}`, "who does not give it goes elsewhere")
  }
}

/** Servers of an operation's own. */
export const compareOwnServers = (from: PlannedOperation, to: PlannedOperation, label: string, cx: Comparison): void => {
  const urlOf = ({ operation }: PlannedOperation): string | undefined => {
    const [first] = operation.servers ?? []
    return first === undefined ? undefined : plain(expand(first))
  }
  const a = urlOf(from), b = urlOf(to)
  if (a === b) return
  const at: At = {
    subject: { kind: "operation", name: label },
    label,
    path: "",
    direction: undefined,
    old: cx.old.spots.down(() => from.operation.node, "servers", "schemes"),
    new: cx.new.spots.down(() => to.operation.node, "servers", "schemes")
  }
  cx.note(at, "server-changed", "breaking", `${label} is served at ${b ?? "the server of all"} now, so far at ${a ?? "the server of all"}`, "calls of clients of OLD go elsewhere")
}
