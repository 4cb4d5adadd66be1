/**
 * What is asked of each client, as data: where it goes, as whom, and what has to come of it. `${NAME}` stands for what
 * `env.json` of the servers says.
 */

/** Where a refusal comes from. A client tells it by its error's type or its exit code, not by a text. */
export type Refusal = "login" | "capability" | "tls" | "proxy" | "connection" | "timeout" | "other"

export interface User {
  readonly name: string
  readonly password: string
}

/** `any`: whatever the server asks for, strongest first. `ntlm in negotiate`: NTLM where only `Negotiate` may be spoken. */
export type Way = "basic" | "digest" | "kerberos" | "ntlm" | "ntlm in negotiate" | "any"

export interface Login {
  readonly way: Way
  /** none: Kerberos, by the tickets of whoever runs the client */
  readonly user?: User
  /** must the server prove itself? Not every one can. Default `required` of servers, `optional` of proxies */
  readonly proof?: "required" | "optional"
  /** for `ntlm in negotiate`: the messages as they are, not wrapped in SPNEGO. Where a client can choose. Default `true` */
  readonly spnego?: false
}

export interface Certificate {
  readonly certificate: string
  readonly key: string
  readonly passphrase?: string
}

export interface Proxy {
  readonly url: string
  readonly login?: Login
  readonly ca?: string
}

export interface Want {
  /** default 200, where no refusal is wanted */
  readonly status?: number
  /** members of the JSON answer */
  readonly answer?: Readonly<Record<string, string | number>>
  /** the answer has such a field, e.g. `set-cookie` */
  readonly field?: string
  /** exchanges that the server may have seen for all calls, at most */
  readonly exchanges?: number
  /** the call is refused, and any of these tells why */
  readonly refused?: ReadonlyArray<Refusal>
}

export interface Scenario {
  readonly name: string
  readonly url: string
  readonly method?: "GET" | "POST"
  readonly body?: string
  /** calls of one session, one after another. Default 1 */
  readonly calls?: number
  /** seconds between them */
  readonly pause?: number
  readonly cookies?: true
  readonly login?: Login
  /** which Kerberos tickets there are. Default `cache` */
  readonly tickets?: "cache" | "keytab" | "none" | "expired"
  /** the authority to trust. Default that of the servers; `system`: none but the platform's */
  readonly ca?: string
  readonly crl?: string
  readonly certificate?: Certificate
  readonly pkcs12?: { readonly file: string; readonly passphrase: string }
  readonly maxTls?: "1.2"
  /** for who speaks it only when asked to */
  readonly http2?: true
  readonly proxy?: Proxy
  /** the URL is that of a TCP proxy with this fault in front of Apache; `url` is the path */
  readonly fault?: Readonly<Record<string, string | number>>
  /** seconds that the call may take. Default 10 */
  readonly timeout?: number
  readonly retries?: number
  /** the URL is that of a server that lies in this way */
  readonly liar?: "no proof" | "forged proof" | "wrong rspauth"
  readonly want: Want
  /** environment that curl needs where its options do not suffice */
  readonly curl?: Readonly<Record<string, string>>
  /** ours does not do this, and why */
  readonly ours?: string
}

export interface Group {
  readonly name: string
  readonly rows: ReadonlyArray<Scenario>
}

const alice: User = { name: "${TB_USER}", password: "${TB_PASSWORD}" }
const zoe: User = { name: "${TB_USER_UTF8}", password: "${TB_PASSWORD_UTF8}" }
const wrong: User = { name: "${TB_USER}", password: "wrong" }
const domain: User = { name: "${TB_NTLM_DOMAIN}\\${TB_USER}", password: "${TB_PASSWORD}" }
const domainWrong: User = { name: "${TB_NTLM_DOMAIN}\\${TB_USER}", password: "wrong" }

const kerberos: Login = { way: "kerberos" }
const basic = (user: User): Login => ({ way: "basic", user })
const digest = (user: User): Login => ({ way: "digest", user })
const ntlm = (user: User): Login => ({ way: "ntlm", user })
const inside = (user: User): Login => ({ way: "ntlm in negotiate", user })
const any = (user: User): Login => ({ way: "any", user })
// Samba's wrapper takes what is wrapped in SPNEGO for Kerberos
const unwrapped = (user: User): Login => ({ ...inside(user), spnego: false })
const unproved = (login: Login): Login => ({ ...login, proof: "optional" })

