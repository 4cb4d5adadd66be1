import { assert, describe, it } from "@effect/vitest"
import { decodeExtended, parseContentDisposition, safeFileName } from "../../src/wire/contentDisposition.ts"

const filename = (field: string) => parseContentDisposition(field)?.filename

describe("Content-Disposition", () => {
  it("the examples of RFC 6266 section 5", () => {
    assert.deepStrictEqual(
      [
        "Attachment; filename=example.html",
        "INLINE; FILENAME= \"an example.html\"",
        "attachment; filename*= UTF-8''%e2%82%ac%20rates",
        "attachment; filename=\"EURO rates\"; filename*=utf-8''%e2%82%ac%20rates"
      ].map((field) => {
        const parsed = parseContentDisposition(field)
        return [parsed?.type, parsed?.filename]
      }),
      [["attachment", "example.html"], ["inline", "an example.html"], ["attachment", "\u20ac rates"], ["attachment", "\u20ac rates"]]
    )
  })

  it("the examples of RFC 8187 section 3.2.3", () => {
    assert.strictEqual(decodeExtended("iso-8859-1'en'%A3%20rates"), "\u00a3 rates")
    assert.strictEqual(decodeExtended("UTF-8''%c2%a3%20and%20%e2%82%ac%20rates"), "\u00a3 and \u20ac rates")
  })

  it("`filename*` wins wherever it stands, unless it does not decode", () => {
    assert.strictEqual(filename("attachment; filename*=UTF-8''b.txt; filename=a.txt"), "b.txt")
    for (const broken of ["UTF-8''%ff", "UTF-8''%zz", "UTF-8''%c", "koi8-r''x", "UTF-8'x", "x", "UTF-8''\u00e9"]) {
      assert.strictEqual(filename(`attachment; filename=a.txt; filename*=${broken}`), "a.txt", broken)
    }
  })

  it("quoted strings: separators, escapes, a missing end", () => {
    assert.strictEqual(filename("attachment; filename=\"a;b=c, d.txt\"; x=y"), "a;b=c, d.txt")
    assert.strictEqual(filename("attachment; filename=\"say \\\"hi\\\".txt\""), "say \"hi\".txt")
    assert.strictEqual(filename("attachment; filename=\"back\\\\slash\""), "back\\slash")
    assert.strictEqual(filename("attachment; filename=\"c:\\temp\\x.txt\""), "c:\\temp\\x.txt")
    assert.strictEqual(filename("attachment; filename=\"open"), "open")
    assert.strictEqual(filename("attachment; filename=\"a.txt\" rubbish; name=b"), "a.txt")
    assert.strictEqual(filename("attachment; name=\"x; filename=evil.exe\"; filename=good.txt"), "good.txt")
  })

  it("is forgiving: blanks without quotes, raw UTF-8, stray semicolons", () => {
    assert.strictEqual(filename("attachment; filename=my report.pdf; size=3"), "my report.pdf")
    assert.strictEqual(filename(`attachment; filename="${Buffer.from("z\u00fcrich.pdf", "utf8").toString("latin1")}"`), "z\u00fcrich.pdf")
    assert.strictEqual(filename("attachment; filename=\"caf\u00e9.txt\""), "caf\u00e9.txt")
    assert.strictEqual(filename("attachment;;;  ; filename = a.txt ;"), "a.txt")
    assert.strictEqual(filename("attachment; filename; =x; filename=a.txt"), "a.txt")
  })

  it("the first of two counts; names such as __proto__ are inert", () => {
    assert.strictEqual(filename("attachment; filename=a.txt; filename=b.txt"), "a.txt")
    const parsed = parseContentDisposition("attachment; __proto__=x; constructor=y")
    assert.strictEqual(parsed?.parameters.get("__proto__"), "x")
    assert.isUndefined(({} as Record<string, unknown>)["x"])
  })

  it("without a type it is nothing", () => {
    for (const field of ["", " ", "; filename=a.txt", "filename=a.txt", "\"attachment\"", "x y"]) assert.isUndefined(parseContentDisposition(field), field)
    assert.deepStrictEqual(parseContentDisposition("inline")?.filename, undefined)
  })

  it("hostile input costs linear time", () => {
    for (const unit of ["\\", "\"", ";", "=", "; a=\"", "%", " ", "filename*=UTF-8''%e2", "a"]) {
      parseContentDisposition(`attachment; ${unit.repeat(16_000 / unit.length)}`)
      assert.isUndefined(parseContentDisposition(`attachment; ${unit.repeat(1_000_000)}`))
    }
  })
})

describe("safeFileName", () => {
  const table: ReadonlyArray<readonly [name: string | undefined, safe: string]> = [
    ["report.pdf", "report.pdf"],
    ["\u20ac rates \u6771\u4eac.txt", "\u20ac rates \u6771\u4eac.txt"],
    ["../../etc/passwd", "passwd"],
    ["..\\..\\windows\\system.ini", "system.ini"],
    ["/etc/passwd", "passwd"],
    ["C:\\x\\y.txt", "y.txt"],
    ["C:evil.txt", "Cevil.txt"],
    ["a/b\\c/d.txt", "d.txt"],
    [".bashrc", "bashrc"],
    ["...hidden", "hidden"],
    ["name. . .", "name"],
    ["  name.txt  ", "name.txt"],
    ["a\u0000b\r\nc\u007f\u0085.txt", "abc.txt"],
    ["a<b>c:d\"e|f?g*.txt", "abcdefg.txt"],
    ["invoice\u202efdp.exe", "invoicefdp.exe"],
    ["zero\u200bwidth.txt", "zerowidth.txt"],
    ["NUL", "_NUL"],
    ["con.txt", "_con.txt"],
    ["Com1.tar.gz", "_Com1.tar.gz"],
    ["COM\u00b9", "_COM\u00b9"],
    ["LPT9 .txt", "_LPT9 .txt"],
    ["console.txt", "console.txt"],
    ["lone\ud800.txt", "lone\ufffd.txt"],
    [undefined, "fallback.bin"],
    ["", "fallback.bin"],
    ["..", "fallback.bin"],
    ["/", "fallback.bin"],
    ["a/", "fallback.bin"],
    [" . . ", "fallback.bin"],
    ["\u0001\u0002", "fallback.bin"]
  ]
  for (const [name, safe] of table) {
    it(`${JSON.stringify(name)} becomes ${JSON.stringify(safe)}`, () => assert.strictEqual(safeFileName(name, "fallback.bin"), safe))
  }

  it("at most 255 bytes of UTF-8, never half a character, keeping the extension", () => {
    const bytes = (text: string) => Buffer.byteLength(text, "utf8")
    const long = safeFileName(`${"\u20ac".repeat(300)}.pdf`, "f")
    assert.isTrue(long.endsWith("\u20ac.pdf"))
    assert.isAtMost(bytes(long), 255)
    assert.isAtLeast(bytes(long), 250)
    const emoji = safeFileName("\u{1f600}".repeat(200), "f")
    assert.strictEqual(emoji, "\u{1f600}".repeat(63))
    assert.strictEqual(safeFileName("a".repeat(255), "f").length, 255)
    assert.strictEqual(bytes(safeFileName(`x.${"y".repeat(400)}`, "f")), 255)
  })

  it("is never empty, whatever the fallback is", () => {
    assert.strictEqual(safeFileName("..", ".."), "download")
    assert.strictEqual(safeFileName(undefined, "../dir/x.bin"), "x.bin")
  })
})
