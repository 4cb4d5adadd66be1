/**
 * The usual ways to sign in, chosen by what is set.
 */
import type * as Layer from "effect/Layer"
import type { ConfigurationInvalid } from "../../errors/SessionError.ts"
import type { Authentication } from "../../services/Authentication.ts"
import { type ConfiguredMethod, fromMethods } from "../config/choose.ts"
import { clientCredentialsRecipe } from "./clientCredentials.ts"
import { apiKeyRecipe, basicRecipe, bearerRecipe, fixed } from "./fixed.ts"
import { refreshTokenRecipe } from "./refreshToken.ts"

const methods: ReadonlyArray<ConfiguredMethod> = [
  {
    method: "refresh",
    needs: { TOKEN_URL: "text", REFRESH_TOKEN: "secret" },
    takes: { CLIENT_ID: "text", SCOPE: "text" },
    make: (given) =>
      refreshTokenRecipe({
        tokenUrl: given.text("TOKEN_URL"),
        refreshToken: given.secret("REFRESH_TOKEN"),
        clientId: given.optional("CLIENT_ID"),
        scope: given.optional("SCOPE")
      })
  },
  {
    method: "client",
    needs: { TOKEN_URL: "text", CLIENT_ID: "text", CLIENT_SECRET: "secret" },
    takes: { SCOPE: "text" },
    make: (given) =>
      clientCredentialsRecipe({
        tokenUrl: given.text("TOKEN_URL"),
        clientId: given.text("CLIENT_ID"),
        clientSecret: given.secret("CLIENT_SECRET"),
        scope: given.optional("SCOPE")
      })
  },
  { method: "token", needs: { TOKEN: "secret" }, make: (given) => bearerRecipe(given.secret("TOKEN")) },
  {
    method: "basic",
    needs: { USERNAME: "text", PASSWORD: "secret" },
    make: (given) => basicRecipe({ username: given.text("USERNAME"), password: given.secret("PASSWORD") })
  },
  {
    method: "apikey",
    needs: { KEY: "secret" },
    takes: { KEY_HEADER: "text" },
    make: (given) => apiKeyRecipe({ in: "header", name: given.optional("KEY_HEADER") ?? "X-API-Key" }, given.secret("KEY"))
  },
  { method: "anonymous", needs: {}, make: () => fixed("anonymous", {}, []) }
]

/**
 * Picks the way to sign in by what is set, for an API that has no `fromConfig` of its own:
 *
 * | method | variables |
 * | --- | --- |
 * | `refresh` | `<PREFIX>_TOKEN_URL` and `<PREFIX>_REFRESH_TOKEN`; `<PREFIX>_CLIENT_ID`, `<PREFIX>_SCOPE` |
 * | `client` | `<PREFIX>_TOKEN_URL`, `<PREFIX>_CLIENT_ID` and `<PREFIX>_CLIENT_SECRET`; `<PREFIX>_SCOPE` |
 * | `token` | `<PREFIX>_TOKEN`, sent as Bearer |
 * | `basic` | `<PREFIX>_USERNAME` and `<PREFIX>_PASSWORD` |
 * | `apikey` | `<PREFIX>_KEY`; `<PREFIX>_KEY_HEADER` (default `X-API-Key`) |
 * | `anonymous` | only where `<PREFIX>_METHOD` says so |
 *
 * The first one that has all it needs, or the one that `<PREFIX>_METHOD` names. `explain` tells why. Fails with
 * `ConfigurationInvalid`, which lists what was looked for. Secrets may be given by reference, see `Secrets.layer` of
 * `credence/node`.
 *
 * @example
 * ```ts
 * const Live = Billing.layer().pipe(Layer.provide([Auth.fromConfig("BILLING"), Configuration.fromConfig("BILLING"), NodeTransport.layer()]))
 * ```
 */
export const fromConfig = (prefix: string): Layer.Layer<Authentication, ConfigurationInvalid> => fromMethods(prefix, methods)
