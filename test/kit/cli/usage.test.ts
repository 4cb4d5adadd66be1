/** What holds for every command: help, exit codes, colours, and no stack traces. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import * as path from "node:path"
import { describe, expect, it } from "vitest"
import { printable } from "../../../kit/src/cli/failure.ts"
import { canColor } from "../../../kit/src/cli/terminal.ts"
import { linesOf } from "../../../kit/src/cli/warnings.ts"
import { version } from "../../../kit/src/openapi/version.ts"
import { folder, petstore, root, run, start } from "./support.ts"

const packaged = (name: string) => JSON.parse(readFileSync(path.join(root, name), "utf8")) as Readonly<Record<string, Readonly<Record<string, string>>>>

describe("help", { timeout: 60_000 }, () => {
  it("says what there is, how to use it, and how it ends", async () => {
    const cwd = folder()
    const whole = await run(["--help"], { cwd })
    expect(whole).toMatchObject({ code: 0, stderr: "" })
    for (const text of ["generate ", "schema ", "sandbox ", "--completions", "--version", "Exit codes: 0 fine; 1"]) expect(whole.stdout).toContain(text)
    expect(await run([], { cwd })).toEqual(whole)
    for (const command of ["generate", "schema", "sandbox"]) {
      const { code, stdout } = await run([command, "--help"], { cwd })
      expect(code).toBe(0)
      expect(stdout).toContain("Exit codes:")
      expect(stdout).toMatch(new RegExp(`EXAMPLES\\n(?:.*\\n)*  credence ${command}`))
    }
  })

  it("has one version", async () => {
    expect((await run(["--version"], { cwd: folder() })).stdout).toBe(`credence v${version}\n`)
    expect(packaged("kit/package.json")["version"]).toBe(version)
  })

  it("is run by npm as it is installed", () => {
    expect(packaged("package.json")["scripts"]?.["credence"]).toBe("exec node --conditions=credence-source kit/src/cli/main.ts")
    expect(packaged("kit/package.json")["bin"]).toEqual({ credence: "dist/cli/main.js" })
    expect(readFileSync(path.join(root, "kit/src/cli/main.ts"), "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/)
  })

  it.each(["bash", "zsh", "fish", "powershell"])("completes in %s", async (shell) => {
    const { code, stdout } = await run(["--completions", shell], { cwd: folder() })
    expect(code).toBe(0)
    expect(stdout).toContain("check-output")
    if (shell !== "bash") return
    const bash = spawn("bash", ["-c", `${stdout}\nCOMP_WORDS=(credence generate --pre); COMP_CWORD=2; COMP_LINE="credence generate --pre"; COMP_POINT=23; _credence credence --pre generate; echo "\${COMPREPLY[@]}"`])
    let completed = ""
    bash.stdout.on("data", (chunk) => (completed += String(chunk)))
    await once(bash, "close")
    expect(completed).toBe("--preset\n")
  })
})

describe("a wrong use", { timeout: 60_000 }, () => {
  it.each([
    [["genrate"], "credence: Unknown subcommand \"genrate\" for \"credence\". Did you mean generate?\nUsage: credence <subcommand> [flags]\nSee: credence --help\n"],
    [["schema"], "credence: Missing required argument: dir\nUsage: credence schema [flags] <dir> [<operation>]\nSee: credence schema --help\n"],
    [["sandbox", "--port", "70000"], "credence: --port must be a number from 0 to 65535, not 70000\n"],
    [["--completions", "tcsh"], "credence: Invalid value for flag --completions: \"tcsh\". "]
  ])("%j is told in a few lines, on standard error", async (args, said) => {
    const ended = await run(args, { cwd: folder() })
    expect(ended).toMatchObject({ code: 2, stdout: "" })
    expect(ended.stderr.startsWith(said)).toBe(true)
    expect(ended.stderr).not.toMatch(/^\s+at /m)
  })
})

describe("the end of a process", { timeout: 60_000 }, () => {
  it("is 130 on an interrupt", async () => {
    const child = start(["generate", "-", "--out", "api"], { cwd: folder() })
    // it waits for its input; that it does so is seen by its having taken some
    child.stdin?.write(petstore().slice(0, 100))
    const interrupt = setInterval(() => child.kill("SIGINT"), 500)
    const [code] = await once(child, "close")
    clearInterval(interrupt)
    // before the program has begun, the signal itself ends it
    expect([130, null]).toContain(code)
  })

  it("is that of a sandbox, which says where it is", async () => {
    const child = start(["sandbox", "--json"], { cwd: folder() })
    const [line] = await once(child.stdout ?? child, "data")
    const { argus } = JSON.parse(String(line)) as { readonly argus: { readonly url: string; readonly apiKey: string } }
    expect((await fetch(`${argus.url}/currentuser/v1/user`, { headers: { "argus-api-key": argus.apiKey } })).status).toBe(200)
    child.kill("SIGINT")
    expect((await once(child, "close"))[0]).toBe(130)
  })

  it("comes quietly when nobody listens any more", async () => {
    const child = start(["generate", "--help"], { cwd: folder() })
    let stderr = ""
    child.stderr?.on("data", (chunk) => (stderr += String(chunk)))
    child.stdout?.destroy()
    const [code] = await once(child, "close")
    expect([code, stderr]).toEqual([0, ""])
  })

  it("is 2 without a stack trace where the generator itself is wrong", async () => {
    const cwd = folder({ "petstore.yaml": petstore(), "c.mjs": "export default { input: \"petstore.yaml\", out: \"api\", preset: { name: \"mine\", place: () => { throw new Error(\"boom\") } } }" })
    const ended = await run(["generate", "--config", "c.mjs"], { cwd })
    expect(ended).toMatchObject({ code: 2, stdout: "" })
    expect(ended.stderr).toMatch(/^credence: this is a fault of credence itself: Error: boom\. .*CREDENCE_DEBUG=1.*\n$/)
    const debugged = await run(["generate", "--config", "c.mjs"], { cwd, env: { CREDENCE_DEBUG: "1" } })
    expect(debugged.stderr).toMatch(/\n\s+at place/)
  })
})

describe("a terminal", () => {
  it.each<readonly [boolean, Readonly<Record<string, string>>, boolean]>([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: "1" }, false],
    [true, { NO_COLOR: "" }, true],
    [true, { TERM: "dumb" }, false],
    [false, { FORCE_COLOR: "1" }, true],
    [false, { FORCE_COLOR: "1", NO_COLOR: "1" }, false],
    [false, { FORCE_COLOR: "0" }, false]
  ])("(%s) with %j has colours: %s", (isTTY, environment, colours) => {
    expect(canColor({ isTTY }, environment)).toBe(colours)
  })

  it("is not steered by a document", () => {
    expect(printable("a\u001b[31mb\u0007\u202ec\u009bd\te\nf")).toBe("a\\u001b[31mb\\u0007\\u202ec\\u009bd\te\nf")
    const warning = { rule: "invalid", message: "a\n\u001b[2Jb", document: "x.yaml", pointer: "/a\u0007", position: { line: 1, column: 2 } } as const
    expect(linesOf([warning], false)).toEqual(["x.yaml:1:2: invalid: a \\u001b[2Jb (#/a\\u0007)", "1 warning: 1 invalid"])
  })
})

describe("warnings", () => {
  const of = (rule: "invalid" | "reference" | "unsupported" | "unchecked" | "renamed", count: number) =>
    Array.from({ length: count }, (_, index) => ({ rule, message: `m${index}`, document: "d", pointer: "", position: undefined }))

  it("are shown worst first, some of each rule", () => {
    const lines = linesOf([...of("renamed", 100), ...of("unchecked", 3), ...of("invalid", 1)], false)
    expect(lines.slice(0, 5)).toEqual(["d: invalid: m0", "d: unchecked: m0", "d: unchecked: m1", "d: unchecked: m2", "d: renamed: m0"])
    expect(lines.slice(-2)).toEqual(["… and 84 more renamed", "104 warnings: 1 invalid, 3 unchecked, 100 renamed (--verbose shows all)"])
    expect(lines.length).toBe(22)
  })

  it("are none, or all", () => {
    expect(linesOf([], false)).toEqual([])
    expect(linesOf(of("renamed", 50), true).length).toBe(51)
  })
})
