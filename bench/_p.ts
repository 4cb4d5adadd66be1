import { Auth, Configuration, Endpoint, Session } from "credence"
import { NodeTransport } from "credence/node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { spawn } from "node:child_process"
class Bench extends Session.Service<Bench>()("bench") {}
const User = Schema.Struct({ responseCode: Schema.Int, data: Schema.Struct({ id: Schema.Int }) })
const getUser = Endpoint.get(Bench, "/currentuser/v1/user", { name: "getUser", success: User, errors: { 403: Schema.Unknown } })
const child = spawn(process.execPath, ["bench/server.ts"], { stdio: ["pipe", "pipe", "inherit"] })
const port = await new Promise<number>((resolve) => child.stdout.once("data", (line: Buffer) => resolve(Number(line.toString()))))
const rt = ManagedRuntime.make(Bench.layer().pipe(Layer.provide([Auth.bearer(Redacted.make("token")), Configuration.layer({ baseUrl: `http://127.0.0.1:${port}` }), NodeTransport.layer({ connections: 128, proxy: "none" })])))
const run = (ms: number) => { let calls = 0; const end = performance.now() + ms; const loop = Effect.whileLoop({ while: () => performance.now() < end, body: () => getUser(), step: () => calls++ }); return rt.runPromise(Effect.all(Array.from({ length: 16 }, () => loop), { concurrency: "unbounded", discard: true })).then(() => calls) }
await run(1000); console.log(await run(4000) / 4)
await rt.dispose(); child.stdin.end()
