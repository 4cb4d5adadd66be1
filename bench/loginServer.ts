/**
 * An Apache of the benchmarks' own, with a small static file behind each login. The test servers answer by CGI, which costs more
 * than any client. Keys and users are theirs.
 */
import { createHash } from "node:crypto"
import { spawn } from "node:child_process"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import * as net from "node:net"
import * as path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"

/** What `env.json` of the test servers says. */
export type Servers = Readonly<Record<string, string>>

export const needed = (servers: Servers, name: string): string => {
  const value = servers[name]
  if (value === undefined) throw new Error(`env.json of the test servers has no ${name}`)
  return value
}

/** What the server saw of one client. */
export interface Seen {
  readonly exchanges: number
  readonly answered: number
  readonly connections: number
  readonly resumed: number
}

export interface LoginServer {
  /** over http, connections stay */
  readonly plain: string
  /** over http, each connection ends after three exchanges */
  readonly brief: string
  /** over https, connections stay */
  readonly secure: string
  /** over https, a connection for each exchange; sessions of TLS may be resumed */
  readonly closing: string
  /** the same, and no session can be resumed */
  readonly full: string
  readonly seen: (agent: string) => Seen
  readonly stop: () => Promise<void>
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = net.createServer().listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

/** Does somebody listen there, on this machine? */
export const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1", () => resolve(socket.destroy() !== undefined))
    socket.on("error", () => resolve(false))
  })

const modules = ["mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_digest", "auth_gssapi", "alias", "env", "ssl", "socache_shmcb"]

const places = `
  Alias /digest "@/who.json"
  Alias /krb-bound "@/who.json"
  Alias /krb "@/who.json"
  Alias /ntlm "@/who.json"
  Alias /open "@/who.json"
  <LocationMatch "^/digest">
    AuthType Digest
    AuthName bench
    AuthDigestProvider file
    AuthUserFile "@/htdigest"
    Require valid-user
  </LocationMatch>
  <LocationMatch "^/krb$">
    AuthType GSSAPI
    AuthName bench
    GssapiAllowedMech krb5
    Require valid-user
  </LocationMatch>
  <LocationMatch "^/krb-bound$">
    AuthType GSSAPI
    AuthName bench
    GssapiAllowedMech krb5
    GssapiConnectionBound On
    Require valid-user
  </LocationMatch>
  <LocationMatch "^/ntlm$">
    AuthType GSSAPI
    AuthName bench
    GssapiPublishMech On
    GssapiAllowedMech ntlmssp
    GssapiConnectionBound On
    Require valid-user
  </LocationMatch>`

/** Starts it in a folder that everybody may enter. */
export const loginServer = async (servers: Servers, folder: string): Promise<LoginServer> => {
  const [plain = 0, brief = 0, secure = 0, closing = 0, full = 0] = await Promise.all(Array.from({ length: 5 }, freePort))
  const tls = path.join(needed(servers, "TB_HOME"), "tls")
  const user = needed(servers, "TB_USER")
  const ha1 = createHash("md5").update(`${user}:bench:${needed(servers, "TB_PASSWORD")}`).digest("hex")
  const own = places.replaceAll("@", folder)
  const host = (port: number, ...lines: ReadonlyArray<string>): string => `
Listen 127.0.0.1:${port}
<VirtualHost 127.0.0.1:${port}>
  ${lines.join("\n  ")}${own}
</VirtualHost>`
  const encrypted = ["SSLEngine On", `SSLCertificateFile "${tls}/server.crt"`, `SSLCertificateKeyFile "${tls}/server.key"`]
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(folder, "who.json"), `{"user":"${user}","roles":["user","admin"],"active":true}\n`)
  writeFileSync(path.join(folder, "htdigest"), `${user}:bench:${ha1}\n`)
  const log = path.join(folder, "access.log")
  writeFileSync(
    path.join(folder, "apache.conf"),
    `${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join("\n")}
ServerName localhost
ServerRoot "${folder}"
DefaultRuntimeDir "${folder}"
Mutex file:${folder} default
PidFile "${folder}/apache.pid"
${process.getuid?.() === 0 ? "User www-data\nGroup www-data" : ""}
# one process: what Digest remembers of its nonces is there
StartServers 1
ServerLimit 1
ThreadsPerChild 64
MaxRequestWorkers 64
MaxKeepAliveRequests 0
KeepAliveTimeout 60
SSLSessionCache none
ErrorLog "${folder}/error.log"
LogLevel crit
LogFormat "%{User-Agent}i %k %>s %{SSL_SESSION_RESUMED}x" seen
CustomLog "${log}" seen
<Directory />
  Require all granted
</Directory>
${host(plain)}
${host(brief, "MaxKeepAliveRequests 3")}
${host(secure, ...encrypted)}
${host(closing, ...encrypted, "KeepAlive Off")}
${host(full, ...encrypted, "KeepAlive Off", "SSLSessionTickets Off")}
`
  )
  const child = spawn("/usr/sbin/apache2", ["-f", path.join(folder, "apache.conf"), "-DFOREGROUND"], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...process.env,
      KRB5_CONFIG: needed(servers, "KRB5_CONFIG"),
      KRB5_KTNAME: `FILE:${needed(servers, "TB_KRB_HTTP_KEYTAB")}`,
      // a replay cache waits for the disk at each ticket, whoever sent it
      KRB5RCACHENAME: "none:",
      NTLM_USER_FILE: needed(servers, "TB_NTLM_CLIENT_FILE"),
      LM_COMPAT_LEVEL: "5",
      NETBIOS_COMPUTER_NAME: "BENCH",
      NETBIOS_DOMAIN_NAME: needed(servers, "TB_NTLM_DOMAIN")
    }
  })
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()))
  for (let tries = 0; !(await listens(plain)); tries++) {
    if (tries > 100 || child.exitCode !== null) throw new Error(`the benchmarks' Apache does not start: see ${folder}/error.log`)
    await sleep(50)
  }
  return {
    plain: `http://localhost:${plain}`,
    brief: `http://localhost:${brief}`,
    secure: `https://localhost:${secure}`,
    closing: `https://localhost:${closing}`,
    full: `https://localhost:${full}`,
    seen: (agent) => {
      const lines = readFileSync(log, "utf8").split("\n").map((line) => line.split(" ")).filter(([name]) => name === agent)
      const firsts = lines.filter(([, position]) => position === "0")
      return {
        exchanges: lines.length,
        answered: lines.filter(([, , status]) => status === "200").length,
        connections: firsts.length,
        resumed: firsts.filter(([, , , resumed]) => resumed === "Resumed").length
      }
    },
    stop: () => {
      child.kill()
      return ended
    }
  }
}
