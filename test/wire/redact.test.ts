import { assert, describe, it } from "@effect/vitest"
import { inspect } from "node:util"
import * as FastCheck from "fast-check"
import * as Redact from "../../src/wire/redact.ts"

const canary = "canary-5ecret"
const redaction = (values: ReadonlyArray<string> = [], more: ReadonlyArray<string> = []): Redact.Redaction => ({ isSecretName: Redact.isSecretName(more), values: () => values })
const none = redaction()
const absent = (shown: unknown): void => {
  for (const text of [JSON.stringify(shown) ?? "", inspect(shown, { depth: null }), String(shown)]) assert.notInclude(text, canary)
}

describe("secret names", () => {
  for (
    const name of [
      "Authorization", "AUTHORIZATION", "proxy-authorization", "Cookie", "set-cookie", "Set_Cookie", "X-Api-Key", "x_api_key", "apikey", "ApiKey", "API KEY", "api.key", "Argus-API-Key",
      "password", "Password", "pass_word", "passWord", "userPassword", "passwd", "passphrase", "passcode", "pwd", "PIN", "otp", "client_secret", "clientSecret", "secret", "secrets",
      "SecretAccessKey", "token", "access_token", "accessToken", "ACCESS-TOKEN", "refresh_token", "id_token", "csrf-token", "X-CSRF-Token", "xsrf", "jwt", "sessionKey", "JSESSIONID",
      "credentials", "requestCredentialsData", "private_key", "signature", "X-Amz-Signature", "x-goog-signature", "X-Amz-Security-Token", "X-Amz-Credential", "client_assertion",
      "code_verifier", "sig", "filter[password]", "auth[api_key]", "user[token]", "encryptedZipPassword"
    ]
  ) {
    it(`${name} is secret`, () => assert.isTrue(Redact.isSecretName()(name)))
  }
  for (const name of ["id", "name", "username", "author", "tokens_used", "password_policy_id", "keyboard", "passenger", "pinned", "design", "constructor", "__proto__", "toString", ""]) {
    it(`${JSON.stringify(name)} is not`, () => assert.isFalse(Redact.isSecretName()(name)))
  }
  it("an API adds its own, in any spelling", () => {
    const isSecret = Redact.isSecretName(["Invoice-Number"])
    for (const name of ["invoice-number", "invoiceNumber", "INVOICE_NUMBER"]) assert.isTrue(isSecret(name), name)
    assert.isTrue(isSecret("password"))
    assert.isFalse(isSecret("invoice"))
  })
})

describe("known values", () => {
  it("are masked wherever they stand: as they are, percent-encoded, and as JSON writes them", () => {
    const secret = "pa\"ss/wörd\\&x"
    const forms = [encodeURIComponent(secret), encodeURIComponent(encodeURIComponent(secret)), encodeURI(secret)]
    const text = Redact.text(`a ${secret} b ${forms.join(" ")} c ${JSON.stringify(secret)} d`, redaction([secret]))
    assert.strictEqual(text, `a ${Redact.mask} b ${Redact.mask} ${Redact.mask} ${Redact.mask} c "${Redact.mask}" d`)
  })
  it("one that begins with another one leaves no end behind", () => {
    for (const values of [["abcd", "abcdefgh"], ["abcdefgh", "abcd"]]) assert.strictEqual(Redact.text("x abcdefgh y abcd", redaction(values)), `x ${Redact.mask} y ${Redact.mask}`)
  })
  it("very short ones would mask half of the text and are left", () => assert.strictEqual(Redact.text("abc", redaction(["abc", ""])), "abc"))
  it("base64 without what it is filled up with is the same secret", () => assert.strictEqual(Redact.text("x YWRhOnNlY3JldA y YWRhOnNlY3JldA==", redaction(["YWRhOnNlY3JldA=="])), `x ${Redact.mask} y ${Redact.mask}`))
  it("a name inside the value of another one is seen", () => {
    for (const text of [`see next=https://api.test/?access_token=${canary}&x=1 ok`, `Digest uri="/a?b=c?token=${canary}"`, `to=username%3D%22ada%22%2C%20uri%3D%22%2Fsend%3Ftoken%3D${canary}%26x%3D1`, `a%3D%22token%3D${canary}`]) {
      absent(Redact.excerpt(text, none))
      absent(Redact.headers({ location: text }, none))
    }
    assert.strictEqual(Redact.excerpt("next=https://api.test/?access_token=abc&x=1 y=2", none), `next=https://api.test/?access_token=${Redact.mask}&x=1 y=2`)
  })
  it("lone surrogates do no harm", () => assert.strictEqual(Redact.text("x\ud800yz1", redaction(["\ud800yz1"])), `x${Redact.mask}`))
  it("characters that mean something to a regular expression or a replacement do not here", () => {
    assert.strictEqual(Redact.text("a (.*)+$& b", redaction(["(.*)+$&"])), `a ${Redact.mask} b`)
    assert.strictEqual(Redact.text("unharmed", redaction(["(.*)+$&"])), "unharmed")
  })
})

