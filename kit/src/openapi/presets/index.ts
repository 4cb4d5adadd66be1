/**
 * Habits of vendors that their documents do not tell.
 */
import { argus } from "./argus.ts"
import { ica } from "./ica.ts"

export const presets = { argus, ica } as const
