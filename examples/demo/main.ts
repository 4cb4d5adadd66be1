/**
 * `npm run demo [-- tpp ovirt …]`: each system's main job, against the embedded sandbox, over real HTTP. Exit code 0 only if
 * each step did what it says.
 */
import * as Sandbox from "credence-kit/sandbox"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as ansys from "./ansys.ts"
import * as argus from "./argus.ts"
import * as ica from "./ica.ts"
import * as ovirt from "./ovirt.ts"
import { bold, dim, red, say } from "./screen.ts"
import * as tpp from "./tpp.ts"

interface System {
  readonly title: string
  readonly walk: (sandbox: Sandbox.RunningSandbox) => Effect.Effect<void, unknown>
}

const systems: Readonly<Record<string, System>> = {
  argus: { title: "Argus", walk: argus.walk },
  tpp: { title: "Venafi TPP", walk: tpp.walk },
  ovirt: { title: "oVirt", walk: ovirt.walk },
  ica: { title: "ICA", walk: ica.walk },
  ansys: { title: "ansys", walk: ansys.walk }
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !Object.hasOwn(systems, name))

/** each with a sandbox of its own, so that no walk meets what another one left */
const program = Effect.forEach(Object.entries(systems).filter(([name]) => wanted.length === 0 || wanted.includes(name)), ([name, { title, walk }]) =>
  Effect.scoped(Effect.gen(function*() {
    const sandbox = yield* Sandbox.make()
    const { url } = (yield* Sandbox.records(sandbox))[name] ?? sandbox
    console.log(`\n${bold(title)}`)
    yield* say(dim(`sandbox of ${title} at ${url}`))
    yield* walk(sandbox)
  })), { discard: true })

if (unknown.length > 0) {
  console.error(`there is no ${unknown.join(", ")}: expected ${Object.keys(systems).join(", ")}`)
  process.exitCode = 2
} else {
  const exit = await Effect.runPromiseExit(program)
  if (Exit.isFailure(exit)) {
    console.error(`\n${red("The demo failed:")} ${Cause.pretty(exit.cause)}`)
    process.exitCode = 1
  } else {
    console.log(`\n${bold("Every step did what it says.")}`)
  }
}
