/** Servers that take a login and do not prove themselves as they should. On this machine only. */
import { randomBytes } from "node:crypto"
import * as Http from "node:http"
import type { Scenario } from "./scenarios.ts"

type Lie = NonNullable<Scenario["liar"]>

const challenges: Readonly<Record<Lie, string>> = {
  "no proof": "Negotiate",
  "forged proof": "Negotiate",
  "wrong rspauth": `Digest realm="liar", nonce="n1", qop="auth", algorithm=MD5`
}

const proofs: Readonly<Record<Lie, (authorization: string) => Readonly<Record<string, string>>>> = {
  "no proof": () => ({}),
  "forged proof": () => ({ "www-authenticate": `Negotiate ${randomBytes(80).toString("base64")}` }),
  "wrong rspauth": (authorization) => ({
    "authentication-info": `qop=auth, nc=00000001, cnonce="${/cnonce="([^"]*)"/.exec(authorization)?.[1] ?? ""}", rspauth="${"0".repeat(32)}"`
  })
}

export interface Liars {
  readonly url: (lie: Lie) => string
  readonly close: () => void
}

export const liars = async (): Promise<Liars> => {
  const server = Http.createServer((request, response) => {
    const lie = decodeURIComponent(request.url?.slice(1) ?? "") as Lie
    const { authorization } = request.headers
    request.resume()
    if (authorization === undefined) response.writeHead(401, { "www-authenticate": challenges[lie] }).end()
    else response.writeHead(200, { "content-type": "application/json", ...proofs[lie](authorization) }).end(`{"user":"alice"}`)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  return {
    // tickets are for this name, on any port
    url: (lie) => `http://localhost:${port}/${encodeURIComponent(lie)}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    }
  }
}
