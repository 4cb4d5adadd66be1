/**
 * Logins that are proved by what the web server in front of the engine takes: Kerberos in most cases.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ConfigurationInvalid } from "../../errors/SessionError.ts"
import { autoRecipe } from "../../layers/auth/challenge/auto.ts"
import { type Whose, whose } from "../../layers/auth/challenge/whose.ts"
import type { AuthenticationContext, Authenticator } from "../../services/Authentication.ts"
import type { Scheme } from "../../services/Scheme.ts"
import { isScheme } from "../../wire/challenge.ts"

/** What proves a login, and whose it is. */
export interface TicketOptions {
  /** what proves the login, e.g. `[Kerberos.scheme()]` of `credence/node`; the engine's web server may take NTLM, too */
  readonly schemes: ReadonlyArray<Scheme>
  /** whose login it is, where `schemes` do not know: tells logins of several users apart where they share a store */
  readonly user?: string | undefined
}

/** Who answers for a login. */
export interface Ticket extends Whose {
  readonly by: Authenticator
}

/** Negotiate is not waited for: it is what this place is for. */
export const ticket = (
  context: AuthenticationContext,
  method: string,
  { schemes, user }: TicketOptions
): Effect.Effect<Ticket, ConfigurationInvalid, Scope.Scope> => {
  const preemptive = schemes.find(({ name }) => isScheme(name, "Negotiate"))?.name
  return Effect.map(autoRecipe(method, { schemes, preemptive }).make(context), (by) => ({ ...whose(schemes, user), by }))
}