const principal = { user: "alice@TESTBED.TEST" }
const account = { user: "TESTDOM\\alice" }
const refused: Want = { refused: ["login"] }
const untrusted: Want = { refused: ["tls"] }
const client: Certificate = { certificate: "${TB_CLIENT_CERT}", key: "${TB_CLIENT_KEY}" }
// curl does NTLM inside Negotiate by the GSSAPI module gss-ntlmssp, which reads its user from a file
const module = { NTLM_USER_FILE: "${TB_NTLM_CLIENT_FILE}" }
const moduleWrong = { NTLM_USER_FILE: "${TB_NTLM_CLIENT_BAD_FILE}" }

const proxied = (name: string, url: string, login: Login, bad: Login | undefined): ReadonlyArray<Scenario> => [
  { name: `${name}: http`, url: "${TB_PUBLIC_URL}", proxy: { url, login }, want: {} },
  { name: `${name}: https, through CONNECT`, url: "${TB_TLS_URL}", proxy: { url, login }, want: { answer: { protocol: "TLSv1.3" } } },
  ...(bad === undefined ? [] : [
    { name: `${name}: wrong password, http`, url: "${TB_PUBLIC_URL}", proxy: { url, login: bad }, want: { refused: ["proxy"] } },
    { name: `${name}: wrong password, CONNECT`, url: "${TB_TLS_URL}", proxy: { url, login: bad }, want: { refused: ["proxy"] } }
  ] as const)
]

