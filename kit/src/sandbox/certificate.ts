/** A certificate for loopback, made when it is needed, so that no key lies in a repository. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { SandboxFailed } from "./failure.ts"

/** A self-signed certificate: clients that trust `cert` trust the server. */
export interface Certificate {
  readonly key: string
  readonly cert: string
  /** A file with `cert`, for clients that want a path; gone when the scope closes. */
  readonly path: string
}

const failed = (cause: unknown): SandboxFailed => new SandboxFailed({ message: "No certificate could be made: is openssl installed?", cause })

/** Makes a key and a certificate for 127.0.0.1, ::1 and localhost, valid for a week, with the `openssl` program. */
export const makeCertificate: Effect.Effect<Certificate, SandboxFailed, Scope.Scope> = Effect.gen(function*() {
  const folder = yield* Effect.acquireRelease(
    Effect.tryPromise({ try: () => mkdtemp(join(tmpdir(), "credence-sandbox-")), catch: failed }),
    (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
  )
  const keyPath = join(folder, "key.pem")
  const path = join(folder, "cert.pem")
  return yield* Effect.tryPromise({
    try: async () => {
      await promisify(execFile)("openssl", ["req", "-x509", "-nodes", "-days", "7"].concat(
        ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=credence sandbox"],
        ["-addext", "subjectAltName=IP:127.0.0.1,IP:::1,DNS:localhost", "-addext", "keyUsage=critical,digitalSignature,keyCertSign"],
        ["-keyout", keyPath, "-out", path]
      ))
      const [key, cert] = await Promise.all([readFile(keyPath, "utf8"), readFile(path, "utf8")])
      return { key, cert, path }
    },
    catch: failed
  })
})
