import { expect, it } from "@effect/vitest"
import { emptyPayload, encode, sign } from "../../src/wire/sigv4.ts"

// the worked examples of the vendor's documentation, see @see of the source
const key = { accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", region: "us-east-1", service: "s3" }
const at = Date.UTC(2013, 4, 24)

it("signs a GET of a range as the documentation does", () => {
  const fields = sign({ method: "GET", url: new URL("https://examplebucket.s3.amazonaws.com/test.txt"), headers: { range: "bytes=0-9" }, payload: emptyPayload }, key, at)
  expect(fields["authorization"]).toBe(
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
  )
})

it("signs a PUT with a body, and queries with and without values", () => {
  const put = sign(
    {
      method: "PUT",
      url: new URL("https://examplebucket.s3.amazonaws.com/test%24file.text"),
      headers: { date: "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY" },
      payload: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
    },
    key,
    at
  )
  expect(put["authorization"]).toContain("Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
  const lifecycle = sign({ method: "GET", url: new URL("https://examplebucket.s3.amazonaws.com/?lifecycle"), headers: {}, payload: emptyPayload }, key, at)
  expect(lifecycle["authorization"]).toContain("Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
  const list = sign({ method: "GET", url: new URL("https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J"), headers: {}, payload: emptyPayload }, key, at)
  expect(list["authorization"]).toContain("Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
})

it("sends the token of temporary credentials, signed", () => {
  const fields = sign({ method: "GET", url: new URL("https://b.example.com/x"), headers: {}, payload: emptyPayload }, { ...key, sessionToken: "t" }, at)
  expect(fields["x-amz-security-token"]).toBe("t")
  expect(fields["authorization"]).toContain("x-amz-date;x-amz-security-token")
})

it("encodes everything but unreserved characters", () => {
  expect(encode("a b/c+(d)*'é~-._!")).toBe("a%20b%2Fc%2B%28d%29%2A%27%C3%A9~-._%21")
})
