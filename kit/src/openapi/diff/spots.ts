/**
 * Where things stand in a document. A shape does not say where it was read from: the way to it is walked again, and only when
 * there is a change to tell of.
 */
import type { DocumentSet } from "../document/Document.ts"
import { resolveRef } from "../document/resolve.ts"
import type { Operation, Parameter } from "../model/Api.ts"
import { child, data, entries, items, makeDeref, type Node } from "../model/node.ts"
import type { Location } from "./Change.ts"

/** A place that is looked up on demand. A step that leads nowhere stays where it is. */
export type Spot = () => Node

export interface Spots {
  readonly at: (uri: string, pointer: string) => Spot
  /** one step down: the first of these members that is there */
  readonly down: (spot: Spot, ...keys: ReadonlyArray<string>) => Spot
  /** the member of the objects that a schema describes */
  readonly field: (spot: Spot, name: string) => Spot
  readonly parameter: (operation: Operation, parameter: Pick<Parameter, "in" | "name">) => Spot
  /** the schema of a parameter, a media type or a header */
  readonly schema: (spot: Spot) => Spot
  readonly body: (operation: Operation) => Spot
  readonly media: (spot: Spot, mediaType: string) => Spot
  readonly response: (operation: Operation, status: string) => Spot
  readonly locate: (spot: Spot) => Location | undefined
}

const parentOf = (pointer: string): string => pointer.slice(0, Math.max(0, pointer.lastIndexOf("/")))

/** More parts of `allOf` and their like within each other are not looked into. */
const maxDepth = 12

export const makeSpots = (set: DocumentSet): Spots => {
  const follow = makeDeref(set, () => undefined)

  const nodeAt = (uri: string, pointer: string): Node => {
    const found = resolveRef(set, { uri }, `#${pointer.split("/").map(encodeURIComponent).join("/")}`)
    return found._tag === "Found" ? { uri: found.uri, pointer: found.pointer, value: found.value } : { uri, pointer, value: undefined }
  }

  const down: Spots["down"] = (spot, ...keys) => () => {
    const at = spot()
    // what stands beside a reference counts as well
    for (const node of [at, follow(at)]) {
      const found = keys.map((key) => child(node, key)).find(({ value }) => value !== undefined)
      if (found !== undefined) return found
    }
    return at
  }

  const member = (at: Node, name: string, depth: number): Node | undefined => {
    if (depth > maxDepth) return undefined
    for (const node of [at, follow(at)]) {
      const own = child(child(node, "properties"), name)
      if (own.value !== undefined) return own
      for (const keyword of ["allOf", "oneOf", "anyOf"]) {
        for (const part of items(child(node, keyword))) {
          const found = member(part, name, depth + 1)
          if (found !== undefined) return found
        }
      }
    }
    return undefined
  }

  const among = (list: Node, fits: (parameter: Node) => boolean): Node | undefined => items(list).find((item) => fits(follow(item)))

  const at: Spots["at"] = (uri, pointer) => () => nodeAt(uri, pointer)

  const own = (operation: Operation): Spot => () => operation.node

  return {
    at,
    down,
    field: (spot, name) => () => {
      const from = spot()
      return member(from, name, 0) ?? from
    },
    parameter: (operation, parameter) => () => {
      const { pointer, uri } = operation.node
      const fits = (node: Node): boolean => {
        const { in: place, name } = data(node)
        return place === parameter.in && typeof name === "string" && name.trim().toLowerCase() === parameter.name.trim().toLowerCase()
      }
      const shared = [parentOf(pointer), parentOf(parentOf(pointer))].map((around) => child(nodeAt(uri, around), "parameters"))
      for (const list of [child(operation.node, "parameters"), ...shared]) {
        const found = among(list, fits)
        if (found !== undefined) return found
      }
      return operation.node
    },
    schema: (spot) => () => {
      const node = spot()
      const followed = follow(node)
      const direct = child(followed, "schema")
      if (direct.value !== undefined) return direct
      const [media] = entries(child(followed, "content"))
      return media === undefined ? followed : down(() => media[1], "schema")()
    },
    body: (operation) => () => {
      const body = child(operation.node, "requestBody")
      if (body.value !== undefined) return body
      return among(child(operation.node, "parameters"), (node) => data(node)["in"] === "body") ?? operation.node
    },
    media: (spot, mediaType) => () => {
      const from = spot()
      const found = entries(child(follow(from), "content")).find(([written]) => written.toLowerCase().startsWith(mediaType))
      return found === undefined ? from : found[1]
    },
    // what only `default` describes is taken for any success
    response: (operation, status) => down(down(own(operation), "responses"), status, status.toLowerCase(), ...(status === "2XX" ? ["default"] : [])),
    locate: (spot) => {
      const { pointer, uri } = spot()
      const document = set.get(uri)
      if (document === undefined) return undefined
      for (let near = pointer; ; near = parentOf(near)) {
        const position = document.locate(near)
        if (position !== undefined || near === "") return { document: document.name, pointer: near, line: position?.line, column: position?.column }
      }
    }
  }
}
