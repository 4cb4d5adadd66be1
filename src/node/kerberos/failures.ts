/** What GSSAPI and SSPI say, in words that tell what to do. Both give a sentence only, never a number. */
import { SchemeError } from "../../services/Scheme.ts"

/** What a failure tells about the ticket of the user. */
export type Trouble = "none" | "expired" | "service" | "skew" | "unreachable" | "realm" | "keytab" | "identity" | "other"

const patterns: ReadonlyArray<readonly [pattern: RegExp, trouble: Trouble]> = [
  [/clock skew|time.*skew|clocks on the client and server/i, "skew"],
  [/ticket expired|credentials? (have|has) expired|ticket is expired/i, "expired"],
  [/cannot contact any kdc|no authority could be contacted|domain controller.*(contact|found)/i, "unreachable"],
  [/cannot find kdc|does not specify default realm|cannot determine realm|no default realm/i, "realm"],
  [/server .*not found in kerberos database|target.* unknown|matching credential not found|wrong principal in request/i, "service"],
  [/keytab|key table/i, "keytab"],
  [/client .*not found in kerberos database|credentials have been revoked|password has expired/i, "identity"],
  [/preauthentication failed|decrypt integrity check|logon (attempt )?failed/i, "identity"],
  // said of a principal of a realm that there are no tickets of
  [/a required argument is missing/i, "none"],
  [/can't find client principal|no credentials|no kerberos credentials|credentials cache|cannot find mechanisms|no valid credentials/i, "none"]
]

/** Sorts a message of the library. GSSAPI puts "no credentials were supplied" before many a cause: what follows it decides first. */
export const troubleOf = (message: string): Trouble => patterns.find(([pattern]) => pattern.test(message))?.[1] ?? "other"

/** what a failure says */
export const messageOf = (cause: unknown): string => cause instanceof Error ? cause.message : String(cause)

export interface Situation {
  /** the service principal that was asked for */
  readonly service: string
  readonly principal: string | undefined
  readonly keytab: string | undefined
}

/** the last part of a message: the first one is GSSAPI's general sentence */
const cause = (message: string): string => message.slice(message.lastIndexOf(": ") + 1).replace(/[\x00-\x1f\x7f]/g, " ").trim().slice(0, 200)

/** Why there is no token, and what to do. */
export const explain = (failure: unknown, situation: Situation): SchemeError => {
  const message = messageOf(failure)
  const { keytab, principal, service } = situation
  const who = principal === undefined ? "" : ` of ${principal}`
  const kinit = process.platform === "win32" ? "log in to Windows with a domain account" : `kinit${principal === undefined ? "" : ` ${principal}`}`
  const unavailable = (detail: string, hint: string) => new SchemeError({ reason: "unavailable", detail, hint })
  switch (troubleOf(message)) {
    case "none":
      return keytab === undefined
        ? unavailable(`there is no Kerberos ticket${who}`, `${kinit}; or give a keytab. KRB5CCNAME says where tickets are, klist shows them`)
        : unavailable(`the keytab gives no Kerberos ticket${who}`, `is ${keytab} readable, and is the principal in it? klist -k shows that`)
    case "expired":
      return unavailable(`the Kerberos ticket${who} has expired`, kinit)
    case "service":
      return unavailable(
        `Kerberos knows no service ${service} (${cause(message)})`,
        "use the host name that the service is registered under, or give another as `service`"
      )
    case "skew":
      return unavailable("the clocks of this machine and of the Kerberos server differ too much", "set this machine's clock (5 minutes are allowed)")
    case "unreachable":
      return unavailable(`the Kerberos server cannot be reached (${cause(message)})`, "check the network, and `kdc` of the realm in krb5.conf")
    case "realm":
      return unavailable(`Kerberos does not know where to ask (${cause(message)})`, "name the realm and its `kdc` in krb5.conf, or where it is by KRB5_CONFIG")
    case "keytab":
      return unavailable(`the keytab cannot be used (${cause(message)})`, "is it readable, and is the principal in it? klist -k shows that")
    case "identity":
      return unavailable(
        `the Kerberos server refuses the identity${who} (${cause(message)})`,
        "has the account expired, or its password changed since the keytab was written?"
      )
    case "other":
      return new SchemeError({ reason: "protocol", detail: `Kerberos failed (${cause(message)})` })
  }
}
