/**
 * A bundle carries what a program uses: each kind of body, reply and schema can be dropped by itself.
 */
import { build } from "esbuild"
import * as path from "node:path"
import { describe, expect, it } from "vitest"

const root = path.resolve(import.meta.dirname, "../..")

/** what a bundler makes of a program, as a text */
const bundled = async (code: string): Promise<string> => {
  const result = await build({
    stdin: { contents: code, resolveDir: root, loader: "ts" },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    conditions: ["credence-source", "import"],
    write: false
  })
  return result.outputFiles[0]?.text ?? ""
}

/** a text that only this part has */
const marks = {
  jsonLines: "application/jsonl",
  events: "text/event-stream",
  multipart: "multipart/form-data",
  form: "application/x-www-form-urlencoded",
  choice: "expected one of ",
  download: "content-disposition",
  withResponse: "this header is missing",
  bigNumbers: "a whole number of this size",
  link: "https://base.invalid/",
  digest: "rspauth",
  ntlm: "NTLM is being retired"
}

describe("a bundle carries what a program uses", () => {
  it.each<readonly [what: string, code: string, kept: ReadonlyArray<keyof typeof marks>]>([
    ["an endpoint", `import * as Endpoint from "credence/Endpoint"; import * as Schema from "effect/Schema"; export const f = (s) => Endpoint.get(s, "/x", { success: Schema.Int })`, []],
    ["with its head", `import * as Endpoint from "credence/Endpoint"; import * as Schema from "effect/Schema"; export const f = (s) => Endpoint.withResponse(Endpoint.get(s, "/x", { success: Schema.Int }))`, ["withResponse"]],
    ["a text", `import * as Reply from "credence/Reply"; export const f = Reply.text()`, []],
    ["JSON lines", `import * as Reply from "credence/Reply"; export const f = Reply.jsonLines`, ["jsonLines"]],
    ["events", `import * as Reply from "credence/Reply"; export const f = Reply.events`, ["events"]],
    ["a download", `import * as Reply from "credence/Reply"; export const f = Reply.stream()`, ["download"]],
    ["a form", `import * as Body from "credence/Body"; export const f = Body.form`, ["form"]],
    ["a choice", `import * as Body from "credence/Body"; export const f = Body.choice`, ["choice"]],
    ["parts", `import * as Body from "credence/Body"; export const f = Body.multipart`, ["multipart"]],
    ["enums", `import * as Open from "credence/Open"; export const f = Open.literals(["a"])`, []],
    ["big numbers", `import * as Open from "credence/Open"; export const f = Open.Int64BigInt`, ["bigNumbers"]],
    ["pages by a token", `import * as Paging from "credence/Paging"; export const f = Paging.cursor`, []],
    ["a token", `import * as Auth from "credence/Auth"; export const f = Auth.bearer`, []],
    ["Basic, asked for", `import * as Scheme from "credence/Scheme"; export const f = Scheme.basic`, []],
    ["Digest", `import * as Scheme from "credence/Scheme"; export const f = Scheme.digest`, ["digest"]],
    ["NTLM", `import * as Ntlm from "credence/ntlm"; export const f = Ntlm.scheme`, ["ntlm"]],
    ["pages by links", `import * as Paging from "credence/Paging"; export const f = Paging.link`, ["link"]]
  ])("%s", async (_, code, kept) => {
    const text = await bundled(code)
    expect(Object.entries(marks).filter(([, mark]) => text.includes(mark)).map(([name]) => name)).toEqual(kept)
  })
})
