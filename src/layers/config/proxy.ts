/** A proxy as one text, e.g. of a variable. */
import * as Redacted from "effect/Redacted"
import type { ProxyServer } from "../../services/Transport.ts"
import { userInformation } from "../../wire/url.ts"

const protocols: ReadonlyArray<string> = ["http:", "https:", "socks5:", "socks5h:"]

/** Reads a proxy's URL. User name and password, which may stand in it, are taken out, so that nothing shows them. */
export const proxyServer = (text: string): ProxyServer | undefined => {
  const url = URL.parse(text)
  if (url === null || url.host === "" || !protocols.includes(url.protocol)) return undefined
  const user = userInformation(url)
  if (user === undefined) return { url: text }
  url.username = ""
  url.password = ""
  return { url: url.href, username: user.username, password: Redacted.make(user.password) }
}
