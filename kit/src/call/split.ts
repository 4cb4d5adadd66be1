/**
 * The arguments of `credence call`: some are the command's own, the others are parameters of the operation, which nobody
 * knows before the client is loaded.
 */

/** Flags of the command that take a value, and those that do not. */
export const ownFlags = {
  valued: ["profile", "profiles", "url", "token", "key", "username", "accept", "output"],
  toggles: ["table", "dry-run", "curl", "status", "all", "json", "quiet", "no-table", "no-dry-run", "no-curl", "no-status", "no-all", "no-json", "no-quiet"]
} as const

const valued: ReadonlySet<string> = new Set(ownFlags.valued)
const toggles: ReadonlySet<string> = new Set(ownFlags.toggles)

/** Is a flag the command's own, so that a parameter of the same name needs its place before it (`--query.url`)? */
export const isOwn = (name: string): boolean => valued.has(name) || toggles.has(name) || name === "help"

/** The flag that carries the operation's part; it is in no help. */
export const carrier = "parameters"

/**
 * Packs the operation's part of a command line into one flag, so that a parser of known flags takes it. Any other command
 * line stays as it is.
 *
 * @example
 * ```ts
 * packed(["call", "src/api", "getPet", "--pet-id", "1", "--table"]) // ["call", "src/api", "getPet", "--table", "--parameters=[\"--pet-id\",\"1\"]"]
 * ```
 */
export const packed = (argv: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (argv[0] !== "call") return argv
  const own: Array<string> = []
  const rest: Array<string> = []
  let operands = 0
  for (let i = 1; i < argv.length; i++) {
    const token = argv[i] ?? ""
    const name = token.startsWith("--") ? token.slice(2).split("=", 1)[0] ?? "" : ""
    if (name !== "" && (valued.has(name) || toggles.has(name))) {
      own.push(token)
      // the value belongs to the flag
      const next = argv[i + 1]
      if (valued.has(name) && !token.includes("=") && next !== undefined) {
        own.push(next)
        i++
      }
      continue
    }
    if (operands < 2) {
      own.push(token)
      if (!token.startsWith("-")) operands++
      continue
    }
    rest.push(token)
  }
  return operands < 2 || rest.length === 0 ? argv : ["call", ...own, `--${carrier}=${JSON.stringify(rest)}`]
}
