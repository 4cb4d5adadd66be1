import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import { pathToFileURL } from "node:url"
import { describe } from "vitest"
import { load } from "../../../kit/src/openapi/document/load.ts"
import { folder, openapi, serve, serveDocuments, services } from "./documentSupport.ts"

const reasonOf = (input: string, options = {}) => Effect.map(Effect.flip(load([input], options)), ({ message }) => message)

describe("URLs", () => {
  it.live("a root URL needs no leave, its references do", () =>
    Effect.gen(function*() {
      const server = yield* serveDocuments({ "/v1/main.json": openapi({ a: { $ref: "../common.json#/A" }, b: { $ref: "more.yaml" } }), "/common.json": { A: {} }, "/v1/more.yaml": "x: 1" })
      const url = `${server.url}/v1/main.json`
      const without = yield* load([url])
      expect(without.roots.map(({ name, uri }) => [name, uri])).toEqual([[url, url]])
      expect(without.refused.map(({ from, pointer, uri }) => [uri, from, pointer])).toEqual([[`${server.url}/common.json`, url, "/a"], [`${server.url}/v1/more.yaml`, url, "/b"]])
      expect(server.seen.map(({ path }) => path)).toEqual(["/v1/main.json"])
      const set = yield* load([url], { allowRemote: true })
      expect([set.all.map(({ uri }) => uri), set.refused]).toEqual([[url, `${server.url}/common.json`, `${server.url}/v1/more.yaml`], []])
      expect(set.get(`${server.url}/v1/more.yaml`)?.value).toEqual({ x: 1 })
    }).pipe(Effect.scoped, Effect.provide(services)))

  it.live("a local document may refer to a URL with leave, a remote one never to a file", () =>
    Effect.gen(function*() {
      const { at } = yield* folder({ "main.json": "{}", "secret.json": "{\"secret\": true}" })
      const secret = pathToFileURL(at("secret.json")).href
      const server = yield* serveDocuments({ "/a.json": { a: { $ref: secret }, b: { $ref: "file:///etc/hostname" } } })
      const main = yield* folder({ "main.json": openapi({ a: { $ref: `${server.url}/a.json` } }) })
      const set = yield* load([main.at("main.json")], { allowRemote: true })
      expect(set.all.map(({ uri }) => uri)).toEqual([pathToFileURL(main.at("main.json")).href, `${server.url}/a.json`])
      expect(set.refused.map(({ reason, uri }) => [uri, reason])).toEqual([
        [secret, "only a local file may refer to local files: this document is none"], ["file:///etc/hostname", "only a local file may refer to local files: this document is none"]
      ])
    }).pipe(Effect.scoped, Effect.provide(services)))

  it.live("redirects are followed, and references start where they led", () =>
    Effect.gen(function*() {
      const server = yield* serveDocuments({ "/latest": "->/v2/main.json", "/v2/main.json": openapi({ a: { $ref: "other.json" }, b: { $ref: "/latest" } }), "/v2/other.json": { x: 1 } })
      const set = yield* load([`${server.url}/latest`], { allowRemote: true })
      expect(set.all.map(({ uri }) => uri)).toEqual([`${server.url}/v2/main.json`, `${server.url}/v2/other.json`])
      expect(set.get(`${server.url}/latest`)).toBe(set.roots[0])
      expect(set.roots[0]?.name).toBe(`${server.url}/latest`)
    }).pipe(Effect.scoped, Effect.provide(services)))

  it.live("redirects are bounded, and lead to http(s) only", () =>
    Effect.gen(function*() {
      const server = yield* serveDocuments({ "/loop": "->/loop", "/file": "->file:///etc/hostname", "/odd": "->http://[", "/data": "->data:application/json,%7B%7D" })
      expect(yield* reasonOf(`${server.url}/loop`)).toBe(`${server.url}/loop: it redirects more than 10 times`)
      expect(server.seen.length).toBe(11)
      for (const path of ["/file", "/odd", "/data"]) expect(yield* reasonOf(`${server.url}${path}`)).toContain("which is no http(s) address")
    }).pipe(Effect.scoped, Effect.provide(services)))

  it.live("no redirect from https to http", () =>
    Effect.gen(function*() {
      const asked: Array<string> = []
      const client = HttpClient.make((request, url) => {
        asked.push(url.href)
        return Effect.succeed(HttpClientResponse.fromWeb(request, new Response(null, { status: 307, headers: { location: "http://example.com/b.json" } })))
      })
      const error = yield* Effect.flip(load(["https://example.com/a.json"]).pipe(Effect.provideService(HttpClient.HttpClient, client)))
      expect(error.message).toContain("https://example.com/a.json: it redirects from https to http://example.com/b.json")
      expect(asked).toEqual(["https://example.com/a.json"])
    }).pipe(Effect.provide(services)))

  it.live("a login in the URL goes to its origin only, and is shown nowhere", () =>
    Effect.gen(function*() {
      const other = yield* serveDocuments({ "/x.json": { x: 1 }, "/y.json": { y: 1 } })
      const server = yield* serveDocuments({ "/main.json": openapi({ a: { $ref: "same.json" }, b: { $ref: `${other.url}/x.json` }, c: { $ref: "away.json" }, d: { $ref: "gone.json?token=abc" } }), "/same.json": {}, "/away.json": `->${other.url}/y.json` })
      const host = server.url.slice("http://".length)
      const set = yield* load([`http://me:p%40ss@${host}/main.json#x`], { allowRemote: true })
      const basic = `Basic ${Buffer.from("me:p@ss").toString("base64")}`
      expect(server.seen.map(({ authorization }) => authorization)).toEqual([basic, basic, basic, basic])
      expect(other.seen.map(({ authorization }) => authorization)).toEqual([undefined, undefined])
      expect(JSON.stringify([set.all.map(({ name, uri }) => [name, uri]), set.refused])).not.toMatch(/p@ss|p%40ss|me:|abc/)
      expect(set.refused).toEqual([{ uri: `${server.url}/gone.json?token=<redacted>`, from: `${server.url}/main.json`, pointer: "/d", reason: "the server answered 404: there is no such document. Check the address" }])
    }).pipe(Effect.scoped, Effect.provide(services)))

  it.live("what does not come is said clearly", () =>
    Effect.gen(function*() {
      const server = yield* serve((request, response) => {
        switch (request.url) {
          case "/401":
          case "/404":
          case "/500":
          case "/204":
            response.writeHead(Number(request.url.slice(1))).end()
            break
          case "/html":
            response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><p>")
            break
          case "/cut":
            response.writeHead(200, { "content-length": "1000" }).write("{")
            setTimeout(() => response.destroy(), 20)
            break
          case "/endless": {
            const more = (): void => {
              while (response.write(" ".repeat(10_000)));
              response.once("drain", more)
            }
            more()
            break
          }
          default:
            request.socket.destroy()
        }
      })
      expect(yield* reasonOf(`${server.url}/404`)).toBe(`${server.url}/404: the server answered 404: there is no such document. Check the address`)
      expect(yield* reasonOf(`${server.url}/401`)).toContain("401: it wants a login")
      expect(yield* reasonOf(`${server.url}/500`)).toBe(`${server.url}/500: the server answered 500`)
      expect(yield* reasonOf(`${server.url}/204`)).toBe(`${server.url}/204: the server answered 204`)
      expect(yield* reasonOf(`${server.url}/html`)).toContain("it is an HTML page")
      expect(yield* reasonOf(`${server.url}/cut`)).toContain("the server cannot be reached: ")
      expect(yield* reasonOf(`${server.url}/hangup?token=hush`)).toMatch(/token=<redacted>: the server cannot be reached: .*Check address and network$/)
      expect(yield* reasonOf(`${server.url}/endless`, { maxBytes: 1_000_000 })).toContain("more than 1000000 bytes")
      expect(yield* reasonOf("http://127.0.0.1:1/x")).toContain("the server cannot be reached: ")
      expect(yield* reasonOf("https://")).toContain("this is no valid address")
    }).pipe(Effect.scoped, Effect.provide(services)))

  it.live("a remote document that is malformed or too large degrades what refers to it", () =>
    Effect.gen(function*() {
      const server = yield* serveDocuments({ "/bad.json": "{\"a\": ", "/large.json": " ".repeat(5000) })
      const { at } = yield* folder({ "main.json": openapi({ a: { $ref: `${server.url}/bad.json` }, b: { $ref: `${server.url}/large.json` } }) })
      const { refused } = yield* load([at("main.json")], { allowRemote: true, maxBytes: 1000 })
      expect(refused.map(({ reason }) => reason)).toEqual([expect.stringContaining(`${server.url}/bad.json:1:7: malformed JSON`), expect.stringContaining("more than 1000 bytes")])
    }).pipe(Effect.scoped, Effect.provide(services)))
})
