/** curl with the options that a person would use for a row. */
import { spawn } from "node:child_process"
import { readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import type { Outcome, Row } from "./outcome.ts"
import type { Login, Refusal } from "./scenarios.ts"

const userOf = ({ user, way }: Login): string => user === undefined || way === "ntlm in negotiate" ? ":" : `${user.name}:${user.password}`

const originLogin = (login: Login): ReadonlyArray<string> => {
  const user = ["-u", userOf(login)]
  switch (login.way) {
    case "any": return ["--anyauth", ...user]
    case "basic": return ["--basic", ...user]
    case "digest": return ["--digest", ...user]
    case "ntlm": return ["--ntlm", ...user]
    case "kerberos": return ["--negotiate", ...user]
    case "ntlm in negotiate": return ["--negotiate", ...user]
  }
}

const proxyLogin = (login: Login): ReadonlyArray<string> => {
  const user = ["-U", userOf(login)]
  switch (login.way) {
    case "any": return ["--proxy-anyauth", ...user]
    case "basic": return user
    case "digest": return ["--proxy-digest", ...user]
    case "ntlm": return ["--proxy-ntlm", ...user]
    case "kerberos": return ["--proxy-negotiate", ...user]
    case "ntlm in negotiate": return ["--proxy-negotiate", ...user]
  }
}

/** Its options for a row. `folder`: where the answer goes. */
export const options = (row: Row, folder: string): ReadonlyArray<string> => {
  const calls = row.calls ?? 1
  const { certificate, pkcs12, proxy } = row
  return [
    "-sS",
    "-A", row.agent,
    "--max-time", String(row.timeout ?? 10),
    ...(row.ca === "system" ? [] : ["--cacert", row.ca]),
    ...(row.crl === undefined ? [] : ["--crlfile", row.crl]),
    ...(row.maxTls === undefined ? [] : ["--tls-max", row.maxTls]),
    ...(certificate === undefined ? [] : ["--cert", certificate.certificate, "--key", certificate.key]),
    ...(certificate?.passphrase === undefined ? [] : ["--pass", certificate.passphrase]),
    ...(pkcs12 === undefined ? [] : ["--cert-type", "P12", "--cert", `${pkcs12.file}:${pkcs12.passphrase}`]),
    ...(row.method === undefined ? [] : ["-X", row.method]),
    ...(row.body === undefined ? [] : ["-d", row.body]),
    ...(row.login === undefined ? [] : originLogin(row.login)),
    ...(row.cookies === undefined ? [] : ["-b", ""]),
    ...(row.retries === undefined ? [] : ["--retry", String(row.retries), "--retry-all-errors", "--retry-delay", "1"]),
    ...(row.pause === undefined ? [] : ["--rate", `${Math.floor(60 / row.pause)}/m`]),
    ...(proxy === undefined ? ["--noproxy", "*"] : ["-x", proxy.url]),
    ...(proxy?.login === undefined ? [] : proxyLogin(proxy.login)),
    ...(proxy?.ca === undefined ? [] : ["--proxy-cacert", proxy.ca]),
    "-D", join(folder, "head"),
    "-w", "%{http_code} %{http_connect}\n",
    ...Array.from({ length: calls }, () => ["-o", join(folder, "body"), row.url]).flat()
  ]
}

// https://curl.se/docs/manpage.html, EXIT CODES
const refusals: Readonly<Record<number, Refusal>> = {
  1: "connection",
  5: "proxy",
  6: "connection",
  7: "connection",
  18: "connection",
  28: "timeout",
  35: "tls",
  52: "connection",
  55: "connection",
  56: "connection",
  58: "tls",
  60: "tls",
  77: "tls",
  82: "tls",
  83: "tls",
  97: "proxy"
}

/** The fields of the last answer of a `-D` file. */
const fieldsOf = (text: string): Readonly<Record<string, string>> => {
  const last = text.trimEnd().split(/\r?\n\r?\n/).at(-1) ?? ""
  return Object.fromEntries(last.split(/\r?\n/).flatMap((line) => {
    const colon = line.indexOf(":")
    return colon < 0 ? [] : [[line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]]
  }))
}

const text = (file: string): Promise<string> => readFile(file, "utf8").catch(() => "")

/** Runs it for a row. */
export const curl = async (row: Row, folder: string, environment: Readonly<Record<string, string | undefined>>): Promise<Outcome> => {
  await Promise.all(["head", "body"].map((name) => rm(join(folder, name), { force: true })))
  const { code, output } = await new Promise<{ readonly code: number; readonly output: string }>((resolve, reject) => {
    const child = spawn("curl", options(row, folder), { stdio: ["ignore", "pipe", "ignore"], env: { ...environment, ...row.environment, ...row.curl } })
    let output = ""
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => output += chunk)
    child.once("error", reject)
    child.once("close", (code) => resolve({ code: code ?? 1, output }))
  })
  const [status = "0", connect = "0"] = output.trim().split("\n").at(-1)?.split(" ") ?? []
  if (code !== 0) return { failure: Number(connect) >= 400 ? "proxy" : refusals[code] ?? "other", detail: `exit ${code}` }
  return { status: Number(status), headers: fieldsOf(await text(join(folder, "head"))), body: await text(join(folder, "body")) }
}
