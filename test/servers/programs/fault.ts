/**
 * A TCP proxy that fails as it is told. It is controlled over HTTP, and both sides are on this machine only.
 *
 *     POST   /proxies {"target":"127.0.0.1:21080","mode":"reset","bytes":40}  ->  {"id","port",…}
 *     PATCH  /proxies/ID {…}   another fault, for open connections too
 *     GET    /proxies, GET /proxies/ID   what there is, with counts
 *     DELETE /proxies/ID       ends it, and its connections
 */
import { randomBytes } from "node:crypto"
import * as Http from "node:http"
import * as Net from "node:net"
import { setTimeout as sleep } from "node:timers/promises"

interface Fault {
  target: string
  /**
   * `refuse`: RST right after accept; `blackhole`: no answer ever; `reset`: RST after `bytes` of the answer; `close`: FIN after
   * `bytes` of the answer; `garbage`: so many random bytes as the answer, then FIN
   */
  mode?: "pass" | "refuse" | "blackhole" | "reset" | "close" | "garbage"
  /** several: each connection takes the next of them */
  bytes?: number | ReadonlyArray<number>
  /** milliseconds before each piece of the answer */
  delay?: number
  /** bytes of the answer in a second */
  rate?: number
  /** only the first so many connections */
  times?: number
  /** only each so-manieth connection */
  every?: number
  port?: number
}

class Proxy {
  fault: Fault
  readonly id: string
  readonly sockets = new Set<Net.Socket>()
  readonly server: Net.Server
  connections = 0
  faults = 0

  constructor(id: string, fault: Fault) {
    this.id = id
    this.fault = fault
    this.server = Net.createServer({ allowHalfOpen: true }, (socket) => void this.serve(socket))
  }

  view() {
    const { port } = this.server.address() as Net.AddressInfo
    return { id: this.id, ...this.fault, port, connections: this.connections, faults: this.faults }
  }

  own(socket: Net.Socket): Net.Socket {
    this.sockets.add(socket)
    socket.on("error", () => socket.destroy()).on("close", () => this.sockets.delete(socket))
    return socket
  }

  async serve(client: Net.Socket): Promise<void> {
    const number = ++this.connections
    const { every, times } = this.fault
    const hit = (times === undefined || number <= times) && (every === undefined || number % every === 0)
    const fault = (): Fault => hit ? this.fault : { target: this.fault.target }
    this.own(client)
    const { mode, target } = fault()
    const amount = (): number => {
      const { bytes = 0 } = fault()
      return typeof bytes === "number" ? bytes : bytes[number % bytes.length] ?? 0
    }
    if (mode === "refuse") return void (this.faults++, client.resetAndDestroy())
    if (mode === "blackhole") return void (this.faults++, client.resume())
    if (mode === "garbage") return void (this.faults++, client.resume().end(randomBytes(amount() || 64)))

    const [host, port] = target.split(":")
    const server = this.own(Net.connect({ host: host ?? "127.0.0.1", port: Number(port), allowHalfOpen: true }))
    server.on("close", () => client.destroy())
    client.on("close", () => server.destroy())
    client.pipe(server)
    let sent = 0
    try {
      for await (const data of server) {
        const { delay = 0, mode, rate = 0 } = fault()
        const bytes = amount()
        if (mode === "blackhole") continue
        if (delay > 0) await sleep(delay)
        const cuts = mode === "reset" || mode === "close"
        const chunk: Buffer = cuts ? data.subarray(0, Math.max(0, bytes - sent)) : data
        const step = rate > 0 ? Math.max(1, Math.ceil(rate / 20)) : chunk.length
        for (let at = 0; at < chunk.length; at += step) {
          const piece = chunk.subarray(at, at + step)
          client.write(piece)
          sent += piece.length
          if (rate > 0) await sleep(piece.length / rate * 1000)
        }
        if (cuts && sent >= bytes) {
          this.faults++
          if (mode === "close") return void client.end()
          // the bytes before the reset have to be on their way
          await sleep(20)
          return void client.resetAndDestroy()
        }
      }
      client.end()
    } catch {
      client.destroy()
    }
  }
}

const proxies = new Map<string, Proxy>()
let count = 0

const json = async (request: Http.IncomingMessage): Promise<Fault> => {
  let text = ""
  for await (const chunk of request) text += String(chunk)
  return JSON.parse(text) as Fault
}

const control = async (request: Http.IncomingMessage): Promise<readonly [status: number, body: unknown]> => {
  const id = (request.url ?? "").split("/")[2]
  if (id === undefined && request.method === "GET") return [200, [...proxies.values()].map((proxy) => proxy.view())]
  if (id === undefined && request.method === "POST") {
    const fault = await json(request)
    if (!/^(127\.\d+\.\d+\.\d+|localhost):\d+$/.test(fault.target)) return [400, { error: "the target has to be a port of this machine" }]
    const proxy = new Proxy(String(++count), fault)
    await new Promise<void>((resolve, reject) => {
      proxy.server.once("error", reject).listen(fault.port ?? 0, "127.0.0.1", resolve)
    })
    proxies.set(proxy.id, proxy)
    return [201, proxy.view()]
  }
  const proxy = proxies.get(id ?? "")
  if (proxy === undefined) return [404, { error: "there is no such proxy" }]
  if (request.method === "PATCH") proxy.fault = { ...proxy.fault, ...await json(request) }
  const view = proxy.view()
  if (request.method === "DELETE") {
    proxies.delete(proxy.id)
    proxy.server.close()
    for (const socket of proxy.sockets) socket.resetAndDestroy()
  }
  return [200, view]
}

Http.createServer((request, response) => {
  control(request)
    .catch((error: unknown) => [400, { error: String(error) }] as const)
    .then(([status, body]) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body)))
    .catch(() => response.destroy())
}).listen(Number(process.env["PORT"]), "127.0.0.1")
