/**
 * The rules that hold the repository together are seen to fail.
 */
import { version } from "credence"
import { readFileSync } from "node:fs"
import * as path from "node:path"
import { describe, expect, it } from "vitest"
import { checkImports, kitViolations, violations } from "../../scripts/imports.ts"
import { snippetsOf } from "../../scripts/snippets.ts"

const root = path.resolve(import.meta.dirname, "../..")

describe("imports go one way", () => {
  it.each([
    ["wire/url.ts", `import { Session } from "../services/Session.ts"`, "src/wire may not import src/services"],
    ["services/Call.ts", `import type { Endpoint } from "../endpoint/Endpoint.ts"`, "src/services may not import src/endpoint"],
    ["endpoint/decode.ts", `export * from "../layers/session/Session.ts"`, "src/endpoint may not import src/layers"],
    ["layers/session/pipeline.ts", `import {\n  a,\n  b\n} from "../../node/index.ts"`, "src/layers may not import src/node"],
    ["layers/session/make.ts", `const x = await import("../../apis/argus/index.ts")`, "src/layers may not import src/apis"],
    ["testing/Script.ts", `import "../apis/argus/index.ts"`, "src/testing may not import src/apis"],
    ["layers/auth/Auth.ts", `import * as fs from "node:fs"`, "only src/node may import node:fs"],
    ["apis/argus/Argus.ts", `import { request } from "undici"`, "only src/node may import undici"],
    ["wire/url.ts", `import { Effect } from "effect"`, "not the barrel"],
    ["layers/auth/Auth.ts", `import { Session } from "credence"`, "by relative paths"],
    ["errors/x.ts", `import * as a from "../wire/url.ts"`, "src/errors may not import src/wire"],
    ["elsewhere/x.ts", "", "no place in the architecture"]
  ])("%s with %s is refused", (file, code, reason) => {
    expect(violations(file, code).join()).toContain(reason)
  })

  it("kit may not reach into the runtime's sources", () => {
    expect(kitViolations("sandbox/server.ts", `import { x } from "../../../src/index.ts"`).join()).toContain("by its package name")
  })

  it("examples in comments are no imports", () => {
    expect(violations("wire/url.ts", `/**\n * import { Session } from "../services/Session.ts"\n */\n// import "node:fs"\n`)).toEqual([])
  })

  it("holds for the repository as it is", () => {
    expect(checkImports(root)).toEqual([])
  })
})

describe("the repository", () => {
  it("has one version", () => {
    const { version: packaged } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { readonly version: string }
    expect(version).toBe(packaged)
    expect(readFileSync(path.join(root, "CHANGELOG.md"), "utf8")).toContain(`## ${packaged}`)
  })

  it("opens its README with a program of at most 25 lines", () => {
    const [program] = snippetsOf("README.md", readFileSync(path.join(root, "README.md"), "utf8")).filter((snippet) => snippet.info === "ts")
    expect(program?.code.split("\n").length).toBeLessThanOrEqual(25)
  })
})
