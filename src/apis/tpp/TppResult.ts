/**
 * Refusals that TPP puts into an answer of status 200.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { shown } from "./refusal.ts"

/** The server answered with status 200 and refused. `reason` is the name of its result code. */
export class TppRefused extends /*#__PURE__*/ Data.TaggedError("TppRefused")<{
  readonly result: number | undefined
  readonly reason: string
  readonly message: string
}> {
  constructor(args: { readonly result: number | undefined; readonly reason: string; readonly said?: string | undefined }) {
    const { reason, result, said } = args
    super({ result, reason, message: `TPP refused${result === undefined ? "" : ` with result ${result}`} (${reason})${said === undefined ? "" : `: ${said}`}` })
  }
}

/** What such an answer says of itself, one way or the other. */
export interface Answered {
  readonly Result?: number | undefined
  readonly Success?: boolean | undefined
  readonly Error?: string | undefined
}

/** Names of the result codes of the configuration. */
const reasons: Readonly<Record<number, string>> = {
  2: "InvalidArgument",
  3: "InvalidArgumentRange",
  4: "MismatchedArguments",
  5: "NotImplemented",
  6: "InvalidDestinationList",
  7: "InsufficientPrivileges",
  8: "InvalidOperation",
  9: "UnexpectedAssemblyError",
  10: "OutOfMemory",
  100: "AttributeDoesNotExist",
  101: "AttributeAlreadyExists",
  102: "AttributeNotFound",
  103: "AttributeValueExists",
  104: "AttributeStillInUse",
  105: "AttributeNameTooLong",
  106: "AttributeReferenceDoesNotExist",
  107: "AttributeSyntaxCollision",
  108: "AttributePropertyCollision",
  109: "CannotRemoveMandatory",
  110: "AttributeValueIsMandatory",
  111: "AttributeValueTooLong",
  112: "IllegalAttributeForClass",
  113: "InvalidAttributeDN",
  114: "AttributeValueDoesNotExist",
  115: "AttributeIsSingleValued",
  116: "AttributeIsReadOnly",
  117: "AttributeIsHidden",
  200: "ClassDoesNotExist",
  201: "ClassAlreadyExists",
  202: "ClassStillInUse",
  203: "ClassNameTooLong",
  204: "ClassInvalidSuperClass",
  205: "ClassInvalidContainmentClass",
  206: "ClassInvalidNamingAttribute",
  207: "ClassInvalidMandatoryAttribute",
  208: "ClassInvalidOptionalAttribute",
  209: "ClassInvalidName",
  210: "ClassInvalidContainmentSubClass",
  211: "ClassInvalidPolicyClass",
  300: "PolicyDoesNotExist",
  301: "PolicyLockStateCollision",
  350: "LockNameAlreadyExists",
  351: "LockNameDoesNotExist",
  352: "LockNameOwnedByAnother",
  353: "LockNameLimitReached",
  354: "LockNameAttemptTimedOut",
  400: "ObjectDoesNotExist",
  401: "ObjectAlreadyExists",
  402: "ObjectHasChildren",
  403: "ObjectNameTooLong",
  404: "ObjectDepthTooDeep",
  405: "ObjectInvalidName",
  406: "ObjectInvalidClass",
  407: "ObjectInvalidContainment",
  408: "ObjectMandatoryMissing",
  409: "ObjectIsReadOnly",
  410: "ObjectInvalidOperation",
  500: "DriverMissingDSN",
  501: "DriverMissingDatabaseName",
  502: "DriverDatabaseError",
  503: "DriverTransactionError",
  504: "DriverTransactionCollision",
  505: "DriverGenerationUpdateError",
  600: "CacheLockException",
  601: "CacheEntryNotFound",
  602: "CacheEntryAlreadyExists",
  603: "CacheEntryIsSuperior",
  604: "CacheEntryIsIncompatible",
  700: "XmlInvalidStructure",
  701: "XmlMissingNaming",
  702: "XmlMissingSyntax",
  703: "XmlMissingProperty",
  704: "XmlUnknownElementAttribute"
}

/** Why an answer is a refusal; `undefined`: it is none. */
export const refusalOf = ({ Error: said, Result: result, Success: success }: Answered): TppRefused | undefined => {
  if ((result === undefined || result === 1) && success !== false && (said === undefined || said === "")) return undefined
  const code = result === 1 ? undefined : result
  const reason = (code === undefined ? undefined : reasons[code]) ?? "Unknown"
  return new TppRefused({ result: code, reason, said: said === undefined || said === "" ? undefined : shown(said) })
}

/**
 * Makes a failure of an answer that refuses: any of `/config`, and those of certificates that have `Success`.
 *
 * @example
 * ```ts
 * readAttribute({ body: { ObjectDN: "\\VED\\Policy", AttributeName: "Contact" } }).pipe(
 *   TppResult.check,
 *   Effect.catchTag("TppRefused", (e) => e.reason === "ObjectDoesNotExist" ? Effect.undefined : Effect.fail(e))
 * )
 * ```
 */
export const check = <A extends Answered, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E | TppRefused, R> =>
  Effect.flatMap(self, (answer) => {
    const refusal = refusalOf(answer)
    return refusal === undefined ? Effect.succeed(answer) : Effect.fail(refusal)
  })
