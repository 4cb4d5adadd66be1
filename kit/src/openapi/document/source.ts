/**
 * Where documents come from: files, folders, URLs, standard input. Each read is bounded while it streams.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { DocumentError } from "./DocumentError.ts"
import { decodeText, type Source } from "./parse.ts"
import { display, isHttp, normalize, stdinUri } from "./uri.ts"

/** Bytes of a stream, or a failure once they are more than allowed. */
const collect = Effect.fnUntraced(function*<E>(name: string, stream: Stream.Stream<Uint8Array, E>, maxBytes: number) {
  const chunks: Array<Uint8Array> = []
  let size = 0
  yield* Stream.runForEachWhile(stream, (chunk) =>
    Effect.sync(() => {
      size += chunk.length
      chunks.push(chunk)
      return size <= maxBytes
    }))
  if (size > maxBytes) return yield* new DocumentError({ document: name, reason: `it has more than ${maxBytes} bytes. If that is meant, raise \`maxBytes\`` })
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
})

const toSource = (uri: string, name: string, bytes: Uint8Array): Result.Result<Source, DocumentError> =>
  Result.mapBoth(decodeText(bytes), {
    onFailure: (reason) => new DocumentError({ document: name, reason }),
    onSuccess: (text) => ({ uri, name, ...text })
  })

const explain = (error: PlatformError): string => {
  switch (error.reason._tag) {
    case "NotFound":
      return "no such file. Check the path"
    case "PermissionDenied":
      return "it may not be read: permission denied"
    case "BadResource":
      return "it cannot be read as a file"
    default:
      return `it cannot be read: ${error.reason.message}`
  }
}

const unreadable = (name: string) => (error: PlatformError): DocumentError => new DocumentError({ document: name, reason: explain(error) })

/** The URI that a file is known by. */
export const fileUri = Effect.fnUntraced(function*(file: string) {
  const path = yield* Path.Path
  const url = yield* path.toFileUrl(path.resolve(file)).pipe(
    Effect.mapError(() => new DocumentError({ document: file, reason: "this is no path of a file" }))
  )
  return normalize(url.href) ?? url.href
})

/** Reads a file. */
export const readFile = Effect.fnUntraced(function*(file: string, name: string, maxBytes: number) {
  const fs = yield* FileSystem.FileSystem
  const uri = yield* fileUri(file)
  const bytes = yield* collect(name, Stream.mapError(fs.stream(file, { chunkSize: 1 << 20 }), unreadable(name)), maxBytes)
  return yield* Effect.fromResult(toSource(uri, name, bytes))
})

/** The path of a file URI, and how to call it: relative to the working directory where it is below it. */
export const fileOf = Effect.fnUntraced(function*(uri: string) {
  const path = yield* Path.Path
  const file = yield* path.fromFileUrl(new URL(uri)).pipe(
    Effect.mapError(() => new DocumentError({ document: uri, reason: "this is no address of a file here" }))
  )
  const relative = path.relative(path.resolve("."), file)
  return { file, name: relative.startsWith("..") || path.isAbsolute(relative) ? file : relative }
})

/** Is it a folder? Fails where nothing is there. */
export const isFolder = Effect.fnUntraced(function*(file: string) {
  const fs = yield* FileSystem.FileSystem
  const info = yield* Effect.mapError(fs.stat(file), unreadable(file))
  return info.type === "Directory"
})

/** Files that a folder may have before it is taken for the wrong one. */
const maxEntries = 50_000

/** Files in a folder and below that may be documents, sorted by name. Hidden folders, `node_modules` and links to folders are left out. */
export const filesIn = Effect.fnUntraced(function*(folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const files: Array<string> = []
  const folders = [""]
  let seen = 0
  for (let below = folders.pop(); below !== undefined; below = folders.pop()) {
    const here = below === "" ? folder : path.join(folder, below)
    for (const { name, type } of yield* Effect.mapError(fs.readDirectoryEntries(here), unreadable(here))) {
      if (++seen > maxEntries) {
        return yield* new DocumentError({ document: folder, reason: `this folder has more than ${maxEntries} entries: give the folder of the documents` })
      }
      const entry = path.join(below, name)
      if (type === "Directory") {
        if (!name.startsWith(".") && name !== "node_modules") folders.push(entry)
      } else if (/\.(?:json|ya?ml)$/i.test(name) && (type === "File" || (yield* isFile(path.join(folder, entry))))) {
        files.push(entry)
      }
    }
  }
  // by code units: the same order on every machine
  return files.sort((a, b) => a < b ? -1 : a > b ? 1 : 0).map((file) => path.join(folder, file))
})

