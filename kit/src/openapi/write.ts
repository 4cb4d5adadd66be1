/**
 * Puts generated files into their folder: only what changed is written, only what a generation wrote is removed, and what
 * somebody else wrote is never touched. A manifest in the folder says which files are the generator's.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import { createHash, randomUUID } from "node:crypto"
import { rmdir } from "node:fs/promises"

/** The list of the generator's files, in the output folder. To be committed with them. */
export const manifestName = ".credence.json"

/**
 * Files stand where generated ones should go, or were changed since they were generated. Nothing was written.
 * `message` names them and says what to do.
 */
export class OutputConflict extends Data.TaggedError("OutputConflict")<{
  /** the output folder, as given */
  readonly out: string
  /** not written by a generation: never overwritten */
  readonly foreign: ReadonlyArray<string>
  /** written by a generation and changed since, or missing in the manifest: overwritten with `force` */
  readonly edited: ReadonlyArray<string>
  readonly message: string
}> {
  constructor(args: { readonly out: string; readonly foreign: ReadonlyArray<string>; readonly edited: ReadonlyArray<string> }) {
    const { edited, foreign, out } = args
    const parts = [
      ...(foreign.length === 0 ? [] : [`${some(foreign)} ${foreign.length === 1 ? "is" : "are"} in the way and not generated: move ${foreign.length === 1 ? "it" : "them"} away, or choose another folder (--out)`]),
      ...(edited.length === 0 ? [] : [`${some(edited)} ${edited.length === 1 ? "was" : "were"} changed since generated: keep the changes elsewhere, then overwrite with --force`])
    ]
    super({ out, foreign, edited, message: `${out}: nothing was written. ${parts.join(". ")}` })
  }
}

/** The output folder cannot be used: a file would lie outside of it, it is no folder, or reading or writing fails. */
export class OutputError extends Data.TaggedError("OutputError")<{
  readonly out: string
  /** below the output folder, where it is about one file */
  readonly file: string | undefined
  readonly reason: string
  readonly message: string
}> {
  constructor(args: { readonly out: string; readonly file?: string | undefined; readonly reason: string }) {
    super({ out: args.out, file: args.file, reason: args.reason, message: `${args.out}${args.file === undefined ? "" : `: ${JSON.stringify(args.file)}`}: ${args.reason}` })
  }
}

/** What {@link write} did. Paths are below the output folder, with `/`, sorted. */
export interface Written {
  readonly written: ReadonlyArray<string>
  readonly unchanged: ReadonlyArray<string>
  readonly removed: ReadonlyArray<string>
}

/** How the output folder differs from what it should hold. All empty: it is up to date. */
export interface Difference {
  readonly missing: ReadonlyArray<string>
  /** other content than a generation gives now */
  readonly changed: ReadonlyArray<string>
  /** generated once, and no more */
  readonly extra: ReadonlyArray<string>
}

export interface WriteOptions {
  /** overwrite generated files that were changed since. Files that were not generated stay untouched all the same. Default `false` */
  readonly force?: boolean | undefined
}

/**
 * Writes files below a folder, which is made where it is missing. A file that holds the same already is left alone, its time
 * of change too; files of an earlier generation that are not among `files` are removed. Each file appears whole or not at all.
 *
 * Fails before anything is written: with `OutputConflict` where a file that is not the generator's would be overwritten, or
 * one that was changed since; with `OutputError` where a file would lie outside the folder, also through a link.
 *
 * @example
 * ```ts
 * const { files } = yield* generate(["petstore.yaml"])
 * const { written, removed } = yield* write("src/petstore", files)
 * ```
 */
export const write = Effect.fnUntraced(function*(
  out: string,
  files: ReadonlyMap<string, string>,
  options: WriteOptions = {}
): Effect.fn.Return<Written, OutputConflict | OutputError, FileSystem.FileSystem | Path.Path> {
  const found = yield* survey(out, files)
  const { edited, foreign } = found
  if (foreign.length > 0 || (edited.length > 0 && options.force !== true)) return yield* new OutputConflict({ out, foreign, edited: options.force === true ? [] : edited })
  const names = [...files.keys()].sort(byCodeUnits)
  const touched = new Set([...found.missing, ...found.changed])
  yield* commit(found, files)
  return { written: [...touched].sort(byCodeUnits), unchanged: names.filter((name) => !touched.has(name)), removed: found.extra }
})

/**
 * How a folder differs from what {@link write} would make of it. Writes nothing.
 *
 * @example
 * ```ts
 * const { changed, extra, missing } = yield* compare("src/petstore", files)
 * ```
 */
