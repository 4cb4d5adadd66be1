import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import { parseAuthorization, waitingOf } from "../../src/wire/device.ts"

const whole = { device_code: "d", user_code: "WDJB-MJHT", verification_uri: "https://example.com/device", verification_uri_complete: "https://example.com/device?user_code=WDJB-MJHT", expires_in: 1800, interval: 5 }

describe("RFC 8628 section 3.2", () => {
  it("reads what the device is told", () => {
    assert.deepStrictEqual(parseAuthorization(whole), Result.succeed({
      deviceCode: "d",
      userCode: "WDJB-MJHT",
      verificationUri: "https://example.com/device",
      verificationUriComplete: "https://example.com/device?user_code=WDJB-MJHT",
      lifetime: 1_800_000,
      interval: 5_000
    }))
  })

  it("asks each 5 seconds where nothing is said, and takes the drafts' name of the address", () => {
    const read = parseAuthorization({ device_code: "d", user_code: "u", verification_url: "https://example.com/" })
    assert.deepStrictEqual(read, Result.succeed({ deviceCode: "d", userCode: "u", verificationUri: "https://example.com/", verificationUriComplete: undefined, lifetime: undefined, interval: 5_000 }))
  })

  it("takes no code or address that would harm who sees it, and nothing that is not there", () => {
    for (const wrong of [
      undefined,
      "text",
      { ...whole, device_code: undefined },
      { ...whole, user_code: 12 },
      { ...whole, user_code: "a\nb" },
      { ...whole, user_code: "\u001b[31m" },
      { ...whole, verification_uri: "file:///etc/passwd" },
      { ...whole, verification_uri: "https://user:secret@example.com/" }
    ]) assert.isTrue(Result.isFailure(parseAuthorization(wrong)), JSON.stringify(wrong))
    const addressed = parseAuthorization({ ...whole, verification_uri: "https://example.com/\u001b[2Jx", verification_uri_complete: "javascript:alert(1)" })
    assert.deepStrictEqual(Result.map(addressed, ({ verificationUri, verificationUriComplete }) => [verificationUri, verificationUriComplete]), Result.succeed(["https://example.com/%1B[2Jx", undefined]))
  })
})

describe("RFC 8628 section 3.5", () => {
  it("says what to do after each error of the grant", () => {
    assert.deepStrictEqual(["authorization_pending", "slow_down", "invalid_grant", undefined].map((error) => waitingOf({ error })), ["pending", "slow", undefined, undefined])
    assert.deepStrictEqual(["access_denied", "expired_token"].map((error) => typeof waitingOf({ error })), ["object", "object"])
    assert.strictEqual(waitingOf(null), undefined)
  })
})
