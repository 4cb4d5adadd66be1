/** How to log in by Kerberos. Everything has a default: the tickets of the environment. */
export interface Options {
  /** which identity, e.g. `alice@EXAMPLE.COM`, of a collection of tickets or of a keytab. Default: the primary one */
  readonly principal?: string | undefined
  /**
   * keytab to get tickets with; they are kept in memory only, unless `credentialCache` says where. Not on Windows. It is handed
   * over by KRB5_CLIENT_KTNAME, a variable of the process: it is set for each call of the library and put back after it
   */
  readonly keytab?: string | undefined
  /**
   * where tickets are, e.g. `FILE:/tmp/krb5cc_1000` or `DIR:/run/user/1000/krb5cc`. Default: KRB5CCNAME, else what krb5.conf
   * says. Not on Windows. It is handed over by KRB5CCNAME as `keytab` is
   */
  readonly credentialCache?: string | undefined
  /** the service to get a ticket for. Default: `HTTP@` and the host as it stands in the URL */
  readonly service?: string | undefined
  /**
   * ask DNS for the host's canonical name and get a ticket for that, where krb5.conf says so? Default `false`: the name of the
   * URL, on Linux; on other systems their configuration decides, and on Windows names are never changed
   */
  readonly canonicalize?: boolean | undefined
  /**
   * must the server prove itself? A proof that comes is checked in any case. Default: `required` of origins, `optional` of
   * proxies, which have no way to send one with CONNECT
   */
  readonly mutual?: "required" | "optional" | undefined
  /** hand the server a ticket to act in one's name with? Only for servers that are trusted like oneself. Default `false` */
  readonly delegate?: boolean | undefined
  /**
   * what a login holds for. Default `auto`: the server's `Persistent-Auth` decides; where it says nothing, the next safe
   * request on the connection goes without a token once, and what comes of it is remembered for the server
   */
  readonly reuse?: "auto" | "connection" | "request" | undefined
  /** how the library is loaded. Default `() => import("kerberos")`, as seen from this package */
  readonly load?: (() => Promise<unknown>) | undefined
}
