import { afterAll, assert, it } from "@effect/vitest"
import { writeFileSync } from "node:fs"
import * as path from "node:path"
import { env } from "./environment.ts"
import { count, table } from "./row.ts"
import * as Faults from "./rows/faults.ts"
import * as Kerberos from "./rows/kerberos.ts"
import * as Ntlm from "./rows/ntlm.ts"
import * as Passwords from "./rows/passwords.ts"
import * as Proxies from "./rows/proxies.ts"
import * as Several from "./rows/several.ts"
import * as Tls from "./rows/tls.ts"

/** how many rows over HTTP the servers have; a row that is left out is noticed */
const rows = 109

for (const part of [Kerberos, Ntlm, Passwords, Several, Tls, Proxies, Faults]) part.rows()

it("every row is there", () => assert.strictEqual(count(), rows))

// the last thing that is shown: `run.ts` prints it after everything else
afterAll(() => writeFileSync(path.join(env("TB_HOME"), "rows.txt"), `${table()}\n`))
