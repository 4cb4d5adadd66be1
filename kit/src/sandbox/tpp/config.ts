/** `/vedsdk/config`: the tree. What goes wrong is said by `Result`, inside an answer of status 200. */
import * as Predicate from "effect/Predicate"
import type { Answer } from "../../http/message.ts"
import { done, error, type Input, inputOf, refused } from "./answers.ts"
import { nameOf, type Node, objectOf, parentOf, type Tree } from "./data.ts"
import type { Route } from "./route.ts"

const noObject = refused(400, "Object does not exist")

const matches = (pattern: string | undefined, name: string): boolean => {
  if (pattern === undefined) return true
  const source = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&")).join(".*")
  return new RegExp(`^${source}$`, "i").test(name)
}

const attribute = (node: Node, name: string): string | undefined => [...node.attributes.keys()].find((key) => key.toLowerCase() === name.toLowerCase())

/** What comes of the folders above, the nearest first. */
const inherited = (tree: Tree, node: Node, name: string): { readonly values: ReadonlyArray<string>; readonly from: string } | undefined => {
  for (let at: Node | undefined = node; at !== undefined; at = tree.find(parentOf(at.dn))) {
    const key = attribute(at, name)
    if (key !== undefined) return { values: at.attributes.get(key) ?? [], from: at.dn }
  }
  return undefined
}

