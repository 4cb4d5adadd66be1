/**
 * Runs the compiler on a program that asks for more than its session may do.
 */
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import * as fs from "node:fs/promises"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "../..")

const wrong = `import * as Effect from "effect/Effect"
import { Argus } from "credence/argus"
import { addComment, getCaseMetadataByID } from "credence/argus/cases/v2/case"

export const part = Effect.andThen(getCaseMetadataByID({ id: 1 }), addComment({ caseID: 1, body: { comment: "seen" } })).pipe(
  Argus.constrained({ functions: ["viewCases"] })
)
`

/** What the compiler says about it. */
export const compileWrongProgram: Effect.Effect<string> = Effect.promise(async () => {
  // below the root, where packages resolve as in a user's project
  const folder = await fs.mkdtemp(path.join(root, "node_modules/.demo-"))
  try {
    await fs.writeFile(path.join(folder, "wrong.ts"), wrong)
    await fs.writeFile(path.join(folder, "tsconfig.json"), JSON.stringify({ extends: path.join(root, "tsconfig.json"), compilerOptions: { noErrorTruncation: true }, files: ["wrong.ts"], include: [] }))
    const output = await new Promise<string>((resolve, reject) => {
      const tsc = spawn(process.execPath, [path.join(root, "node_modules/typescript/bin/tsc"), "-p", folder, "--pretty", "false"], { cwd: folder })
      let text = ""
      tsc.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()))
      tsc.on("error", reject)
      tsc.on("close", () => resolve(text))
    })
    // the whole message repeats both types in full; what matters is where it is and what is missing
    const where = /^(.*?): error (TS\d+)/.exec(output)
    const missing = /Property '("needs a permission outside the constraint")' is missing .* but required in type '(.*?)'\./.exec(output)
    return where === null ? "it compiles" : `${where[1]}: error ${where[2]}: Property ${missing?.[1]} is missing …\n  … but required in type ${missing?.[2]}`
  } finally {
    await fs.rm(folder, { recursive: true, force: true })
  }
})
