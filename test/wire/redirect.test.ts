import { assert, describe, it } from "@effect/vitest"
import * as Redirect from "../../src/wire/redirect.ts"

type Body = Redirect.Hop["body"]
const from = "https://api.example.com/v1/x?k=1"
const decide = (options: {
  readonly status?: number
  readonly method?: string
  readonly url?: string
  readonly body?: Body
  readonly location?: string | undefined
  readonly visited?: ReadonlyArray<string>
  readonly limit?: number
}) => {
  const hop = { method: options.method ?? "GET", url: new URL(options.url ?? from), body: options.body ?? "none" }
  const location = "location" in options ? options.location : "/v1/y"
  return Redirect.decide(hop, options.status ?? 302, location, options.visited ?? [`${hop.method} ${hop.url.href}`], options.limit ?? 10)
}
const followed = (options: Parameters<typeof decide>[0]) => {
  const redirect = decide(options)
  if (redirect._tag !== "Follow") throw new Error(`not followed: ${JSON.stringify(redirect)}`)
  return redirect
}
const refused = (options: Parameters<typeof decide>[0]): string => {
  const redirect = decide(options)
  if (redirect._tag !== "Refuse") throw new Error(`not refused: ${JSON.stringify(redirect)}`)
  return redirect.reason
}

describe("which statuses redirect", () => {
  for (const status of [301, 302, 303, 307, 308]) it(`${status} does`, () => assert.isTrue(Redirect.isRedirect(status)))
  for (const status of [200, 201, 300, 304, 305, 306, 309, 401, 404, 500]) {
    it(`${status} does not, even with a Location`, () => {
      assert.isFalse(Redirect.isRedirect(status))
      assert.deepStrictEqual(decide({ status }), { _tag: "None" })
    })
  }
})

describe("method and body (RFC 9110 section 15.4)", () => {
  /** what becomes of the request: the method, `+body` where it goes along; at another origin, or with a body that can be sent once only, what differs */
  const table: ReadonlyArray<readonly [status: number, method: string, body: Body, same: string, other: string]> = [
    [301, "GET", "none", "GET", "GET"],
    [301, "HEAD", "none", "HEAD", "HEAD"],
    [301, "POST", "replayable", "GET", "GET"],
    [301, "POST", "once", "GET", "GET"],
    [301, "POST", "none", "GET", "GET"],
    [301, "PUT", "none", "PUT", "PUT"],
    [301, "PUT", "replayable", "PUT +body", "refused: body"],
    [301, "PUT", "once", "refused: body", "refused: body"],
    [301, "DELETE", "none", "DELETE", "DELETE"],
    [302, "GET", "none", "GET", "GET"],
    [302, "HEAD", "none", "HEAD", "HEAD"],
    [302, "POST", "replayable", "GET", "GET"],
    [302, "POST", "once", "GET", "GET"],
    [302, "PUT", "none", "PUT", "PUT"],
    [302, "PUT", "replayable", "PUT +body", "refused: body"],
    [302, "PUT", "once", "refused: body", "refused: body"],
    [302, "PATCH", "replayable", "PATCH +body", "refused: body"],
    [303, "GET", "none", "GET", "GET"],
    [303, "HEAD", "none", "HEAD", "HEAD"],
    [303, "POST", "replayable", "GET", "GET"],
    [303, "POST", "once", "GET", "GET"],
    [303, "PUT", "replayable", "GET", "GET"],
    [303, "PUT", "once", "GET", "GET"],
    [303, "DELETE", "none", "GET", "GET"],
    [307, "GET", "none", "GET", "GET"],
    [307, "HEAD", "none", "HEAD", "HEAD"],
    [307, "POST", "none", "POST", "POST"],
    [307, "POST", "replayable", "POST +body", "refused: body"],
    [307, "POST", "once", "refused: body", "refused: body"],
    [307, "PUT", "replayable", "PUT +body", "refused: body"],
    [308, "GET", "none", "GET", "GET"],
    [308, "HEAD", "none", "HEAD", "HEAD"],
    [308, "POST", "replayable", "POST +body", "refused: body"],
    [308, "POST", "once", "refused: body", "refused: body"],
    [308, "PUT", "once", "refused: body", "refused: body"]
  ]
  const outcome = (redirect: Redirect.Redirect): string =>
    redirect._tag === "Follow" ? `${redirect.method}${redirect.keepBody ? " +body" : ""}` : redirect._tag === "Refuse" ? `refused: ${redirect.reason}` : "none"
  for (const [status, method, body, same, other] of table) {
    it(`${status} to ${method} with body ${body}: ${same}; elsewhere ${other}`, () => {
      assert.strictEqual(outcome(decide({ status, method, body, location: "/v1/y" })), same)
      assert.strictEqual(outcome(decide({ status, method, body, location: "https://other.example.com/v1/y" })), other)
    })
  }
})