export const groups: ReadonlyArray<Group> = [
  {
    name: "Kerberos",
    rows: [
      { name: "no ticket is asked for, none is given", url: "${TB_KRB_URL}", want: refused },
      { name: "ticket of the environment's cache", url: "${TB_KRB_URL}", login: kerberos, want: { answer: principal } },
      { name: "ticket by a keytab", url: "${TB_KRB_URL}", login: kerberos, tickets: "keytab", want: { answer: principal } },
      { name: "over TLS", url: "${TB_WEBS}/krb", login: kerberos, want: { answer: principal } },
      { name: "POST: the body arrives", url: "${TB_KRB_URL}", method: "POST", body: "hello", login: kerberos, want: { answer: { ...principal, bodyBytes: 5 } } },
      { name: "the server's own proof comes along", url: "${TB_KRB_URL}", login: kerberos, want: { answer: principal, field: "www-authenticate" } },
      { name: "a server that gives no proof", url: "/", liar: "no proof", login: kerberos, want: refused },
      { name: "a server whose proof is forged", url: "/", liar: "forged proof", login: kerberos, want: refused },
      { name: "service unknown to the realm (by address)", url: "http://127.0.0.1:${WEB_PORT}/krb", login: kerberos, want: { refused: ["login", "capability"] } },
      { name: "no ticket", url: "${TB_KRB_URL}", login: kerberos, tickets: "none", want: { refused: ["login", "capability"] } },
      { name: "ticket expired", url: "${TB_KRB_URL}", login: kerberos, tickets: "expired", want: { refused: ["login", "capability"] } },
      { name: "login kept by a cookie", url: "${TB_KRB_SESSION_URL}", login: kerberos, calls: 2, cookies: true, want: { answer: principal } }
    ]
  },
  {
    name: "NTLM",
    rows: [
      { name: "Samba", url: "${TB_NTLM_ONLY_URL}", login: ntlm(domain), want: { answer: account } },
      { name: "Samba, POST: the body arrives", url: "${TB_NTLM_ONLY_URL}", method: "POST", body: "hello", login: ntlm(domain), want: { answer: { ...account, bodyBytes: 5 } } },
      { name: "Samba, wrong password", url: "${TB_NTLM_ONLY_URL}", login: ntlm(domainWrong), want: refused },
      { name: "Samba, two calls: one login for the connection", url: "${TB_NTLM_ONLY_URL}", login: ntlm(domain), calls: 2, want: { answer: account, exchanges: 4 } },
      { name: "gss-ntlmssp (NTLMv2 only)", url: "${TB_NTLM_URL}", login: ntlm(domain), want: { answer: { ...account, scheme: "NTLM" } } },
      { name: "gss-ntlmssp, wrong password", url: "${TB_NTLM_URL}", login: ntlm(domainWrong), want: refused },
      { name: "gss-ntlmssp, Persistent-Auth", url: "${TB_NTLM_PERSISTENT_URL}", login: ntlm(domain), calls: 2, want: { answer: account } },
      { name: "inside Negotiate (gss-ntlmssp)", url: "${TB_NTLM_URL}", login: inside(domain), tickets: "none", curl: module, want: { answer: { ...account, scheme: "Negotiate" } } },
      { name: "inside Negotiate (gss-ntlmssp), wrong password", url: "${TB_NTLM_URL}", login: inside(domainWrong), tickets: "none", curl: moduleWrong, want: refused },
      { name: "inside Negotiate (Samba)", url: "${TB_MULTI_SAMBA_URL}", login: unwrapped(domain), tickets: "none", curl: module, want: { answer: { scheme: "Negotiate" } } },
      { name: "inside Negotiate (Samba), wrong password", url: "${TB_MULTI_SAMBA_URL}", login: unwrapped(domainWrong), tickets: "none", curl: moduleWrong, want: refused }
    ]
  },
  {
    name: "Basic and Digest",
    rows: [
      { name: "Basic", url: "${TB_BASIC_URL}", login: basic(alice), want: { answer: { user: "alice" } } },
      { name: "Basic, password outside ASCII", url: "${TB_BASIC_URL}", login: basic(zoe), want: { answer: { user: "zoe" } } },
      { name: "Basic, wrong password", url: "${TB_BASIC_URL}", login: basic(wrong), want: refused },
      { name: "Digest MD5", url: "${TB_DIGEST_URL}", login: digest(alice), want: { answer: { user: "alice" }, field: "authentication-info" } },
      { name: "Digest MD5, POST: the body arrives", url: "${TB_DIGEST_URL}", method: "POST", body: "hello", login: digest(alice), want: { answer: { user: "alice", bodyBytes: 5 } } },
      { name: "Digest MD5, wrong password", url: "${TB_DIGEST_URL}", login: digest(wrong), want: refused },
      { name: "Digest MD5, the nonce goes stale", url: "${TB_DIGEST_BRIEF_URL}", login: digest(alice), calls: 2, pause: 3, want: { answer: { user: "alice" } } },
      { name: "Digest: a server whose proof is wrong", url: "/", liar: "wrong rspauth", login: digest(alice), want: refused },
      { name: "Digest SHA-256", url: "${TB_DIGEST_SHA256_URL}", login: digest(alice), want: {} },
      { name: "Digest SHA-256, password outside ASCII", url: "${TB_DIGEST_SHA256_URL}", login: digest(zoe), want: {} },
      { name: "Digest SHA-256, wrong password", url: "${TB_DIGEST_SHA256_URL}", login: digest(wrong), want: refused },
      { name: "Digest: SHA-256 and MD5 offered", url: "${TB_DIGEST_BOTH_URL}", login: digest(alice), want: {} },
      { name: "Digest with userhash", url: "${TB_DIGEST_USERHASH_URL}", login: digest(alice), want: {} }
    ]
  },
  {
    name: "Several challenges at once",
    rows: [
      // Squid, which is in front of Samba, proves nothing
      ...([["Apache", "${TB_MULTI_URL}", (login) => login], ["Samba", "${TB_MULTI_SAMBA_URL}", unproved]] as const satisfies ReadonlyArray<readonly [string, string, (login: Login) => Login]>).flatMap(([name, url, given]): ReadonlyArray<Scenario> => [
        { name: `${name}: Kerberos`, url, login: given(kerberos), want: { answer: principal } },
        { name: `${name}: Basic`, url, login: basic(alice), want: {} },
        { name: `${name}: Basic, wrong password`, url, login: basic(wrong), want: refused },
        { name: `${name}: the strongest, with a ticket`, url, login: given(any(domain)), want: { answer: principal } },
        { name: `${name}: NTLM`, url, login: ntlm(domain), want: { answer: { ...account, scheme: "NTLM" } } },
        { name: `${name}: the strongest, without a ticket`, url, login: any(domain), tickets: "none", want: { answer: account } },
        { name: `${name}: the strongest, without a ticket, wrong password`, url, login: any(domainWrong), tickets: "none", want: refused }
      ]),
      { name: "Apache: NTLM inside Negotiate", url: "${TB_MULTI_URL}", login: inside(domain), tickets: "none", curl: module, want: { answer: { ...account, scheme: "Negotiate" } } }
    ]
  },
  {
    name: "TLS",
    rows: [
      { name: "private authority", url: "${TB_TLS_URL}", want: { answer: { protocol: "TLSv1.3" } } },
      { name: "private authority, not given", url: "${TB_TLS_URL}", ca: "system", want: untrusted },
      { name: "expired", url: "${TB_TLS_EXPIRED_URL}", want: untrusted },
      { name: "wrong host", url: "${TB_TLS_WRONGHOST_URL}", want: untrusted },
      { name: "self-signed", url: "${TB_TLS_SELFSIGNED_URL}", want: untrusted },
      { name: "self-signed, trusted as its own authority", url: "${TB_TLS_SELFSIGNED_URL}", ca: "${TB_SELFSIGNED_CERT}", want: {} },
      { name: "another authority", url: "${TB_TLS_OTHERCA_URL}", want: untrusted },
      { name: "intermediate not sent", url: "${TB_TLS_NOCHAIN_URL}", want: untrusted },
      { name: "revoked, with the list", url: "${TB_TLS_REVOKED_URL}", crl: "${TB_CRL}", want: untrusted },
      { name: "revoked, without the list", url: "${TB_TLS_REVOKED_URL}", want: {} },
      { name: "TLS 1.1 only", url: "${TB_TLS_11_URL}", want: untrusted },
      { name: "HTTP/2", url: "${TB_TLS_H2_URL}", http2: true, want: { answer: { http: "HTTP/2.0" } } },
      { name: "client certificate", url: "${TB_MTLS_URL}", certificate: client, want: { answer: { subject: "${TB_CLIENT_SUBJECT}" } } },
      { name: "client certificate missing (nginx answers 400)", url: "${TB_MTLS_URL}", want: { status: 400 } },
      {
        name: "client certificate of another authority (nginx answers 400)",
        url: "${TB_MTLS_URL}",
        certificate: { certificate: "${TB_ROGUE_CERT}", key: "${TB_ROGUE_KEY}" },
        want: { status: 400 }
      },
      { name: "client certificate optional, none given", url: "${TB_MTLS_OPTIONAL_URL}", want: { answer: { verify: "NONE" } } },
      {
        name: "encrypted key, PKCS#8",
        url: "${TB_MTLS_URL}",
        certificate: { ...client, key: "${TB_CLIENT_KEY_ENCRYPTED}", passphrase: "${TB_CLIENT_KEY_PASSPHRASE}" },
        want: {}
      },
      {
        name: "encrypted key, PKCS#1",
        url: "${TB_MTLS_URL}",
        certificate: { ...client, key: "${TB_CLIENT_KEY_ENCRYPTED_PKCS1}", passphrase: "${TB_CLIENT_KEY_PASSPHRASE}" },
        want: {}
      },
      { name: "encrypted key, wrong passphrase", url: "${TB_MTLS_URL}", certificate: { ...client, key: "${TB_CLIENT_KEY_ENCRYPTED}", passphrase: "wrong" }, want: untrusted },
      { name: "PKCS#12", url: "${TB_MTLS_URL}", pkcs12: { file: "${TB_CLIENT_P12}", passphrase: "${TB_CLIENT_P12_PASSPHRASE}" }, want: {} },
      { name: "PKCS#12, wrong passphrase", url: "${TB_MTLS_URL}", pkcs12: { file: "${TB_CLIENT_P12}", passphrase: "wrong" }, want: untrusted },
      { name: "client certificate required by TLS alert, missing", url: "${TB_ALERT_MTLS_URL}", want: untrusted },
      { name: "client certificate required by TLS alert", url: "${TB_ALERT_MTLS_URL}", certificate: client, want: { answer: { subject: "${TB_CLIENT_SUBJECT}" } } },
      { name: "client certificate asked for late, TLS 1.2", url: "${TB_LATE_MTLS_URL}", certificate: client, maxTls: "1.2", want: { answer: { subject: "${TB_CLIENT_SUBJECT}" } } },
      { name: "client certificate asked for late, TLS 1.3", url: "${TB_LATE_MTLS_URL}", certificate: client, want: { answer: { subject: "${TB_CLIENT_SUBJECT}" } }, ours: "Node's TLS has no post-handshake authentication" }
    ]
  },
  {
    name: "Proxies",
    rows: [
      { name: "open: http", url: "${TB_PUBLIC_URL}", proxy: { url: "${TB_PROXY}" }, want: { field: "via" } },
      { name: "open: https, through CONNECT", url: "${TB_TLS_URL}", proxy: { url: "${TB_PROXY}" }, want: {} },
      { name: "a name that only the proxy resolves", url: "https://${TB_PROXY_ONLY_NAME}:${TLS_PORT}/", proxy: { url: "${TB_PROXY}" }, want: {} },
      { name: "what the proxy forbids: http", url: "http://192.0.2.1/", proxy: { url: "${TB_PROXY}" }, want: { status: 403 } },
      { name: "what the proxy forbids: CONNECT", url: "https://192.0.2.1/", proxy: { url: "${TB_PROXY}" }, want: { refused: ["proxy"] } },
      { name: "login not given: http", url: "${TB_PUBLIC_URL}", proxy: { url: "${TB_PROXY_BASIC}" }, want: { refused: ["proxy"] } },
      { name: "login not given: CONNECT", url: "${TB_TLS_URL}", proxy: { url: "${TB_PROXY_BASIC}" }, want: { refused: ["proxy"] } },
      ...proxied("Basic", "${TB_PROXY_BASIC}", basic(alice), basic(wrong)),
      {
        name: "proxy and server each with its own Basic",
        url: "${TB_BASIC_URL}",
        login: basic(zoe),
        proxy: { url: "${TB_PROXY_BASIC}", login: basic(alice) },
        want: { answer: { user: "zoe" } }
      },
      ...proxied("Digest", "${TB_PROXY_DIGEST}", digest(alice), digest(wrong)),
      ...proxied("Kerberos", "${TB_PROXY_NEGOTIATE}", kerberos, undefined),
      ...proxied("NTLM", "${TB_PROXY_NTLM}", ntlm(domain), ntlm(domainWrong)),
      ...proxied("Kerberos, of several offered", "${TB_PROXY_MULTI}", kerberos, undefined),
      { name: "TLS with the proxy: http", url: "${TB_PUBLIC_URL}", proxy: { url: "${TB_PROXY_TLS}", ca: "${TB_CA}" }, want: {} },
      { name: "TLS with the proxy: https (TLS in TLS)", url: "${TB_TLS_URL}", proxy: { url: "${TB_PROXY_TLS}", ca: "${TB_CA}" }, want: {} },
      { name: "TLS with the proxy: authority not given, http", url: "${TB_PUBLIC_URL}", ca: "system", proxy: { url: "${TB_PROXY_TLS}" }, want: { refused: ["tls", "proxy"] } },
      { name: "TLS with the proxy: authority not given, https", url: "${TB_TLS_URL}", ca: "system", proxy: { url: "${TB_PROXY_TLS}" }, want: { refused: ["tls", "proxy"] } },
      { name: "SOCKS5", url: "${TB_TLS_URL}", proxy: { url: "${TB_SOCKS}" }, want: {} },
      { name: "SOCKS5 with password", url: "${TB_TLS_URL}", proxy: { url: "${TB_SOCKS_AUTH}", login: basic(alice) }, want: {} },
      { name: "SOCKS5, wrong password", url: "${TB_PUBLIC_URL}", proxy: { url: "${TB_SOCKS_AUTH}", login: basic(wrong) }, want: { refused: ["proxy"] } }
    ]
  },
  {
    name: "Faults",
    rows: [
      { name: "none", url: "/public", fault: { mode: "pass" }, want: {} },
      { name: "reset when connected", url: "/public", fault: { mode: "refuse" }, want: { refused: ["connection"] } },
      { name: "reset in the middle of the head", url: "/public", fault: { mode: "reset", bytes: 40 }, want: { refused: ["connection"] } },
      { name: "closed in the middle of the head", url: "/public", fault: { mode: "close", bytes: 100 }, want: { refused: ["connection"] } },
      { name: "closed in the middle of the body", url: "/public", fault: { mode: "close", bytes: 300 }, want: { refused: ["connection"] } },
      { name: "no answer ever", url: "/public", fault: { mode: "blackhole" }, timeout: 1, want: { refused: ["timeout"] } },
      { name: "not HTTP", url: "/public", fault: { mode: "garbage" }, want: { refused: ["connection"] } },
      { name: "slow", url: "/public", fault: { mode: "pass", delay: 500 }, want: {} },
      { name: "fails twice, then works", url: "/public", fault: { mode: "refuse", times: 2 }, retries: 3, want: {} }
    ]
  }
]
