/**
 * The snippets of the documentation, as files that the compiler and the tests can read.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import * as path from "node:path"

export interface Snippet {
  /** where it stands, e.g. `docs/policies.md:12` */
  readonly at: string
  /** `ts`, `ts run` … */
  readonly info: string
  readonly code: string
}

/** Fenced blocks of a Markdown text. */
export const snippetsOf = (file: string, text: string): ReadonlyArray<Snippet> => {
  const out: Array<Snippet> = []
  const lines = text.split("\n")
  for (let i = 0; i < lines.length; i++) {
    const open = /^```(\w.*)$/.exec(lines[i] ?? "")
    if (open === null) continue
    const start = i + 1
    while (++i < lines.length && lines[i] !== "```");
    out.push({ at: `${file}:${start}`, info: open[1] ?? "", code: lines.slice(start, i).join("\n") })
  }
  return out
}

/** Markdown files that users read. */
export const markdownFiles = (root: string): ReadonlyArray<string> => [
  "README.md",
  "CHANGELOG.md",
  ...(existsSync(path.join(root, "docs")) ? readdirSync(path.join(root, "docs"), { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".md")).map((file) => `docs/${file}`) : [])
].filter((file) => existsSync(path.join(root, file)))

/** All TypeScript snippets. */
export const allSnippets = (root: string): ReadonlyArray<Snippet> =>
  markdownFiles(root).flatMap((file) => snippetsOf(file, readFileSync(path.join(root, file), "utf8"))).filter((snippet) => /^ts\b/.test(snippet.info))

/** Writes each TypeScript snippet as a module of its own; gives their paths. */
export const writeSnippets = (root: string): ReadonlyArray<{ readonly file: string; readonly snippet: Snippet }> => {
  const folder = path.join(root, "test/docs/.snippets")
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  return allSnippets(root).map((snippet) => {
    const file = path.join(folder, `${snippet.at.replace(/[^A-Za-z0-9]+/g, "-")}.ts`)
    writeFileSync(file, `// ${snippet.at}\n${snippet.code}\nexport {}\n`)
    return { file, snippet }
  })
}

/** Relative links that lead nowhere. */
export const brokenLinks = (root: string): ReadonlyArray<string> =>
  markdownFiles(root).flatMap((file) => {
    const text = readFileSync(path.join(root, file), "utf8").replace(/```[\s\S]*?```/g, "")
    return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap((match) => {
      const target = (match[1] ?? "").split("#")[0] ?? ""
      return target === "" || /^[a-z]+:/.test(target) || existsSync(path.join(root, path.dirname(file), target)) ? [] : [`${file}: ${match[1]} leads nowhere`]
    })
  })
