import * as Data from "effect/Data"
import * as Effect from "effect/Effect"

/** The parameters are not what the operation takes. One line a problem; no value is in it, since it may be a secret. */
export class InputError extends Data.TaggedError("InputError")<{ readonly problems: ReadonlyArray<string>; readonly message: string }> {
  constructor(args: { readonly problems: ReadonlyArray<string> }) {
    super({ ...args, message: args.problems.join("; ") })
  }
}

/** Fails with these problems. */
export const wrong = (...problems: ReadonlyArray<string>): Effect.Effect<never, InputError> => Effect.fail(new InputError({ problems }))
