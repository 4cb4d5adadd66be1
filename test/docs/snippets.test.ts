/**
 * Documentation is run: each `ts run` block prints what the `text` block after it says.
 */
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import * as path from "node:path"
import { describe, expect, it } from "vitest"
import { brokenLinks, markdownFiles, snippetsOf, writeSnippets } from "../../scripts/snippets.ts"

const root = path.resolve(import.meta.dirname, "../..")

const runnable = markdownFiles(root).flatMap((file) => {
  const blocks = snippetsOf(file, readFileSync(path.join(root, file), "utf8"))
  return blocks.flatMap((block, i) => block.info === "ts run" ? [{ at: block.at, output: blocks[i + 1] }] : [])
})

describe("documentation", () => {
  it("has snippets to run, each followed by its output", () => {
    expect(runnable.length).toBeGreaterThan(2)
    expect(runnable.filter((snippet) => snippet.output?.info !== "text").map((snippet) => snippet.at)).toEqual([])
  })

  const files = new Map(writeSnippets(root).map(({ file, snippet }) => [snippet.at, file]))
  for (const { at, output } of runnable) {
    it(`${at} prints what it says`, () => {
      const result = spawnSync(process.execPath, ["--conditions=credence-source", files.get(at) ?? ""], { cwd: root, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } })
      expect(result.stderr).toBe("")
      expect(result.stdout.trim()).toBe(output?.code.trim())
    })
  }

  it("has no link that leads nowhere", () => {
    expect(brokenLinks(root)).toEqual([])
  })
})
