/**
 * `node --conditions=credence-source test/servers/peers/main.ts [--write] [WORDS]`: the rows alone, with servers that are up.
 * `--write` writes the table of the documentation; WORDS are of the names of the rows that are wanted.
 */
import { existsSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { peers, type Servers } from "./peers.ts"

const words = process.argv.slice(2)
const file = process.env["CREDENCE_SERVERS_ENV"] ?? join(process.env["CREDENCE_SERVERS_HOME"] ?? join(tmpdir(), "credence-servers"), "env.json")
if (!existsSync(file)) {
  console.log(`the servers are not up: there is no ${file}`)
  process.exitCode = 1
} else {
  const only = words.filter((word) => !word.startsWith("--")).join(" ")
  const good = await peers({ servers: JSON.parse(readFileSync(file, "utf8")) as Servers, write: words.includes("--write"), only: only === "" ? undefined : only })
  process.exitCode = good ? 0 : 1
}
