/**
 * Failures of building or finding a session, before there is any call.
 */
import * as Data from "effect/Data"

/** One setting that is wrong or missing. `name` is what the user must change, e.g. `ARGUS_API_URL`. */
export interface Setting {
  readonly name: string
  readonly expected: string
}

/** A session could not be built from its configuration. `message` names every setting and what was expected; never a value. */
export class ConfigurationInvalid extends /*#__PURE__*/ Data.TaggedError("ConfigurationInvalid")<{
  readonly settings: ReadonlyArray<Setting>
  readonly message: string
}> {
  constructor(args: { readonly settings: ReadonlyArray<Setting> }) {
    super({ ...args, message: `invalid configuration: ${args.settings.map((s) => `${s.name}: ${s.expected}`).join("; ")}` })
  }
}

/** There is no process-wide session of this API. */
export class NoSession extends /*#__PURE__*/ Data.TaggedError("NoSession")<{ readonly session: string; readonly message: string }> {
  constructor(args: { readonly session: string }) {
    super({ ...args, message: `no global "${args.session}" session: call Global.set(…) first, or provide a layer` })
  }
}
