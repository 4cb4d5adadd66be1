/** What the tests of document sources share: files in a folder of their own, texts on standard input, a loopback server. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { dirname, join } from "node:path"
import { load, type LoadOptions } from "../../../kit/src/openapi/document/load.ts"

export const services = Layer.mergeAll(NodeServices.layer, FetchHttpClient.layer)

/** A folder with these files, gone with the scope. */
export const folder = Effect.fnUntraced(function*(files: Readonly<Record<string, string | Uint8Array>>) {
  const fs = yield* FileSystem.FileSystem
  const root = yield* fs.makeTempDirectoryScoped()
  for (const [name, content] of Object.entries(files)) {
    const file = join(root, name)
    yield* fs.makeDirectory(dirname(file), { recursive: true })
    yield* typeof content === "string" ? fs.writeFileString(file, content) : fs.writeFile(file, content)
  }
  return { root, at: (name: string): string => join(root, name) }
})

/** Loads what stands on standard input. */
export const loadText = (content: string | Uint8Array, options: LoadOptions = {}) =>
  load(["-"], options).pipe(
    Effect.provide(Stdio.layerTest({ stdin: Stream.make(typeof content === "string" ? new TextEncoder().encode(content) : content) })),
    Effect.provide(services)
  )

export interface Served {
  readonly url: string
  /** requests so far: path and authorization */
  readonly seen: ReadonlyArray<{ readonly path: string; readonly authorization: string | undefined }>
}

/** A server on the loopback interface, closed with the scope. */
export const serve = (answer: (request: IncomingMessage, response: ServerResponse) => void) =>
  Effect.acquireRelease(
    Effect.callback<Served & { readonly close: () => void }>((resume) => {
      const seen: Array<{ readonly path: string; readonly authorization: string | undefined }> = []
      const server = createServer((request, response) => {
        seen.push({ path: request.url ?? "", authorization: request.headers.authorization })
        answer(request, response)
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(Effect.succeed({
          url: `http://127.0.0.1:${port}`, seen,
          close: () => {
            server.close()
            server.closeAllConnections()
          }
        }))
      })
    }),
    ({ close }) => Effect.sync(close)
  )

/** A server that has these documents by path; a number is a status, a text that starts with `->` a redirect. */
export const serveDocuments = (documents: Readonly<Record<string, unknown>>) =>
  serve((request, response) => {
    const found = documents[request.url ?? ""]
    if (typeof found === "number" || found === undefined) response.writeHead(typeof found === "number" ? found : 404).end("no")
    else if (typeof found === "string" && found.startsWith("->")) response.writeHead(302, { location: found.slice(2) }).end()
    else response.writeHead(200, { "content-type": "application/json" }).end(typeof found === "string" ? found : JSON.stringify(found))
  })

/** The least OpenAPI document there is, with more members. */
export const openapi = (more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ openapi: "3.1.0", info: { title: "t", version: "1" }, paths: {}, ...more }, undefined, 2)
