/** A secret in a file that nobody else can read. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"

/** No secret is longer than this, in bytes. */
export const longest = 65_536

/** The text without the line end that editors and programs put behind it. Fails with what was expected. */
export const secretText = (bytes: Uint8Array): Effect.Effect<Redacted.Redacted<string>, string> =>
  Effect.try({ try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes), catch: () => "expected text in UTF-8" }).pipe(
    Effect.map((text) => Redacted.make(text.replace(/\r?\n$/, "")))
  )

const absolute = (text: string): string | undefined => {
  const full = text === "~" || text.startsWith("~/") ? path.join(os.homedir(), text.slice(1)) : text
  return path.isAbsolute(full) ? full : undefined
}

/** Who may read a file with a secret: its owner alone, or whoever else its mode lets. */
export type FileReaders = "private" | "readable"

/**
 * Reads the file. It must be a regular file (symbolic links are followed, what they lead to is judged) that belongs to who
 * runs the program, or to root, and that the group and others cannot read; with `readable` they can, but not write. Windows
 * has no such modes: there it is only read.
 */
export const readFile = (text: string, readers: FileReaders = "private"): Effect.Effect<Redacted.Redacted<string>, string> => {
  const file = absolute(text)
  if (file === undefined) return Effect.fail("expected an absolute path, or one that begins with ~/")
  const problem = (cause: unknown): string =>
    typeof cause === "object" && cause !== null && "code" in cause
      ? cause.code === "ENOENT" ? "expected a file that is there" : `expected a file that can be read (${String(cause.code)})`
      : "expected a file that can be read"
  return Effect.acquireUseRelease(
    // a pipe would make opening wait for its other end
    Effect.tryPromise({ try: () => fs.open(file, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0)), catch: problem }),
    (handle) => Effect.gen(function*() {
      // judged by what is open, not by the name: that may lead elsewhere a moment later
      const { mode, size, uid, isFile } = yield* Effect.tryPromise({
        try: async () => {
          const stat = await handle.stat()
          return { mode: stat.mode, size: stat.size, uid: stat.uid, isFile: stat.isFile() }
        },
        catch: problem
      })
      if (!isFile) return yield* Effect.fail("expected a regular file")
      if (process.platform !== "win32") {
        const me = process.geteuid?.()
        if (uid !== 0 && me !== undefined && uid !== me) return yield* Effect.fail("expected a file of your own: this one belongs to another user")
        const shown = (mode & 0o777).toString(8).padStart(4, "0")
        if (readers === "private" && (mode & 0o077) !== 0) return yield* Effect.fail(`expected a file that only its owner can read, not mode ${shown}: chmod 600 it, or allow that by CREDENCE_SECRET_FILES=readable`)
        if ((mode & 0o022) !== 0) return yield* Effect.fail(`expected a file that only its owner can change, not mode ${shown}: chmod go-w it`)
      }
      if (size > longest) return yield* Effect.fail(`expected a secret of at most ${longest} bytes`)
      const bytes = Buffer.alloc(longest + 1)
      const { bytesRead } = yield* Effect.tryPromise({ try: () => handle.read(bytes, 0, bytes.length, 0), catch: problem })
      if (bytesRead > longest) return yield* Effect.fail(`expected a secret of at most ${longest} bytes`)
      return yield* secretText(bytes.subarray(0, bytesRead))
    }),
    (handle) => Effect.promise(() => handle.close().catch(() => undefined))
  )
}