const isFile = Effect.fnUntraced(function*(file: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.stat(file).pipe(Effect.map(({ type }) => type === "File"), Effect.orElseSucceed(() => false))
})

/** Reads standard input. */
export const readStdin = Effect.fnUntraced(function*(maxBytes: number) {
  const stdio = yield* Stdio.Stdio
  const name = display(stdinUri)
  const bytes = yield* collect(name, Stream.mapError(stdio.stdin, unreadable(name)), maxBytes)
  return yield* Effect.fromResult(toSource(stdinUri, name, bytes))
})

const maxRedirects = 10
const patience = "60 seconds"

/** A user and password out of a URL, for the origin that they are meant for. */
export interface Credential {
  readonly origin: string
  readonly authorization: string
}

/** Takes the user information out of a URL. */
export const credentialOf = (url: URL): Credential | undefined =>
  url.username === "" && url.password === ""
    ? undefined
    : { origin: url.origin, authorization: `Basic ${Buffer.from(`${safely(url.username)}:${safely(url.password)}`).toString("base64")}` }

const safely = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * Reads a URL. Redirects are followed here, a bounded number of them and only to http(s), never from https to http;
 * a credential goes to its own origin only. The document's URI is the one that answered: relative references start there.
 */
export const readUrl = Effect.fnUntraced(function*(uri: string, maxBytes: number, credentials: ReadonlyArray<Credential>) {
  const name = display(uri)
  const client = yield* HttpClient.HttpClient
  let url = new URL(uri)
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const authorization = credentials.find(({ origin }) => origin === url.origin)?.authorization
    const request = HttpClientRequest.get(url.href, {
      headers: { accept: "application/json, application/yaml, */*;q=0.9", ...(authorization !== undefined && { authorization }) }
    })
    const response = yield* client.execute(request).pipe(
      // fetch must not follow on its own: it knows no bound of ours
      Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" }),
      Effect.mapError(unreachable(name))
    )
    const location = redirectOf(response)
    if (location === undefined) return yield* body(response, url.href, name, maxBytes)
    const next = URL.canParse(location, url.href) ? new URL(location, url.href) : undefined
    if (next === undefined || !isHttp(next.href)) {
      return yield* new DocumentError({ document: name, reason: `it redirects to ${display(location)}, which is no http(s) address` })
    }
    if (url.protocol === "https:" && next.protocol === "http:") {
      return yield* new DocumentError({ document: name, reason: `it redirects from https to ${display(next.href)}: give that address if it is to be trusted` })
    }
    next.username = ""
    next.password = ""
    url = next
  }
  return yield* new DocumentError({ document: name, reason: `it redirects more than ${maxRedirects} times` })
}, (effect, uri) =>
  Effect.timeoutOrElse(effect, {
    duration: patience,
    orElse: () => Effect.fail(new DocumentError({ document: display(uri), reason: `it did not arrive within ${patience}. Is the server busy?` }))
  }))

const redirectOf = (response: HttpClientResponse.HttpClientResponse): string | undefined =>
  [301, 302, 303, 307, 308].includes(response.status) ? response.headers["location"] : undefined

const body = Effect.fnUntraced(function*(response: HttpClientResponse.HttpClientResponse, uri: string, name: string, maxBytes: number) {
  if (response.status !== 200) {
    return yield* new DocumentError({ document: name, reason: `the server answered ${response.status}${hints[response.status] ?? ""}` })
  }
  const bytes = yield* collect(name, Stream.mapError(response.stream, unreachable(name)), maxBytes)
  return yield* Effect.fromResult(toSource(normalize(uri) ?? uri, name, bytes))
})

const hints: Readonly<Record<number, string>> = {
  401: ": it wants a login. Download the document and give the file",
  403: ": access is not allowed. Download the document and give the file",
  404: ": there is no such document. Check the address"
}

/** Why a server was not reached. The innermost cause says most; nothing of the request is shown. */
const unreachable = (name: string) => (error: HttpClientError.HttpClientError): DocumentError => {
  let cause: unknown = error.reason.cause
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause
  const why = cause instanceof Error && cause.message !== "" ? cause.message : error.reason._tag
  return new DocumentError({ document: name, reason: `the server cannot be reached: ${why}. Check address and network` })
}
