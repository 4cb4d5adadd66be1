import * as Effect from "effect/Effect"
import { client, vendor } from "./vendor.ts"
console.log(await Effect.runPromise(Effect.scoped(Effect.flatMap(client, vendor))))
