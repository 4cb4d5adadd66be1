/**
 * Files that only their owner may read: made so, and refused where they are not. What can go wrong is typed by the system's code.
 */
import * as Effect from "effect/Effect"
import { constants, type Stats } from "node:fs"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { StoreFailed, type StoreReason } from "../../errors/StoreFailed.ts"

/** The code of a system error, e.g. `ENOSPC`. */
export const codeOf = (cause: unknown): string | undefined =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined

/** What a disk could not do, or was not trusted to. */
export class Refused extends Error {
  readonly reason: StoreReason
  constructor(reason: StoreReason, message: string) {
    super(message)
    this.reason = reason
  }
}

const reasons: Readonly<Record<string, StoreReason>> = {
  EACCES: "readonly",
  EPERM: "readonly",
  EROFS: "readonly",
  ENOSPC: "full",
  EDQUOT: "full",
  EFBIG: "full",
  ELOOP: "insecure"
}

const advice: Readonly<Partial<Record<StoreReason, string>>> = {
  readonly: "it cannot be written: check its owner, its mode and how it is mounted",
  full: "there is no room: free some, or choose another folder",
  insecure: "it is a symbolic link: replace it by what it leads to"
}

/** A store's failure of what went wrong at a path. */
export const failureOf = (store: string, place: string, cause: unknown): StoreFailed => {
  if (cause instanceof Refused) return new StoreFailed({ store, reason: cause.reason, detail: cause.message })
  const code = codeOf(cause)
  const reason = reasons[code ?? ""] ?? "unavailable"
  return new StoreFailed({ store, reason, detail: `${place}: ${advice[reason] ?? "it cannot be used"}${code === undefined ? "" : ` (${code})`}` })
}

/** Runs an operation of the disk; its failures are the store's. */
export const attempt = <A>(store: string, place: string, run: () => Promise<A>): Effect.Effect<A, StoreFailed> =>
  Effect.tryPromise({ try: run, catch: (cause) => failureOf(store, place, cause) })

/** 0 on Windows, where a profile's folders belong to their user by access lists, which modes do not show */
const noFollow = constants.O_NOFOLLOW ?? 0
const nonBlocking = constants.O_NONBLOCK ?? 0

/** What is wrong with who may read a file or a folder; `undefined`: nothing. */
const exposure = (stat: Stats, place: string, mode: string): string | undefined => {
  const user = process.geteuid?.()
  if (user === undefined) return undefined
  if (stat.uid !== user) return `${place} belongs to another user (${stat.uid}): choose another folder`
  if ((stat.mode & 0o077) === 0) return undefined
  const found = (stat.mode & 0o777).toString(8)
  return `${place} can be read or written by others (mode ${found}): run chmod ${mode} on it, and take what it holds for known to them`
}

/** A folder that is this user's alone; `false` where there is none. */
export const checkFolder = async (folder: string): Promise<boolean> => {
  const stat = await fs.lstat(folder).catch((cause: unknown) => {
    if (codeOf(cause) === "ENOENT") return undefined
    throw cause
  })
  if (stat === undefined) return false
  if (stat.isSymbolicLink()) throw new Refused("insecure", `${folder} is a symbolic link: name the folder that it leads to`)
  if (!stat.isDirectory()) throw new Refused("unavailable", `${folder} is no folder`)
  const exposed = exposure(stat, folder, "700")
  if (exposed !== undefined) throw new Refused("insecure", exposed)
  return true
}

/** Not by `recursive`: on a disk that is mounted read-only that says ENOENT, and below /proc it never ends. */
const makePath = async (folder: string): Promise<void> => {
  const make = () => fs.mkdir(folder, { mode: 0o700 }).catch((cause: unknown) => {
    if (codeOf(cause) !== "EEXIST") throw cause
  })
  await make().catch(async (cause: unknown) => {
    if (codeOf(cause) !== "ENOENT") throw cause
    await makePath(path.dirname(folder))
    await make()
  })
}

/** Makes a folder of mode 0700, if it is not there. */
export const makeFolder = async (folder: string): Promise<void> => {
  if (await checkFolder(folder)) return
  await makePath(folder)
  // somebody else may have been quicker
  await checkFolder(folder)
}

/** A file that is this user's alone; `undefined` where there is none. Neither follows a link nor waits at a pipe. */
export const readPrivate = async (file: string): Promise<string | undefined> => {
  let handle: fs.FileHandle
  try {
    handle = await fs.open(file, constants.O_RDONLY | noFollow | nonBlocking)
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return undefined
    if (codeOf(cause) === "ELOOP") throw new Refused("insecure", `${file} is a symbolic link: remove it`)
    throw codeOf(cause) === "EACCES" ? new Refused("insecure", `${file} cannot be read by its user: choose another folder`) : cause
  }
  try {
    // of the open file, and not of the name, which could lead elsewhere by now
    const stat = await handle.stat()
    if (!stat.isFile()) throw new Refused("insecure", `${file} is no plain file`)
    const exposed = exposure(stat, file, "600")
    if (exposed !== undefined) throw new Refused("insecure", exposed)
    if (stat.size > largest) throw new Refused("corrupt", `${file} is too large to be a token: remove it`)
    return await handle.readFile("utf8")
  } finally {
    await handle.close()
  }
}

const largest = 4_194_304

/** Makes a file of mode 0600 that must not be there yet. */
export const createPrivate = (file: string): Promise<fs.FileHandle> =>
  fs.open(file, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | noFollow, 0o600)

/** Puts a text at a path: all of it or nothing, and for good once this is done. `temporary` is in the same folder. */
export const replacePrivate = async (folder: string, temporary: string, file: string, text: string): Promise<void> => {
  const handle = await createPrivate(temporary)
  try {
    try {
      await handle.writeFile(text, "utf8")
      await handle.sync()
    } finally {
      await handle.close()
    }
    await fs.rename(temporary, file)
  } catch (cause) {
    await fs.rm(temporary, { force: true }).catch(() => undefined)
    throw cause
  }
  await syncFolder(folder)
}

/** The names in a folder are on disk. */
const syncFolder = async (folder: string): Promise<void> => {
  // Windows opens no folders, and keeps names in a journal
  if (process.platform === "win32") return
  const handle = await fs.open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } catch (cause) {
    // some network file systems know no such thing
    if (!["EINVAL", "ENOTSUP"].includes(codeOf(cause) ?? "")) throw cause
  } finally {
    await handle.close()
  }
}