export const compare = Effect.fnUntraced(function*(
  out: string,
  files: ReadonlyMap<string, string>
): Effect.fn.Return<Difference, OutputError, FileSystem.FileSystem | Path.Path> {
  const { changed, extra, manifest, missing } = yield* survey(out, files)
  const same = missing.length + changed.length + extra.length === 0
  if (!same || (manifest !== undefined && unified(manifest.text) === manifestText(files))) return { missing, changed, extra }
  return { missing: manifest === undefined ? [manifestName] : [], changed: manifest === undefined ? [] : [manifestName], extra }
})

/** The files that generations wrote into a folder; `undefined` where there is no manifest. Fails where it cannot be read. */
export const generatedFiles = Effect.fnUntraced(function*(out: string): Effect.fn.Return<ReadonlyArray<string> | undefined, OutputError, FileSystem.FileSystem | Path.Path> {
  const manifest = yield* readManifest(out)
  return manifest === undefined ? undefined : [...manifest.hashes.keys()]
})

/** By code units: the same order on every machine. */
const byCodeUnits = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0

const some = (names: ReadonlyArray<string>): string => {
  const shown = names.slice(0, 10).map((name) => JSON.stringify(name)).join(", ")
  return `${shown}${names.length > 10 ? ` and ${names.length - 10} more` : ""}`
}

/** Checkouts may have another end of line than what was written: that is no change. */
const unified = (text: string): string => text.replaceAll("\r\n", "\n")

const hashOf = (text: string): string => createHash("sha256").update(unified(text)).digest("hex")

/** Why a name may not be written; `undefined` where it may. */
const misfit = (name: string): string | undefined => {
  if (name === manifestName) return "this name is the manifest's"
  if (name.includes("\\") || name.includes("\0") || name.includes(":")) return "this is no portable path"
  if (name.split("/").some((segment) => segment === "" || segment === "." || segment === "..")) return "this path would leave the output folder"
  return undefined
}

const failed = (out: string, file?: string) => (error: PlatformError): OutputError => {
  const { reason } = error
  const said = reason._tag === "PermissionDenied" ? "permission denied" : reason.description ?? reason._tag
  return new OutputError({ out, file, reason: `it cannot be read or written: ${said}` })
}

/** Which file was written with what. */
interface Manifest {
  /** by name: the hash of the text */
  readonly hashes: ReadonlyMap<string, string>
  readonly text: string
}

const manifestText = (files: ReadonlyMap<string, string>): string =>
  `${JSON.stringify(
    {
      about: "Which files here were generated by credence, and with what content (sha256). It changes and removes no others. Commit this file with them.",
      files: Object.fromEntries([...files].sort(([a], [b]) => byCodeUnits(a, b)).map(([name, text]) => [name, hashOf(text)]))
    },
    undefined,
    2
  )}\n`

const readManifest = Effect.fnUntraced(function*(out: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const file = path.join(out, manifestName)
  const info = yield* lstat(out, file, manifestName)
  if (info === undefined) return undefined
  const damaged = (reason: string): OutputError => new OutputError({ out, file: manifestName, reason: `${reason}. Restore it, or delete it and generate with --force` })
  if (info.type !== "File") return yield* damaged("the list of generated files is no file")
  const text = yield* Effect.mapError(fs.readFileString(file), failed(out, manifestName))
  const hashes = hashesIn(text)
  if (hashes === undefined) return yield* damaged("the list of generated files is damaged")
  // whoever wrote it: nothing outside is removed
  for (const name of hashes.keys()) if (misfit(name) !== undefined) return yield* damaged(`the list of generated files has ${JSON.stringify(name)}, which is none`)
  const manifest: Manifest = { hashes, text }
  return manifest
})

const isRecord = (u: unknown): u is Readonly<Record<string, unknown>> => typeof u === "object" && u !== null && !Array.isArray(u)

const hashesIn = (text: string): ReadonlyMap<string, string> | undefined => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const files = isRecord(value) ? value["files"] : undefined
  if (!isRecord(files)) return undefined
  const hashes = new Map<string, string>()
  for (const [name, hash] of Object.entries(files)) {
    if (typeof hash !== "string") return undefined
    hashes.set(name, hash)
  }
  return hashes
}

/** What is at a path, links not followed; `undefined`: nothing. */
const lstat = Effect.fnUntraced(function*(out: string, file: string, name: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.lstat(file).pipe(
    Effect.catchTag("PlatformError", (error) => error.reason._tag === "NotFound" ? Effect.succeed(undefined) : Effect.fail(failed(out, name)(error)))
  )
})

