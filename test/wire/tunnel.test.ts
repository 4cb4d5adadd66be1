import { assert, describe, it } from "@effect/vitest"
import { connectRequest, TunnelReply, type TunnelStep } from "../../src/wire/tunnel.ts"

const bytes = (text: string) => new Uint8Array(Buffer.from(text, "latin1"))

/** In one piece, and byte by byte: both must say the same. */
const answer = (text: string): TunnelStep => {
  const whole = new TunnelReply().next(bytes(text))
  const reply = new TunnelReply()
  let step: TunnelStep = { _tag: "Wait" }
  let used = 0
  for (const byte of bytes(text)) {
    step = reply.next(Uint8Array.of(byte))
    used++
    if (step._tag !== "Wait") break
  }
  assert.strictEqual(step._tag, whole._tag)
  if (step._tag === "Refused" && whole._tag === "Refused") {
    assert.strictEqual(step.status, whole.status)
    if (used === text.length) assert.strictEqual(step.reusable, whole.reusable)
  }
  return whole
}
const shown = (text: string) => {
  const step = answer(text)
  return step._tag === "Refused" ? `${step.status} ${step.reason} ${step.reusable ? "reusable" : "spent"}` : step._tag === "Open" ? `Open ${Buffer.from(step.rest).toString("latin1")}` : step._tag
}

describe("CONNECT", () => {
  it("the request holds the server's name and the proxy's login, nothing else", () => {
    assert.strictEqual(connectRequest("a.example:443", undefined), "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n")
    assert.strictEqual(connectRequest("[::1]:443", "Basic eA=="), "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\nProxy-Authorization: Basic eA==\r\n\r\n")
  })

  it("2xx opens the tunnel, whatever its length fields say; what follows came through it", () => {
    assert.strictEqual(shown("HTTP/1.1 200 Connection established\r\n\r\n"), "Open ")
    assert.strictEqual(shown("HTTP/1.0 204\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n\x16\x03"), "Open \x16\x03")
    assert.strictEqual(shown("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\n\n"), "Open ")
  })

  const table: ReadonlyArray<readonly [head: string, rest: string, expected: string]> = [
    ["HTTP/1.1 407 Login\r\nContent-Length: 0", "", "reusable"],
    ["HTTP/1.1 407 Login\r\nContent-Length: 5", "sorry", "reusable"],
    ["HTTP/1.1 407 Login\r\nContent-Length: 5, 5", "sorry", "spent"],
    ["HTTP/1.1 407 Login\r\nContent-Length: 5", "sorry, more", "spent"],
    ["HTTP/1.1 407 Login\r\nContent-Length: 5\r\nContent-Length: 6", "sorry", "spent"],
    ["HTTP/1.1 407 Login\r\nContent-Length: 9999999", "", "spent"],
    ["HTTP/1.1 407 Login\r\nContent-Length: -1", "", "spent"],
    ["HTTP/1.1 407 Login", "", "spent"],
    ["HTTP/1.1 407 Login\r\nConnection: close\r\nContent-Length: 0", "", "spent"],
    ["HTTP/1.1 407 Login\r\nProxy-Connection: Close\r\nContent-Length: 0", "", "spent"],
    ["HTTP/1.1 407 Login\r\nConnection: x, close\r\nContent-Length: 0", "", "spent"],
    ["HTTP/1.0 407 Login\r\nContent-Length: 0", "", "spent"],
    ["HTTP/1.0 407 Login\r\nProxy-Connection: keep-alive\r\nContent-Length: 0", "", "reusable"],
    ["HTTP/1.1 407 Login\r\nTransfer-Encoding: chunked", "5\r\nsorry\r\n0\r\n\r\n", "reusable"],
    ["HTTP/1.1 407 Login\r\nTransfer-Encoding: chunked", "5;x=\"y\"\r\nsorry\r\nA\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n", "reusable"],
    ["HTTP/1.1 407 Login\r\nTransfer-Encoding: chunked", "0\n\n", "reusable"],
    ["HTTP/1.1 407 Login\r\nTransfer-Encoding: chunked", "5\r\nsorryX", "spent"],
    ["HTTP/1.1 407 Login\r\nTransfer-Encoding: chunked", "x\r\n", "spent"],
    ["HTTP/1.1 407 Login\r\nTransfer-Encoding: gzip, chunked", "0\r\n\r\n", "spent"]
  ]
  for (const [head, rest, expected] of table) {
    it(JSON.stringify(`${head}\r\n\r\n${rest}`), () => assert.strictEqual(shown(`${head}\r\n\r\n${rest}`), `407 Login ${expected}`))
  }

  it("an answer that is not complete waits", () => {
    for (const text of ["", "HT", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 407 L\r\nContent-Length: 5\r\n\r\nsorr", "HTTP/1.1 407 L\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nso"]) {
      assert.strictEqual(new TunnelReply().next(bytes(text))._tag, "Wait", text)
    }
  })

  it("fields keep their values apart, folded lines go on, names are inert", () => {
    const step = answer("HTTP/1.1 407 L\r\nProxy-Authenticate: Negotiate\r\nproxy-authenticate: Basic\r\n realm=\"x\"\r\n__proto__: y\r\nnonsense\r\nContent-Length: 0\r\n\r\n")
    assert.deepStrictEqual(step._tag === "Refused" ? step.headers["proxy-authenticate"] : undefined, ["Negotiate", "Basic realm=\"x\""])
  })

  it("what is not HTTP is told at its first bytes; heads and bodies are bounded", () => {
    assert.strictEqual(new TunnelReply().next(bytes("SSH"))._tag, "Invalid")
    assert.strictEqual(new TunnelReply().next(bytes("HTTP/2 200\r\n\r\n"))._tag, "Invalid")
    assert.strictEqual(new TunnelReply().next(bytes(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(40_000)}`))._tag, "Invalid")
    const long = new TunnelReply()
    long.next(bytes("HTTP/1.1 407 L\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n"))
    const step = long.next(new Uint8Array(300_000))
    assert.deepStrictEqual([step._tag, step._tag === "Refused" && step.reusable], ["Refused", false])
  })
})
