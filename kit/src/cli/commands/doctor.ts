/**
 * `credence doctor`: why a server cannot be called.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

const text = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)
const toggle = (name: string, description: string) => Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false))

const flags = {
  url: Argument.String("url").pipe(
    Argument.withDescription("Where calls go: an http or https address. Default: <PREFIX>_URL, where --prefix is given"),
    Argument.optional
  ),
  prefix: text("prefix", "NAME", "Take URL and proxy from <NAME>_URL and <NAME>_PROXY, of the environment or the profile"),
  profile: text("profile", "name", "Settings of this table of the profiles' file (default: CREDENCE_PROFILE, else default)"),
  profiles: text("profiles", "file", "The profiles' file (default: CREDENCE_PROFILES, else ~/.config/credence/profiles.toml)"),
  proxy: text("proxy", "url", "Go through this proxy, or \"none\", or \"environment\" (default: <PREFIX>_PROXY, else what HTTPS_PROXY and its like say)"),
  caFile: text("ca-file", "file", "Trust the authorities in this PEM file, too"),
  proxyCaFile: text("proxy-ca-file", "file", "The same for TLS with the proxy of --proxy itself"),
  certFile: text("cert-file", "file", "Show this client certificate, in PEM"),
  keyFile: text("key-file", "file", "The key of the client certificate, in PEM"),
  insecure: toggle("insecure", "Look behind a certificate that is not trusted, too; it stays broken"),
  timeout: Flag.Finite("timeout").pipe(Flag.withMetavar("seconds"), Flag.withDescription("Limit of each stage (default: 10)"), Flag.withDefault(10)),
  discovery: Flag.Boolean("discovery").pipe(
    Flag.withDescription("Look for OpenAPI and OpenID documents at well-known places (--no-discovery: do not)"),
    Flag.withDefault(true)
  ),
  json: toggle("json", "Print the diagnosis as one line of JSON")
}

const help = [
  "Tell why a server cannot be called, or how: stage by stage, and the Layers for it as TypeScript.",
  "",
  "  route           which proxy, and why            http            the answer to a GET, HTTP versions",
  "  dns             addresses                       clock           this machine's against the server's",
  "  tcp             is something listening?         authentication  the schemes that are offered",
  "  proxy           does it let us through?         kerberos        the ticket, if Negotiate is offered",
  "  tls             version, chain, trust           discovery       OpenAPI and OpenID documents",
  "",
  "  Only GET requests without credentials are sent, to the server's own origin. A client certificate and a",
  "  proxy's login are used where calls would use them. User names, passwords and keys in addresses are never",
  "  printed.",
  "",
  "  Exit codes, by the first stage that is broken: 0 none; 10 dns; 11 route or proxy; 12 tcp; 13 tls; 14 http;",
  "  15 authentication; 16 clock; 17 kerberos; 2 wrong usage or settings; 130 stopped by Ctrl-C."
].join("\n")

/** The command. */
export const doctorCommand = Command.make("doctor", flags, Effect.fnUntraced(function*(given) {
  // the runtime and its transport are loaded for this command only
  const { run } = yield* Effect.promise(() => import("../../doctor/run.ts"))
  return yield* run({
    url: Option.getOrUndefined(given.url),
    prefix: Option.getOrUndefined(given.prefix),
    profile: Option.getOrUndefined(given.profile),
    profiles: Option.getOrUndefined(given.profiles),
    proxy: Option.getOrUndefined(given.proxy),
    caFile: Option.getOrUndefined(given.caFile),
    proxyCaFile: Option.getOrUndefined(given.proxyCaFile),
    certFile: Option.getOrUndefined(given.certFile),
    keyFile: Option.getOrUndefined(given.keyFile),
    insecure: given.insecure,
    timeout: given.timeout,
    discovery: given.discovery,
    json: given.json
  })
})).pipe(
  Command.withDescription(help),
  Command.withShortDescription("Tell why a server cannot be called, and the Layers for it"),
  Command.withExamples([
    { command: "credence doctor https://api.example.com/v1", description: "From this machine, with the environment's proxy" },
    { command: "credence doctor --prefix ARGUS_API --profile work", description: "The server of a profile" },
    {
      command: "credence doctor https://api.example.com --ca-file company-ca.pem --proxy http://proxy:3128",
      description: "Would it work with this CA, through this proxy?"
    },
    { command: "credence doctor https://api.example.com --json | jq -r .broken", description: "For programs: the first broken stage" }
  ])
)