interface Survey extends Difference {
  readonly out: string
  readonly foreign: ReadonlyArray<string>
  readonly edited: ReadonlyArray<string>
  readonly manifest: Manifest | undefined
}

/** Compares a folder with what it should hold. */
const survey = Effect.fnUntraced(function*(out: string, files: ReadonlyMap<string, string>) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const lower = new Map<string, string>()
  for (const name of files.keys()) {
    const reason = misfit(name)
    if (reason !== undefined) return yield* new OutputError({ out, file: name, reason })
    const twin = lower.get(name.toLowerCase())
    if (twin !== undefined) return yield* new OutputError({ out, file: name, reason: `it differs from ${JSON.stringify(twin)} by case only, which some file systems do not tell apart` })
    lower.set(name.toLowerCase(), name)
  }

  const info = yield* fs.stat(out).pipe(
    Effect.catchTag("PlatformError", (error) => error.reason._tag === "NotFound" ? Effect.succeed(undefined) : Effect.fail(failed(out)(error)))
  )
  if (info === undefined) {
    // a link that leads nowhere is no place for a folder
    if ((yield* lstat(out, out, "")) !== undefined) return yield* new OutputError({ out, reason: "this is a link that leads nowhere" })
    const all: Survey = { out, missing: [...files.keys()].sort(byCodeUnits), changed: [], extra: [], foreign: [], edited: [], manifest: undefined }
    return all
  }
  if (info.type !== "Directory") return yield* new OutputError({ out, reason: "this is no folder: choose another one (--out)" })

  const manifest = yield* readManifest(out)
  const foreign = new Set<string>()
  const edited = new Set<string>()
  const stale = [...(manifest?.hashes.keys() ?? [])].filter((name) => !files.has(name)).sort(byCodeUnits)
  const folders = yield* surveyFolders(out, [...files.keys()], stale, foreign)
  const reachable = (name: string): boolean => folders.get(folderOf(name)) ?? false

  const stateOf = Effect.fnUntraced(function*(name: string) {
    if (!reachable(name)) return { name, state: "absent" as const }
    const file = path.join(out, ...name.split("/"))
    const at = yield* lstat(out, file, name)
    if (at === undefined) return { name, state: "absent" as const }
    if (at.type !== "File") return { name, state: "other" as const }
    return { name, state: "file" as const, identity: Option.getOrUndefined(at.ino), text: yield* Effect.mapError(fs.readFileString(file), failed(out, name)) }
  })

  const extra: Array<string> = []
  const identities = new Set<unknown>()
  for (const found of yield* Effect.forEach(stale, stateOf, { concurrency: 16 })) {
    // what is no file any more is not ours any more
    if (found.state !== "file") continue
    extra.push(found.name)
    if (found.identity !== undefined && lower.has(found.name.toLowerCase())) identities.add(found.identity)
    if (manifest?.hashes.get(found.name) !== hashOf(found.text)) edited.add(found.name)
  }

  const missing: Array<string> = []
  const changed: Array<string> = []
  for (const found of yield* Effect.forEach([...files.keys()].sort(byCodeUnits), stateOf, { concurrency: 16 })) {
    const { name, state } = found
    if (state === "absent") {
      missing.push(name)
      continue
    }
    // links and folders are nobody's output
    if (state === "other") {
      changed.push(name)
      foreign.add(name)
      continue
    }
    const { text } = found
    // on a file system that does not tell case apart this may be an old file, which is about to be removed
    const renamed = found.identity !== undefined && identities.has(found.identity)
    if (unified(text) === unified(files.get(name) ?? "") && !renamed) continue
    changed.push(name)
    const hash = manifest?.hashes.get(name)
    if (hash === hashOf(text) || renamed) continue
    if (hash !== undefined || /^(?:\/\/|<!--|#) Generated by credence /.test(text)) edited.add(name)
    else foreign.add(name)
  }

  const result: Survey = { out, missing, changed, extra, foreign: [...foreign].sort(byCodeUnits), edited: [...edited].sort(byCodeUnits), manifest }
  return result
})

const folderOf = (name: string): string => name.split("/").slice(0, -1).join("/")

/** The folders that files are in, outer ones too. */
const foldersOf = (names: ReadonlyArray<string>): ReadonlySet<string> =>
  new Set(names.flatMap((name) => {
    const segments = name.split("/").slice(0, -1)
    return segments.map((_, index) => segments.slice(0, index + 1).join("/"))
  }))

/** Whether each folder is there, by name. Fails where one that is needed leads outside; a file in the place of one is in the way. */
const surveyFolders = Effect.fnUntraced(function*(out: string, names: ReadonlyArray<string>, stale: ReadonlyArray<string>, foreign: Set<string>) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const root = yield* Effect.mapError(fs.realPath(out), failed(out))
  const folders = new Map<string, boolean>([["", true]])
  const needed = foldersOf(names)
  // a folder comes after the one it is in
  for (const name of [...new Set([...needed, ...foldersOf(stale)])].sort(byCodeUnits)) {
    if (folders.get(folderOf(name)) !== true) {
      folders.set(name, false)
      continue
    }
    const folder = path.join(out, ...name.split("/"))
    const info = yield* lstat(out, folder, name)
    if (info?.type === "SymbolicLink") {
      const target = yield* fs.realPath(folder).pipe(Effect.catchTag("PlatformError", () => Effect.succeed(undefined)))
      const inside = target !== undefined && isInside(path, root, target)
      if (!inside && needed.has(name)) return yield* new OutputError({ out, file: name, reason: "this is a link that leads out of the output folder: nothing is written through it. Remove it" })
      folders.set(name, inside)
    } else {
      folders.set(name, info?.type === "Directory")
      if (info !== undefined && info.type !== "Directory" && needed.has(name)) foreign.add(name)
    }
  }
  return folders
})