export const configRoutes = (tree: Tree): ReadonlyArray<Route> => {
  const route = (name: string, scope: string, handle: (input: Input) => Answer): Route => ({
    method: "POST",
    path: `/vedsdk/config/${name}`,
    scope: `configuration:${scope}`,
    handle: ({ request }) => {
      const input = inputOf(request)
      return input === undefined ? error(400, "The body is not JSON") : handle(input)
    }
  })
  const withObject = (handle: (node: Node, input: Input) => Answer) => (input: Input): Answer => {
    const node = tree.find(input.text("ObjectDN"))
    return node === undefined ? noObject : handle(node, input)
  }
  const withAttribute = (handle: (node: Node, name: string, input: Input) => Answer) =>
    withObject((node, input) => {
      const name = input.text("AttributeName")
      return name === undefined ? refused(2, "AttributeName is missing") : handle(node, name, input)
    })
  const changed = (node: Node): Answer => {
    node.revision++
    return done()
  }
  const list = (nodes: ReadonlyArray<Node>): Answer => done({ Objects: nodes.map(objectOf) })

  return [
    route("isvalid", "read", (input) => {
      const node = tree.find(input.text("ObjectDN")) ?? tree.byGuid(input.text("ObjectGUID"))
      return node === undefined ? noObject : done({ Object: objectOf(node) })
    }),
    route("dntoguid", "read", withObject((node) => done({ ClassName: node.type, GUID: node.guid, HierarchicalGUID: node.guid, Revision: node.revision }))),
    route("guidtodn", "read", (input) => {
      const node = tree.byGuid(input.text("ObjectGUID"))
      return node === undefined ? noObject : done({ ClassName: node.type, ObjectDN: node.dn, HierarchicalGUID: node.guid, Revision: node.revision })
    }),
    route("enumerate", "read", (input) => {
      const node = tree.find(input.text("ObjectDN") ?? "\\VED")
      return node === undefined ? noObject : list(tree.children(node.dn, input.flag("Recursive")).filter(({ dn }) => matches(input.text("Pattern"), nameOf(dn))))
    }),
    route("enumerateall", "read", (input) => list(tree.all().filter(({ dn }) => matches(input.text("Pattern"), dn)))),
    route("find", "read", (input) => {
      const names = input.get("AttributeNames")
      const wanted = Array.isArray(names) ? names.map(String) : undefined
      return list(tree.all().filter(({ attributes }) =>
        [...attributes].some(([name, values]) => (wanted?.includes(name) ?? true) && values.some((value) => matches(input.text("Pattern"), value)))))
    }),
    route("findobjectsofclass", "read", (input) => {
      const wanted = (input.text("Class") ?? input.text("Classes") ?? "").split(";").map((one) => one.trim().toLowerCase())
      const top = tree.find(input.text("ObjectDN") ?? "\\VED")
      if (top === undefined) return noObject
      const below = tree.children(top.dn, input.get("Recursive") !== false || input.text("ObjectDN") === undefined)
      return list([top, ...below].filter(({ dn, type }) => wanted.includes(type.toLowerCase()) && matches(input.text("Pattern"), nameOf(dn))))
    }),
    route("read", "read", withAttribute((node, name) => {
      const key = attribute(node, name)
      return key === undefined
        ? refused(102, `Attribute ${name} was not found`)
        : done({ AttributeName: key, ObjectDN: node.dn, Values: node.attributes.get(key) })
    })),
    route("readdn", "read", withAttribute((node, name) => done({ Values: node.attributes.get(attribute(node, name) ?? "") ?? [] }))),
    route("readall", "read", withObject((node) => done({ NameValues: [...node.attributes].map(([Name, Values]) => ({ Name, Values })) }))),
    route("readeffectivepolicy", "read", withAttribute((node, name) => {
      const found = inherited(tree, node, name)
      return found === undefined ? done({ Values: [], Locked: false, Overridden: false, PolicyDN: "" }) : done({ Values: found.values, Locked: false, Overridden: found.from === node.dn, PolicyDN: found.from })
    })),
    route("write", "manage", withObject((node, input) => {
      const data = input.get("AttributeData")
      if (!Array.isArray(data)) return refused(2, "AttributeData is missing")
      for (const one of data as ReadonlyArray<unknown>) { // members are looked at one by one
        if (!Predicate.hasProperty(one, "Name") || !Predicate.isString(one.Name) || !Predicate.hasProperty(one, "Value") || !Array.isArray(one.Value)) return refused(2, "AttributeData has a member without Name or Value")
        node.attributes.set(attribute(node, one.Name) ?? one.Name, one.Value.map(String))
      }
      return changed(node)
    })),
    route("addvalue", "manage", withAttribute((node, name, input) => {
      const key = attribute(node, name) ?? name
      node.attributes.set(key, [...node.attributes.get(key) ?? [], input.text("Value") ?? ""])
      return changed(node)
    })),
    route("removednvalue", "manage", withAttribute((node, name, input) => {
      const key = attribute(node, name)
      if (key === undefined) return refused(102, `Attribute ${name} was not found`)
      node.attributes.set(key, (node.attributes.get(key) ?? []).filter((value) => value !== input.text("Value")))
      return changed(node)
    })),
    route("clearattribute", "manage", withAttribute((node, name) => {
      const key = attribute(node, name)
      if (key === undefined) return refused(102, `Attribute ${name} was not found`)
      node.attributes.delete(key)
      return changed(node)
    })),
    route("create", "manage", (input) => {
      const dn = input.text("ObjectDN")
      const type = input.text("Class")
      if (dn === undefined || type === undefined) return refused(2, "ObjectDN or Class is missing")
      if (tree.find(dn) !== undefined) return refused(401, "Object already exists")
      const node = tree.add(dn, type)
      if (node === undefined) return refused(400, "The parent does not exist")
      const given = input.get("NameAttributeList")
      for (const one of Array.isArray(given) ? given as ReadonlyArray<unknown> : []) { // members are looked at one by one
        if (Predicate.hasProperty(one, "Name") && Predicate.isString(one.Name) && Predicate.hasProperty(one, "Value")) {
          node.attributes.set(one.Name, [...node.attributes.get(one.Name) ?? [], ...(Array.isArray(one.Value) ? one.Value.map(String) : [String(one.Value)])])
        }
      }
      // as an import or a placeholder does
      if (/^x509 .*certificate$/i.test(type)) tree.enroll(node, node.attributes.get("X509 Subject")?.[0] ?? nameOf(dn), [])
      return done({ Object: objectOf(node) })
    }),
    route("renameobject", "manage", withObject((node, input) => {
      const next = input.text("NewObjectDN")
      if (next === undefined || tree.find(parentOf(next)) === undefined) return refused(2, "NewObjectDN is missing, or its parent is")
      if (tree.find(next) !== undefined) return refused(401, "Object already exists")
      const moved = tree.add(next, node.type)
      for (const [name, values] of node.attributes) moved?.attributes.set(name, values)
      if (moved !== undefined) moved.certificate = node.certificate
      tree.remove(node)
      return done()
    })),
    route("delete", "delete", withObject((node, input) => {
      if (tree.children(node.dn, false).length > 0 && !input.flag("Recursive")) return refused(402, "Object has children")
      tree.remove(node)
      return done()
    }))
  ]
}
