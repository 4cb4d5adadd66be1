/** All cases, by topic. */
import { cases as broken } from "./broken.ts"
import { cases as choices } from "./choices.ts"
import { cases as composition } from "./composition.ts"
import { cases as details } from "./details.ts"
import { cases as formats } from "./formats.ts"
import { cases as references } from "./references.ts"
import { cases as requests } from "./requests.ts"
import { cases as responses } from "./responses.ts"
import { cases as interplay } from "./interplay.ts"
import { cases as names } from "./names.ts"
import { security, servers } from "./servers.ts"
import { cases as values } from "./values.ts"
import type { Case } from "./support.ts"

export const topics: Readonly<Record<string, ReadonlyArray<Case>>> = { formats, values, composition, references, responses, requests, servers, security, names, choices, broken, interplay, details }
