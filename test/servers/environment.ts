/** What the servers that run are called, and who may log in: env.json, which `up.sh` writes. */
import { readFileSync } from "node:fs"

const file = process.env["CREDENCE_SERVERS_ENV"]
if (file === undefined) throw new Error("run `npm run test:servers`: it brings the servers up and says where they are")

const variables = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, string>>

/** A variable of env.json. */
export const env = (name: string): string => {
  const value = variables[name]
  if (value === undefined) throw new Error(`${file} has no ${name}`)
  return value
}

export interface Person {
  readonly name: string
  readonly password: string
}

export const alice: Person = { name: "alice", password: env("TB_PASSWORD") }
export const bob: Person = { name: "bob", password: env("TB_PASSWORD_BOB") }
export const carol: Person = { name: "carol", password: env("TB_PASSWORD_CAROL") }
export const zoe: Person = { name: "zoe", password: env("TB_PASSWORD_UTF8") }
/** alice with another password than hers */
export const mallory: Person = { name: "alice", password: "wrong" }

/** How Kerberos finds its library: it is no dependency, and lies beside the servers. */
export const load = (): Promise<unknown> => import(env("TB_KERBEROS_LIBRARY"))
