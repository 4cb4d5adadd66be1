/**
 * What generated code may consist of. Whatever is in a document, no call, no statement and no name comes out that the
 * generator does not write by itself.
 */
import { parseAst } from "rolldown/parseAst"

interface Node {
  readonly type: string
  readonly [member: string]: unknown
}

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "type" in value && typeof value.type === "string"
const node = (value: unknown): Node => isNode(value) ? value : { type: "nothing" }
const nodes = (value: unknown): ReadonlyArray<Node> => Array.isArray(value) ? value.filter(isNode) : []
const nameOf = (value: unknown): string => {
  const { name } = node(value)
  return typeof name === "string" ? name : ""
}

/** expressions that do nothing by themselves */
const inert = new Set(["Literal", "Identifier", "ObjectExpression", "ArrayExpression", "Property", "ArrowFunctionExpression", "MemberExpression", "ChainExpression", "TemplateLiteral", "TemplateElement", "LogicalExpression", "UnaryExpression", "AssignmentPattern", "TSAsExpression"])
const callable = new Set(["Schema", "Open", "Endpoint", "Body", "Reply", "Paging", "Patch", "Session", "Auth", "DateTime"])
const declarations = new Set(["VariableDeclaration", "ClassDeclaration", "TSInterfaceDeclaration", "TSTypeAliasDeclaration"])

/** the first name of `a.b.c` */
const rootOf = (value: Node): string => value.type === "MemberExpression" ? rootOf(node(value["object"])) : value.type === "CallExpression" ? rootOf(node(value["callee"])) : nameOf(value)

/** What is in a module that no generated module has. Fails where it is no TypeScript at all. */
export const strangersIn = (text: string, file: string): ReadonlyArray<string> => {
  const out: Array<string> = []
  const program = node(parseAst(text, { lang: "ts" }, file))
  const exported = new Set<string>()

  const expression = (value: Node): void => {
    switch (value.type) {
      case "CallExpression": {
        const callee = node(value["callee"])
        const root = rootOf(callee)
        // `Number(page?.count ?? -1)` of pages
        if (!callable.has(root) && !(callee.type === "Identifier" && root === "Number")) out.push(`calls ${text.slice(Number(value["start"]), Number(value["end"])).slice(0, 80)}`)
        if (callee.type === "MemberExpression" && callee["computed"] === true) out.push("calls a computed member")
        break
      }
      case "NewExpression":
        if (nameOf(value["callee"]) !== "RegExp") out.push(`makes a ${nameOf(value["callee"])}`)
        break
      case "TemplateLiteral":
        for (const inner of nodes(value["expressions"])) {
          const left = node(inner["left"])
          if (inner.type !== "LogicalExpression" || nameOf(left["object"]) !== "variables") out.push("has a template that is filled in")
        }
        break
      case "Literal":
        if (value["regex"] !== undefined && value["regex"] !== null) out.push("has a regular expression")
        break
      case "ArrowFunctionExpression":
        if (node(value["body"]).type === "BlockStatement") out.push("has a function with statements")
        break
      case "ObjectExpression": {
        const keys = nodes(value["properties"]).map((property) => {
          const key = node(property["key"])
          const name = property["computed"] === true ? String(key["value"]) : key.type === "Identifier" ? nameOf(key) : String(key["value"])
          if (name === "__proto__" && property["computed"] !== true) out.push("sets a prototype")
          return name
        })
        if (new Set(keys).size !== keys.length) out.push(`names a member twice: ${keys.join(", ").slice(0, 200)}`)
        break
      }
      default:
        if (!inert.has(value.type)) out.push(`has a ${value.type}`)
    }
    for (const [name, member] of Object.entries(value)) {
      if (name === "typeAnnotation" || name === "returnType" || name === "typeArguments" || name === "typeParameters") continue
      for (const inner of isNode(member) ? [member] : nodes(member)) expression(inner)
    }
  }

  const declared = (name: string, kind: "value" | "type"): void => {
    const key = `${kind} ${name}`
    if (name === "") out.push("declares something without a name")
    if (exported.has(key)) out.push(`declares ${key} twice`)
    exported.add(key)
  }

  const members = (value: unknown): void => {
    const names = nodes(value).filter((member) => member.type === "TSPropertySignature").map((member) => {
      const key = node(member["key"])
      return key.type === "Identifier" ? nameOf(key) : String(key["value"])
    })
    if (new Set(names).size !== names.length) out.push(`a type names a member twice: ${names.join(", ").slice(0, 200)}`)
  }

  for (const statement of nodes(program["body"])) {
    switch (statement.type) {
      case "ImportDeclaration": {
        const source = String(node(statement["source"])["value"])
        if (!/^(credence\/\w+|effect\/\w+|\.{1,2}\/.*)$/s.test(source)) out.push(`imports ${source}`)
        for (const specifier of nodes(statement["specifiers"])) declared(nameOf(specifier["local"]), "value")
        break
      }
      case "ExportAllDeclaration":
        declared(nameOf(statement["exported"]), "value")
        break
      case "ExportNamedDeclaration": {
        const inner = node(statement["declaration"])
        if (inner.type === "nothing") {
          for (const specifier of nodes(statement["specifiers"])) declared(nameOf(specifier["exported"]), "value")
          break
        }
        if (!declarations.has(inner.type)) out.push(`exports a ${inner.type}`)
        for (const one of nodes(inner["declarations"])) {
          declared(nameOf(one["id"]), "value")
          if (inner["kind"] !== "const") out.push(`has a ${String(inner["kind"])}`)
          expression(node(one["init"]))
        }
        if (inner.type === "ClassDeclaration") {
          declared(nameOf(inner["id"]), "value")
          expression(node(inner["superClass"]))
          if (nodes(node(inner["body"])["body"]).length > 0) out.push("has a class with members")
        }
        if (inner.type === "TSInterfaceDeclaration" || inner.type === "TSTypeAliasDeclaration") declared(nameOf(inner["id"]), "type")
        if (inner.type === "TSInterfaceDeclaration") members(node(inner["body"])["body"])
        break
      }
      default:
        out.push(`has a ${statement.type}`)
    }
  }
  return out
}
