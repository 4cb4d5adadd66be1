/** Pages about the command line: each `sh run` block prints what the `text` block after it says. */
import { spawnSync } from "node:child_process"
import { chmodSync, readFileSync } from "node:fs"
import * as path from "node:path"
import { describe, expect, it } from "vitest"
import { snippetsOf } from "../../../scripts/snippets.ts"
import { folder, put, root } from "./support.ts"

/** What differs each time. */
const timeless = (text: string, cwd: string): string =>
  text.replace(/\(\d+ ms\)/g, "(N ms)").replace(/\d{4}-\d\d-\d\dT[\d:.]+Z, (?:now|\d+s ago)/g, "TIME").replace(/(http:\/\/127\.0\.0\.1):\d+/g, "$1:PORT").replaceAll(cwd, "FOLDER").trim()

for (const [page, least] of [["docs/generator.md", 3], ["docs/cli.md", 1]] as const) {
  const blocks = snippetsOf(page, readFileSync(path.join(root, page), "utf8"))
  const steps = blocks.flatMap((block, index) => block.info === "sh run" ? [{ ...block, output: blocks[index + 1] }] : [])

  describe(page, { timeout: 60_000 }, () => {
    const cwd = folder({}, { project: true })
    const bin = folder({ credence: `#!/bin/sh\nexec "${process.execPath}" --conditions=credence-source "${path.join(root, "kit/src/cli/main.ts")}" "$@"\n` })
    chmodSync(path.join(bin, "credence"), 0o755)
    for (const { code, info } of blocks) {
      const [, name] = /file=(\S+)/.exec(info) ?? []
      if (name !== undefined) put(cwd, { [name]: code })
    }

    it("has steps to follow, each with its output", () => {
      expect(steps.length).toBeGreaterThanOrEqual(least)
      expect(steps.filter(({ output }) => output?.info !== "text")).toEqual([])
    })

    for (const { at, code, output } of steps) {
      it(`${at} prints what it says`, () => {
        const { FORCE_COLOR: _, ...environment } = process.env
        const result = spawnSync("sh", ["-c", `exec 2>&1\n${code}`], { cwd, encoding: "utf8", env: { ...environment, PATH: `${bin}:${environment["PATH"] ?? ""}`, NO_COLOR: "1", npm_lifecycle_event: undefined } })
        expect(timeless(result.stdout, cwd)).toBe(timeless(output?.code ?? "", cwd))
      })
    }
  })
}