describe("URLs", () => {
  const shown = (url: string, values: ReadonlyArray<string> = []): string => Redact.url(new URL(url), redaction(values))
  for (
    const [url, text] of [
      ["https://example.com/a?x=1&api_key=canary-5ecret&y=2", "https://example.com/a?x=1&api_key=<redacted>&y=2"],
      ["https://u:canary-5ecret@example.com/a", "https://example.com/a"],
      ["https://example.com/a#access_token=canary-5ecret", "https://example.com/a"],
      ["https://example.com/?next=https%3A%2F%2Fa.test%2F%3Fx%3D1%26token%3Dcanary-5ecret%26y%3D2", "https://example.com/?next=https%3A%2F%2Fa.test%2F%3Fx%3D1%26token%3D<redacted>%26y%3D2"],
      ["https://example.com/?Access%5FToken=canary-5ecret", "https://example.com/?Access%5FToken=<redacted>"],
      ["https://example.com/?filter%5Bpassword%5D=canary-5ecret", "https://example.com/?filter%5Bpassword%5D=<redacted>"],
      ["https://s3.example.com/x?X-Amz-Signature=canary-5ecret", "https://s3.example.com/x?X-Amz-Signature=<redacted>"],
      ["https://example.com/?token=canary-5ecret=canary-5ecret", "https://example.com/?token=<redacted>"],
      ["https://example.com/?token", "https://example.com/?token"],
      ["https://example.com/?%ZZ=1&a", "https://example.com/?%ZZ=1&a"],
      ["https://example.com:8443/a?", "https://example.com:8443/a"],
      ["file:///etc/passwd", "file:/etc/passwd"],
      ["data:text/plain,x", "data:text/plain,x"]
    ] as const
  ) {
    it(url, () => {
      assert.strictEqual(shown(url), text)
      absent(shown(url))
    })
  }
  it("known values in the path are masked", () => assert.strictEqual(shown(`https://example.com/t/${canary}/x`, [canary]), "https://example.com/t/<redacted>/x"))
})

describe("data", () => {
  it("texts under secret names, at any depth, in lists and below", () => {
    const body = {
      user: "bob",
      Password: canary,
      nested: { list: [{ "api-key": canary }, { plain: "x" }], credentials: { user: canary, deep: [[canary]] } },
      secrets: [canary, canary],
      empty: { token: "" }
    }
    const shown = Redact.data(body, none)
    absent(shown)
    assert.deepStrictEqual(shown, {
      user: "bob",
      Password: Redact.mask,
      nested: { list: [{ "api-key": Redact.mask }, { plain: "x" }], credentials: { user: Redact.mask, deep: [[Redact.mask]] } },
      secrets: [Redact.mask, Redact.mask],
      empty: { token: "" }
    })
    assert.strictEqual(body.Password, canary)
  })
  it("known values under any name", () => absent(Redact.data({ message: `no such key: ${canary}`, list: [canary] }, redaction([canary]))))
  it("what holds no secret is given back as it is", () => {
    const body = { a: [1, null, true, { b: "x" }] }
    assert.strictEqual(Redact.data(body, none), body)
  })
  it("members of instances, without changing the instance", () => {
    class Found {
      readonly token: string
      readonly inner: unknown
      constructor(token: string, inner: unknown) {
        this.token = token
        this.inner = inner
      }
      get kind() {
        return "found"
      }
    }
    const found = new Found(canary, { password: canary })
    const shown = Redact.data({ found }, none) as { readonly found: Found }
    absent(shown)
    assert.instanceOf(shown.found, Found)
    assert.strictEqual(shown.found.kind, "found")
    assert.strictEqual(found.token, canary)
    for (const kept of [new Date(0), new Map([[1, 2]]), new Uint8Array(3), new URL("https://x/"), new Found("", {})]) assert.strictEqual(Redact.data(kept, none), kept)
  })
  it("nested beyond reason ends in a mask: what is not looked at is not shown", () => {
    const nest = (depth: number): unknown => {
      let value: unknown = { password: canary, text: canary }
      for (let i = 0; i < depth; i++) value = i % 2 === 0 ? { a: value } : [value]
      return value
    }
    for (const depth of [1, 60, 63, 64, 65, 66, 1_000, 100_000]) {
      const shown = Redact.data(nest(depth), redaction([canary]))
      assert.notInclude(JSON.stringify(shown), canary, String(depth))
    }
    assert.include(JSON.stringify(Redact.data(nest(100), none)), Redact.mask)
  })
  it("a value that holds itself ends", () => {
    const loop: Record<string, unknown> = { password: canary }
    loop["self"] = loop
    absent(Redact.data(loop, none))
  })
  it("`__proto__` and `constructor` are members like any other", () => {
    const body: unknown = JSON.parse(`{"__proto__": {"polluted": true, "password": "${canary}"}, "constructor": {"prototype": {"polluted": true}}, "password": "${canary}"}`)
    const shown = Redact.data(body, none) as Record<string, unknown>
    absent(shown)
    assert.deepStrictEqual(Object.keys(shown), ["__proto__", "constructor", "password"])
    assert.strictEqual(Object.getPrototypeOf(shown), Object.prototype)
    assert.isUndefined((shown as { readonly polluted?: unknown }).polluted)
    assert.isUndefined(({} as { readonly polluted?: unknown }).polluted)
  })
  it("no text under a secret name survives, whatever the JSON", () => {
    const names = FastCheck.constantFrom("password", "Api-Key", "x", "list", "session_key", "client-secret", "__proto__")
    const { tree } = FastCheck.letrec<{ tree: unknown }>((tie) => ({
      tree: FastCheck.oneof({ maxDepth: 5 }, FastCheck.constantFrom<unknown>(1, null, true, "plain"), FastCheck.array(tie("tree"), { maxLength: 3 }), FastCheck.dictionary(names, tie("tree"), { maxKeys: 4 }))
    }))
    // a secret under each secret name that holds a text
    const plant = (value: unknown, secret: boolean): unknown =>
      typeof value === "string" ? secret ? canary : value
      : Array.isArray(value) ? value.map((item) => plant(item, secret))
      : typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plant(member, secret || none.isSecretName(name))]))
      : value
    FastCheck.assert(FastCheck.property(tree, (value) => {
      const planted = plant(value, false)
      const shown = Redact.data(planted, none)
      assert.notInclude(JSON.stringify(shown), canary)
      assert.strictEqual(JSON.stringify(shown).replaceAll(Redact.mask, canary), JSON.stringify(planted))
    }), { numRuns: 500, seed: 3 })
  })
})

