/**
 * Who logs in, in the forms that Windows knows.
 *
 * @see https://learn.microsoft.com/windows/win32/secauthn/user-name-formats
 */

/** A user as NTLM names one. */
export interface Account {
  readonly user: string
  /** empty for a user of the server's own, and for the form `user@domain` */
  readonly domain: string
}

/** What `Account` is made of. */
export interface AccountOptions {
  readonly username: string
  readonly domain?: string | undefined
}

/**
 * Takes `DOMAIN\user` apart. `user@domain` stays whole, without a domain: the server takes it apart itself. With a domain
 * given, the user name is taken as it is.
 */
export const accountOf = (options: AccountOptions): Account => {
  if (options.domain !== undefined) return { user: options.username, domain: options.domain }
  const at = options.username.indexOf("\\")
  return at === -1 ? { user: options.username, domain: "" } : { user: options.username.slice(at + 1), domain: options.username.slice(0, at) }
}

/** no name of Windows is that long; the fields of the messages hold no more than 32,767 */
const longest = 1024

/** What is wrong with the names and the password, without showing them; `undefined`: nothing. */
export const accountProblem = (options: AccountOptions & { readonly password: string; readonly workstation?: string | undefined }): string | undefined => {
  const { domain, user } = accountOf(options)
  // an empty user is the anonymous one, whom servers let in as a guest (MS-NLMP section 3.2.5.1.2)
  if (user === "") return "expected a user name"
  if (options.domain !== undefined && options.username.includes("\\")) return "expected the domain in the user name or beside it, not both"
  for (const [what, name] of [["user name", user], ["domain", domain], ["workstation", options.workstation ?? ""]] as const) {
    if (/\p{Cc}/u.test(name)) return `expected a ${what} without control characters`
    if (!name.isWellFormed()) return `expected a ${what} without lone surrogates`
    if (name.length > longest) return `expected a ${what} of at most ${longest} characters`
  }
  return options.password.isWellFormed() ? undefined : "expected a password without lone surrogates"
}
