/**
 * Credentials for every security scheme that a document has. None of them is real.
 */
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Auth from "../../src/layers/auth/Auth.ts"
import type { Authentication } from "../../src/services/Authentication.ts"
import { type Document, schemes } from "./spec.ts"

/** a scheme that nobody here speaks, as far as a document can see */
const otherScheme = (name: string): Layer.Layer<Authentication> => Auth.apiKey({ header: "authorization", key: Redacted.make(`${name} some-credentials`) })

/** An authentication that could meet any requirement of the document. */
export const credentialsFor = (document: Document): Layer.Layer<Authentication> => {
  const declared: Record<string, Auth.SecurityScheme> = {}
  const given: Record<string, Redacted.Redacted<string> | Auth.UserPassword | Layer.Layer<Authentication> | true> = {}
  const password = { username: "someone", password: Redacted.make("some-password") }
  const token = Redacted.make("some-token")
  for (const [name, scheme] of schemes(document)) {
    switch (scheme["type"]) {
      case "apiKey": {
        const place = scheme["in"]
        if (place !== "header" && place !== "query" && place !== "cookie") break
        declared[name] = { type: "apiKey", in: place, name: String(scheme["name"]) }
        given[name] = token
        break
      }
      case "basic":
        declared[name] = { type: "http", scheme: "basic" }
        given[name] = password
        break
      case "http":
        declared[name] = { type: "http", scheme: String(scheme["scheme"]) }
        given[name] = /^basic$/i.test(String(scheme["scheme"])) ? password : /^bearer$/i.test(String(scheme["scheme"])) ? token : otherScheme(String(scheme["scheme"]))
        break
      case "oauth2":
      case "openIdConnect":
        declared[name] = { type: scheme["type"] }
        given[name] = token
        break
      case "mutualTLS":
        declared[name] = { type: "mutualTLS" }
        given[name] = true
        break
      default:
        break
    }
  }
  // schemes and credentials go together, which only their names say; none of them can fail
  return Auth.schemes(declared)(given as never) as Layer.Layer<Authentication>
}