describe("fields", () => {
  it("of requests", () => {
    const shown = Redact.headers({ authorization: `Bearer ${canary}`, "x-api-key": canary, accept: "a/b", referer: `https://x/?api_key=${canary}&a=1`, "x-note": canary }, redaction([canary]))
    absent(shown)
    assert.deepStrictEqual(shown, { authorization: Redact.mask, "x-api-key": Redact.mask, accept: "a/b", referer: `https://x/?api_key=${Redact.mask}&a=1`, "x-note": Redact.mask })
  })
  it("of responses, several of one name and URLs included", () => {
    const shown = Redact.responseHeaders(
      { "set-cookie": [`sid=${canary}`], location: `https://x/?access_token=${canary}&a=1`, link: [`<https://x/?token=${canary}>; rel=next`], etag: "x", gone: undefined },
      none
    )
    absent(shown)
    assert.deepStrictEqual(shown, { "set-cookie": Redact.mask, location: `https://x/?access_token=${Redact.mask}&a=1`, link: [`<https://x/?token=${Redact.mask}>; rel=next`], etag: "x", gone: undefined })
  })
})

describe("excerpts", () => {
  it("at most 200 characters, one line, no control characters", () => {
    const shown = Redact.excerpt(`<html>\r\n\t\u001b[31m${"word ".repeat(1_000)}`, none)
    assert.strictEqual(shown.length, 200)
    assert.isTrue(shown.startsWith("<html> [31mword word"))
    assert.notMatch(shown, /\p{Cc}/u)
    assert.strictEqual(Redact.excerpt("  short \n", none), "short")
  })
  for (
    const text of [
      `{"access_token": "${canary}", "x": 1`,
      `{"access_token" : "${canary}\\"tail"`,
      `<p>password=${canary}&x=1</p>`,
      `{"a": {"client_secret":"${canary}`,
      `access_token=${canary}`,
      `"token":"${"x".repeat(3_000)}${canary}"`
    ]
  ) {
    it(`masks in ${text.slice(0, 40)}`, () => absent(Redact.excerpt(text, none)))
  }
  it("a known secret that the limit would cut in two is masked whole", () => {
    for (let shift = 1; shift < canary.length; shift++) {
      const shown = Redact.excerpt(" ".repeat(2_000 - shift) + canary, redaction([canary]))
      assert.isTrue(Redact.mask.startsWith(shown), shown)
    }
  })
  it("ends on a megabyte of hostile text", () => {
    for (const unit of ["\"", "\"a\":\"", "\"a\":\"\\", "a=", "a=&", "\\", " ", "\n", "=", "a", "token=", "\"token\" ", "\"token\": \"\\\""]) {
      const text = unit.repeat(1_000_000 / unit.length)
      assert.isAtMost(Redact.excerpt(text, redaction([canary])).length, 200)
      Redact.data({ [text]: text }, redaction([canary]))
      Redact.headers({ x: text }, redaction([canary]))
      Redact.isSecretName()(text)
    }
  })
})