const isInside = (path: Path.Path, root: string, file: string): boolean => file === root || file.startsWith(root.endsWith(path.sep) ? root : `${root}${path.sep}`)

/** Makes the folder what it should be. New texts stand beside their places first, so that they appear whole. */
const commit = Effect.fnUntraced(function*({ changed, extra, manifest, missing, out }: Survey, files: ReadonlyMap<string, string>) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const place = (name: string): string => path.join(out, ...name.split("/"))
  const list = manifestText(files)
  const texts = [...missing, ...changed].map((name) => ({ name, text: files.get(name) ?? "" }))
  if (manifest === undefined || unified(manifest.text) !== list) texts.push({ name: manifestName, text: list })
  if (texts.length === 0 && extra.length === 0) return

  const open = new Set<string>()
  yield* Effect.gen(function*() {
    yield* Effect.mapError(fs.makeDirectory(out, { recursive: true }), failed(out))
    const root = yield* Effect.mapError(fs.realPath(out), failed(out))
    for (const name of new Set(texts.map(({ name }) => folderOf(name)))) {
      if (name === "") continue
      yield* Effect.mapError(fs.makeDirectory(place(name), { recursive: true }), failed(out, name))
      // a link may have come since the survey
      if (!isInside(path, root, yield* Effect.mapError(fs.realPath(place(name)), failed(out, name)))) return yield* new OutputError({ out, file: name, reason: "this leads out of the output folder" })
    }
    const staged = yield* Effect.forEach(texts, Effect.fnUntraced(function*({ name, text }) {
      const temporary = path.join(path.dirname(place(name)), `.credence-${randomUUID()}.tmp`)
      open.add(temporary)
      yield* Effect.mapError(fs.writeFileString(temporary, text, { flag: "wx" }), failed(out, name))
      return { name, temporary }
    }), { concurrency: 16 })
    yield* Effect.uninterruptible(Effect.gen(function*() {
      // first, since a new file may have the name of an old one but for case
      for (const name of extra) yield* Effect.mapError(fs.remove(place(name), { force: true }), failed(out, name))
      // the manifest is the last of them
      for (const { name, temporary } of staged) {
        yield* Effect.mapError(fs.rename(temporary, place(name)), failed(out, name))
        open.delete(temporary)
      }
      yield* removeEmpty(out, extra)
    }))
  }).pipe(Effect.ensuring(Effect.suspend(() => Effect.forEach(open, (temporary) => Effect.ignore(fs.remove(temporary, { force: true })), { discard: true }))))
})

/** Removes the folders that hold nothing after their files were removed. */
const removeEmpty = Effect.fnUntraced(function*(out: string, removed: ReadonlyArray<string>) {
  const path = yield* Path.Path
  // the inner ones first
  for (const name of [...foldersOf(removed)].sort((a, b) => byCodeUnits(b, a))) {
    // one that is not empty stays: `rmdir` fails there, while `FileSystem.remove` takes a folder only with all that is in it
    yield* Effect.ignore(Effect.tryPromise(() => rmdir(path.join(out, ...name.split("/")))))
  }
})
