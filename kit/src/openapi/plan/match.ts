/**
 * Patterns that choose operations.
 */
import type { Operation } from "../model/Api.ts"

const expression = (pattern: string): RegExp => new RegExp(`^${pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&")).join(".*")}$`, "u")

/** Does one of the patterns fit the operation's id, path, or method and path? */
export const matches = (patterns: ReadonlyArray<string>, operation: Operation): boolean =>
  patterns.some((pattern) => {
    const fits = expression(pattern)
    return fits.test(operation.path) || fits.test(`${operation.method} ${operation.path}`) || (operation.id !== undefined && fits.test(operation.id))
  })