describe("what is another origin", () => {
  for (
    const [location, same] of [
      ["/y", true],
      ["y", true],
      ["?page=2", true],
      ["https://api.example.com/y", true],
      ["https://API.example.com:443/y", true],
      ["//api.example.com/y", true],
      ["https://api.example.com:8443/y", false],
      ["https://example.com/y", false],
      ["https://sub.api.example.com/y", false],
      ["https://api.example.com.evil.example/y", false],
      ["//evil.example/y", false],
      ["\\\\evil.example\\y", false],
      ["/\\evil.example/y", false],
      ["https:evil.example", true],
      ["https://api.example.com@evil.example/y", false],
      ["https://evil.example\\@api.example.com/", false],
      ["https://аpi.example.com/", false]
    ] as const
  ) {
    it(`${location}: ${same ? "the same" : "another"}`, () => {
      const redirect = followed({ location })
      assert.strictEqual(redirect.sameOrigin, same)
      assert.strictEqual(redirect.url.origin === "https://api.example.com", same)
    })
  }

  it("a chain is judged from hop to hop: back from elsewhere is another origin again", () => {
    assert.isFalse(followed({ url: "https://b.example/", location: "https://api.example.com/" }).sameOrigin)
  })
  it("http to https on one host is another origin", () => {
    assert.isFalse(followed({ url: "http://api.example.com/", location: "https://api.example.com/" }).sameOrigin)
  })
})

describe("what is refused", () => {
  for (
    const location of ["file:///etc/passwd", "data:text/html,x", "unix:/var/run/docker.sock", "javascript:alert(1)", "ftp://example.com/", "about:blank", "blob:https://x/1", "gopher://x/", "ws://x/", "mailto:a@b"]
  ) {
    it(`${location}: scheme`, () => assert.strictEqual(refused({ location }), "scheme"))
  }
  it("https to http, the same host and others", () => {
    assert.strictEqual(refused({ location: "http://api.example.com/v1/y" }), "downgrade")
    assert.strictEqual(refused({ location: "http://other.example.com/" }), "downgrade")
    assert.strictEqual(refused({ location: "http://localhost/" }), "downgrade")
  })
  it("http may go on to http", () => assert.isTrue(followed({ url: "http://api.example.com/", location: "/y" }).sameOrigin))
  it("a Location that is missing or unreadable", () => {
    assert.strictEqual(refused({ location: undefined }), "location")
    for (const location of ["http://", "https://a b/", "https://[::1/", "http://x:99999/"]) assert.strictEqual(refused({ location }), "location", location)
  })
  it("a loop, where method and URL were seen before", () => {
    assert.strictEqual(refused({ location: from }), "loop")
    assert.strictEqual(refused({ location: "" }), "loop")
    assert.strictEqual(refused({ location: `${from}#elsewhere` }), "loop")
    assert.strictEqual(refused({ location: "/a", visited: ["GET https://api.example.com/a", `GET ${from}`] }), "loop")
  })
  it("no loop: a POST that becomes a GET of the same URL", () => {
    assert.strictEqual(followed({ status: 303, method: "POST", body: "replayable", location: from }).method, "GET")
  })
  it("too many in a row", () => {
    const visited = Array.from({ length: 3 }, (_, i) => `GET https://api.example.com/${i}`)
    assert.strictEqual(refused({ visited, limit: 2 }), "limit")
    assert.strictEqual(decide({ visited, limit: 3 })._tag, "Follow")
    assert.strictEqual(refused({ limit: 0 }), "limit")
  })
  it("a refusal tells where it would have gone, or nothing", () => {
    assert.deepStrictEqual(decide({ location: "file:///x" }), { _tag: "Refuse", reason: "scheme", location: "file:///x" })
    assert.deepStrictEqual(decide({ location: undefined }), { _tag: "Refuse", reason: "location", location: "" })
  })
})

describe("where it leads", () => {
  it("user information and fragment of a Location go nowhere", () => {
    const { url } = followed({ location: "https://user:secret@other.example.com/y?a=1#frag" })
    assert.strictEqual(url.href, "https://other.example.com/y?a=1")
  })
  it("is resolved against the hop, dots and all", () => {
    assert.strictEqual(followed({ location: "../z" }).url.href, "https://api.example.com/z")
    assert.strictEqual(followed({ location: "./z?q" }).url.href, "https://api.example.com/v1/z?q")
  })
})
