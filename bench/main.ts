/**
 * `npm run bench [-- --short] [-- requests|sessions|imports|bundle|generator|authentication|tokens]`: ratios against a named baseline of the same run.
 */
import { authentication } from "./authentication.ts"
import { bundle } from "./bundle.ts"
import { generator } from "./generator.ts"
import { imports } from "./imports.ts"
import { requests } from "./requests.ts"
import { sessions } from "./sessions.ts"
import { tokens } from "./tokens.ts"

const words = process.argv.slice(2)
const short = words.includes("--short")
const chosen = words.filter((word) => !word.startsWith("--"))
const wanted = (name: string): boolean => chosen.length === 0 || chosen.includes(name)

if (wanted("requests")) await requests(short)
if (wanted("sessions")) await sessions(short)
if (wanted("imports")) imports(short)
if (wanted("bundle")) await bundle()
if (wanted("generator")) await generator(short)
if (wanted("authentication")) await authentication(short)
if (wanted("tokens")) await tokens(short)
