/**
 * A name is asked for as it stands in the URL. MIT Kerberos resolves it by DNS first (`dns_canonicalize_hostname`, `rdns`),
 * unless its configuration says otherwise, and whoever answers for DNS then chooses the service. Nothing but configuration
 * switches that off, and of several files the first one to name a setting wins.
 *
 * @see https://web.mit.edu/kerberos/krb5-latest/doc/admin/princ_dns.html
 */
import { existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"

const settings = `[libdefaults]
  dns_canonicalize_hostname = false
  rdns = false
  qualify_shortname = ""
`

/**
 * A file that only this process can see: it is open, and has no name any more. So nothing is left when the process is killed.
 */
const nameless = (): string => {
  const folder = mkdtempSync(path.join(tmpdir(), "credence-krb5-"))
  try {
    const file = path.join(folder, "krb5.conf")
    writeFileSync(file, settings, { mode: 0o600 })
    const open = `/proc/self/fd/${openSync(file, "r")}`
    // a file that cannot be read is passed over without a word, and DNS would choose the service after all
    if (!existsSync(open)) throw new Error("/proc is not mounted")
    return open
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

let ours: string | undefined

/** KRB5_CONFIG with a file before the usual ones that leaves names as they are. Linux only. Throws where no temporary file can be written. */
export const literalNames = (given: string | undefined): string => {
  ours ??= nameless()
  return given?.startsWith(`${ours}:`) === true ? given : `${ours}:${given ?? "/etc/krb5.conf:/usr/local/etc/krb5.conf"}`
}
