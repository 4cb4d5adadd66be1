import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { connectMessage, greeting, loginMessage, SocksClient, type SocksStep } from "../../src/wire/socks.ts"

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")
const bytes = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"))
const sent = (step: SocksStep) => step._tag === "Send" ? hex(step.bytes) : step._tag
const failure = (step: SocksStep) => step._tag === "Failed" ? [step.failure.reason, step.failure.code] : step._tag
const ok = (message: Result.Result<Uint8Array, unknown>) => Result.isSuccess(message) ? hex(message.success) : "failure"

describe("messages", () => {
  it("RFC 1928 section 3: the greeting offers no login, or also user name and password", () => {
    assert.strictEqual(hex(greeting(false)), "050100")
    assert.strictEqual(hex(greeting(true)), "05020002")
  })

  it("RFC 1929 section 2: the login, in UTF-8", () => {
    assert.strictEqual(ok(loginMessage({ username: "alice", password: "pw" })), "01" + "05616c696365" + "027077")
    assert.strictEqual(ok(loginMessage({ username: "\u00e4", password: "\u20ac" })), "01" + "02c3a4" + "03e282ac")
    assert.strictEqual(ok(loginMessage({ username: "a".repeat(255), password: "b".repeat(255) })).length, 2 * (3 + 510))
    for (const [username, password] of [["", "p"], ["u", ""], ["u".repeat(256), "p"], ["u", "\u20ac".repeat(86)]] as const) {
      assert.strictEqual(ok(loginMessage({ username, password })), "failure")
    }
  })

  it("RFC 1928 section 4: names go to the proxy as they are, addresses as bytes", () => {
    assert.strictEqual(ok(connectMessage("api.example.com", 443)), "05010003" + "0f" + Buffer.from("api.example.com").toString("hex") + "01bb")
    assert.strictEqual(ok(connectMessage("10.1.2.3", 8080)), "05010001" + "0a010203" + "1f90")
    assert.strictEqual(ok(connectMessage("2001:db8::1", 80)), "05010004" + "20010db8000000000000000000000001" + "0050")
    assert.strictEqual(ok(connectMessage("::ffff:10.1.2.3", 80)), "05010004" + "00000000000000000000ffff0a010203" + "0050")
    assert.strictEqual(ok(connectMessage("h".repeat(256), 80)), "failure")
  })
})

const login = { username: "alice", password: "pw" }
const connect = "05010003" + "0161" + "0050"

describe("a connection's way through", () => {
  it("without a login", () => {
    const socks = new SocksClient("a", 80, undefined)
    assert.strictEqual(sent(socks.start()), "050100")
    assert.strictEqual(sent(socks.next(bytes("0500"))), connect)
    assert.deepStrictEqual(socks.next(bytes("05000001 7f000001 1f90")), { _tag: "Connected", rest: new Uint8Array(0) })
  })

  it("with a login, where the proxy wants it and where it does not", () => {
    const socks = new SocksClient("a", 80, login)
    assert.strictEqual(sent(socks.start()), "05020002")
    assert.strictEqual(sent(socks.next(bytes("0502"))), "0105616c696365027077")
    assert.strictEqual(sent(socks.next(bytes("0100"))), connect)
    const open = new SocksClient("a", 80, login)
    open.start()
    assert.strictEqual(sent(open.next(bytes("0500"))), connect)
  })

  for (const [type, reply] of [["IPv4", "05000001 7f000001 1f90"], ["a name", "05000003 03616263 1f90"], ["an empty name", "05000003 00 1f90"], ["IPv6", `05000004 ${"00".repeat(15)}01 1f90`]] as const) {
    it(`byte by byte, with ${type} in the reply; what follows is the server's`, () => {
      const socks = new SocksClient("a", 80, login)
      socks.start()
      const steps: Array<string> = []
      for (const byte of bytes(`0502 0100 ${reply}`)) steps.push(sent(socks.next(Uint8Array.of(byte))))
      assert.deepStrictEqual(steps.slice(0, 4), ["Wait", "0105616c696365027077", "Wait", connect])
      assert.deepStrictEqual([...new Set(steps.slice(4, -1))], ["Wait"])
      assert.strictEqual(steps.at(-1), "Connected")

      const whole = new SocksClient("a", 80, undefined)
      whole.start()
      whole.next(bytes("0500"))
      const step = whole.next(bytes(`${reply} 485454502f`))
      assert.strictEqual(step._tag === "Connected" ? hex(step.rest) : step._tag, "485454502f")
    })
  }

  it("each reply code has words", () => {
    const details = new Set<string>()
    for (const code of [1, 2, 3, 4, 5, 6, 7, 8, 9, 255]) {
      const socks = new SocksClient("a", 80, undefined)
      socks.start()
      socks.next(bytes("0500"))
      const step = socks.next(Uint8Array.of(5, code))
      assert.deepStrictEqual(failure(step), ["reply", code])
      if (step._tag === "Failed") details.add(step.failure.detail)
    }
    assert.strictEqual(details.size, 10)
  })

  it("refusals of the login", () => {
    const without = new SocksClient("a", 80, undefined)
    without.start()
    assert.deepStrictEqual(failure(without.next(bytes("05ff"))), ["loginRequired", undefined])
    const unwanted = new SocksClient("a", 80, login)
    unwanted.start()
    assert.deepStrictEqual(failure(unwanted.next(bytes("05ff"))), ["loginRequired", undefined])
    const wrong = new SocksClient("a", 80, login)
    wrong.start()
    wrong.next(bytes("0502"))
    const step = wrong.next(bytes("0101"))
    assert.deepStrictEqual(failure(step), ["loginRefused", undefined])
    assert.notInclude(JSON.stringify(step), "pw")
    assert.deepStrictEqual(failure(new SocksClient("a", 80, { username: "u", password: "" }).start()), ["loginTooLong", undefined])
    assert.deepStrictEqual(failure(new SocksClient("h".repeat(256), 80, undefined).start()), ["hostTooLong", undefined])
  })

  it("whatever is not SOCKS 5 is told at the first wrong byte, and nothing is kept of it", () => {
    const at = (...before: ReadonlyArray<string>) => {
      const socks = new SocksClient("a", 80, before.length > 1 ? login : undefined)
      socks.start()
      for (const each of before) socks.next(bytes(each))
      return socks
    }
    for (const [socks, answer] of [
      [at(), "48"],
      [at(), "00 5a 0000 00000000"],
      [at(), "0501"],
      [at(), "0502"],
      [at(), "0500 05000001"],
      [at("0502", "0100"), "04"],
      [at("0500"), "05000002 00"],
      [at("0502", ""), "05"]
    ] as const) {
      assert.deepStrictEqual(failure(socks.next(bytes(answer))), ["protocol", undefined], answer)
    }
  })
})
