/** The command line as people run it: a process of its own, in a folder of its own. */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { afterAll } from "vitest"

export const root = path.resolve(import.meta.dirname, "../../..")

const folders: Array<string> = []
const processes: Array<ChildProcess> = []
afterAll(() => {
  for (const child of processes) if (child.exitCode === null) child.kill("SIGKILL")
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A folder with files in it, gone after the tests. Packages are found from it if it is a `project`. */
export const folder = (files: Readonly<Record<string, string>> = {}, options: { readonly project?: boolean } = {}): string => {
  const made = realpathSync(mkdtempSync(path.join(tmpdir(), "credence-cli-")))
  folders.push(made)
  put(made, files)
  if (options.project === true) {
    put(made, { "package.json": "{ \"type\": \"module\" }" })
    mkdirSync(path.join(made, "node_modules"))
    for (const [name, target] of [["credence", "."], ["credence-kit", "kit"], ["effect", "node_modules/effect"]] as const) {
      symlinkSync(path.join(root, target), path.join(made, "node_modules", name), "dir")
    }
  }
  return made
}

export const put = (place: string, files: Readonly<Record<string, string>>): void => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(place, name)), { recursive: true })
    writeFileSync(path.join(place, name), text)
  }
}

/** All files below a folder with their texts; links and packages are left out. */
export const filesOf = (place: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    namesIn(place, "").sort((a, b) => a < b ? -1 : 1).map((name) => [name, readFileSync(path.join(place, name), "utf8")])
  )

const namesIn = (place: string, below: string): Array<string> =>
  readdirSync(path.join(place, below), { withFileTypes: true }).flatMap((entry) => {
    const name = `${below}${entry.name}`
    return entry.isFile() ? [name] : entry.isDirectory() && entry.name !== "node_modules" ? namesIn(place, `${name}/`) : []
  })

/** Times of change: a file that is written again has another one. */
export const timesOf = (place: string): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.keys(filesOf(place)).map((name) => [name, statSync(path.join(place, name)).mtimeMs]))

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd: string
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
}

/** many short processes of the same code */
const compiled = path.join(tmpdir(), "credence-cli-compiled")

/** Starts `credence`. */
export const start = (args: ReadonlyArray<string>, options: RunOptions): ChildProcess => {
  const { FORCE_COLOR: _, NO_COLOR: __, ...environment } = process.env
  const child = spawn(process.execPath, ["--conditions=credence-source", path.join(root, "kit/src/cli/main.ts"), ...args], {
    cwd: options.cwd,
    env: { ...environment, npm_lifecycle_event: undefined, NODE_COMPILE_CACHE: compiled, ...options.env },
    stdio: "pipe"
  })
  processes.push(child)
  return child
}

/** Runs `credence` to its end. */
export const run = (args: ReadonlyArray<string>, options: RunOptions): Promise<Ended> =>
  new Promise((resolve) => {
    const child = start(args, options)
    let stdout = ""
    let stderr = ""
    child.stdout?.on("data", (chunk) => (stdout += String(chunk)))
    child.stderr?.on("data", (chunk) => (stderr += String(chunk)))
    child.stdin?.end(options.input ?? "")
    child.on("close", (code) => resolve({ code, stdout, stderr }))
  })

/** A small document, with other texts in place of some of its own. */
export const petstore = (...changes: ReadonlyArray<readonly [from: string, to: string]>): string => changes.reduce((text, [from, to]) => text.replaceAll(from, to), document)

const document = `openapi: 3.1.0
info: { title: Petstore, version: 1.0.0 }
servers: [{ url: https://petstore.example.com/v1 }]
paths:
  /pets:
    get:
      operationId: listPets
      tags: [pets]
      parameters: [{ name: limit, in: query, schema: { type: integer, maximum: 100 } }]
      responses:
        "200": { description: some pets, content: { application/json: { schema: { type: array, items: { $ref: "#/components/schemas/Pet" } } } } }
    post:
      operationId: addPet
      tags: [pets]
      requestBody: { required: true, content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } } }
      responses:
        "201": { description: added }
  /pets/{petId}:
    get:
      operationId: getPet
      tags: [pets]
      parameters: [{ name: petId, in: path, required: true, schema: { type: integer, format: int64 } }]
      responses:
        "200": { description: the pet, content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } } }
        "404": { description: no such pet }
components:
  schemas:
    Pet:
      type: object
      required: [id, name]
      properties:
        id: { type: integer, format: int64 }
        name: { type: string, maxLength: 20 }
        state: { type: string, enum: [open, sold] }
        parent: { $ref: "#/components/schemas/Pet" }
`
