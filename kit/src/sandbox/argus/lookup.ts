/** Finds what a request names, and refuses what its session may not see. */
import { accessDenied, fieldError, notFound, refuse } from "./envelope.ts"
import { readId } from "./input.ts"
import type { Case, Customer, World } from "./model.ts"
import type { Call, Service } from "./route.ts"

/** Whether a session may see what belongs to a customer. */
export const maySee = (call: Call, customer: Customer): boolean => call.identity.rights.customers.has(customer.id)

/** Refuses with 403 what belongs to a customer outside the session's rights. */
export const requireSight = (call: Call, customer: Customer): void => {
  if (!maySee(call, customer)) accessDenied()
}

/** A customer by id or short name. */
export const findCustomer = (world: World, idOrShortName: string): Customer | undefined =>
  world.customers.find((customer) => customer.shortName === idOrShortName || String(customer.id) === idOrShortName)

/** The customer that a request names, or the user's own: 412 for an unknown one, 403 for one outside the session's rights. */
export const namedCustomer = (world: World, call: Call, idOrShortName: string | undefined, field = "customer"): Customer => {
  if (idOrShortName === undefined) {
    requireSight(call, call.identity.user.customer)
    return call.identity.user.customer
  }
  const customer = findCustomer(world, idOrShortName)
  if (customer === undefined) return refuse(412, fieldError(field, `Unknown customer ${idOrShortName}`, "UNKNOWN", idOrShortName))
  requireSight(call, customer)
  return customer
}

/** A filter by customers; no names let everything through that the session may see. */
export const customerFilter = (world: World, call: Call, names: ReadonlyArray<string>, field = "customer"): ((customer: Customer) => boolean) => {
  const wanted = new Set(names.map((name) => namedCustomer(world, call, name, field).id))
  return (customer) => maySee(call, customer) && (wanted.size === 0 || wanted.has(customer.id))
}

/** The case that a path names: 404 when there is none, 403 when the session may not see it. */
export const requireCase = ({ world }: Service, call: Call, param: "id" | "caseID"): Case => {
  const found = world.cases.get(readId(call.params[param], param))
  if (found === undefined) return notFound("Case")
  requireSight(call, found.customer)
  return found
}
