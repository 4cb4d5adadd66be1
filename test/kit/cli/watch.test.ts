/** `credence generate --watch`: again and again, whatever happens in between. */
import { renameSync } from "node:fs"
import { once } from "node:events"
import * as path from "node:path"
import { describe, expect, it } from "vitest"
import { filesOf, folder, petstore, put, start } from "./support.ts"

/** A process whose output is waited for. */
const watch = (args: ReadonlyArray<string>, cwd: string) => {
  const child = start(["generate", "--watch", ...args], { cwd })
  let printed = ""
  let seen = 0
  const waiting = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk) => {
      printed += String(chunk)
      for (const look of waiting) look()
    })
  }
  return {
    child,
    /** what is printed from the last thing waited for to this one */
    until: (text: string): Promise<string> =>
      new Promise((resolve) => {
        const look = (): void => {
          const at = printed.indexOf(text, seen)
          if (at < 0) return
          waiting.delete(look)
          resolve(printed.slice(seen, at + text.length))
          seen = at + text.length
        }
        waiting.add(look)
        look()
      })
  }
}

const ready = "Ctrl-C stops.\n"

describe("watching", { timeout: 90_000 }, () => {
  it("follows the document, what it refers to, and the config", async () => {
    const cwd = folder({
      "petstore.yaml": petstore(["#/components/schemas/Pet", "pet.yaml#/Pet"]),
      "pet.yaml": "Pet: { type: object, properties: { name: { type: string } } }\n",
      "credence.config.mjs": "export default { input: \"petstore.yaml\", out: \"api\", session: \"A\" }"
    })
    const { child, until } = watch([], cwd)
    expect(await until(ready)).toContain("3 operations")
    const read = (name: string) => filesOf(path.join(cwd, "api"))[name] ?? ""
    expect(read("session.ts")).toContain("class A ")

    put(cwd, { "pet.yaml": "Pet: { type: object, properties: { colour: { type: string } } }\n" })
    expect(await until(ready)).toContain("written")
    expect(Object.values(filesOf(path.join(cwd, "api"))).join("")).toContain("colour")

    put(cwd, { "credence.config.mjs": "export default { input: \"petstore.yaml\", out: \"api\", session: \"B\" }" })
    await until(ready)
    expect(read("session.ts")).toContain("class B ")

    // a mistake does not end it
    put(cwd, { "credence.config.mjs": "export default { inptu: 1 }" })
    expect(await until(ready)).toContain("`inptu` is no option")
    put(cwd, { "credence.config.mjs": "export default { input: \"petstore.yaml\", out: \"api\", session: \"C\" }" })
    await until(ready)
    put(cwd, { "petstore.yaml": "{{" })
    expect(await until(ready)).toMatch(/petstore\.yaml:1:\d+: /)

    // editors write another file and give it the name
    put(cwd, { "next.yaml": petstore(["#/components/schemas/Pet", "pet.yaml#/Pet"], ["listPets", "allPets"]) })
    renameSync(path.join(cwd, "next.yaml"), path.join(cwd, "petstore.yaml"))
    await until(ready)
    expect(read("pets.ts")).toContain("allPets")

    const closed = once(child, "close")
    child.kill("SIGINT")
    expect((await closed)[0]).toBe(130)
  })

  it("sees documents that come into a folder, and not its own files", async () => {
    const cwd = folder({ "specs/a.yaml": petstore() })
    const { child, until } = watch(["specs", "--out", "specs/api", "--json"], cwd)
    await until(ready)
    put(cwd, { "specs/more/b.yaml": petstore(["/pets", "/dogs"], ["Pet\"", "Dog\""], ["    Pet:", "    Dog:"], ["listPets", "listDogs"], ["addPet", "addDog"], ["getPet", "getDog"]) })
    expect(await until(ready)).toContain("\"operations\":6")
    const closed = once(child, "close")
    child.kill("SIGINT")
    expect((await closed)[0]).toBe(130)
  })
})
