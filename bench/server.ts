/**
 * The server of the benchmarks: a process of its own, so that its work is not the client's. Prints its port, ends with its
 * standard input.
 */
import * as http from "node:http"

const user = JSON.stringify({
  responseCode: 200,
  limit: 0,
  offset: 0,
  count: 1,
  size: 1,
  metaData: {},
  messages: [],
  data: { id: 7, userName: "demo", name: "Demo User", customer: { id: 1, shortName: "customer1", name: "Customer One" }, roles: ["user", "admin"], active: true }
})

const server = http.createServer((request, response) => {
  request.resume()
  response.setHeader("content-type", "application/json")
  response.end(user)
})
server.keepAliveTimeout = 60_000
server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  process.stdout.write(`${typeof address === "object" && address !== null ? address.port : 0}\n`)
})
process.stdin.on("end", () => process.exit(0)).resume()
