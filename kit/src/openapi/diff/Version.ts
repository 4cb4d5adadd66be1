/**
 * One side of a comparison: documents, and the client that is made of them.
 */
import type { Config, Preset } from "../config.ts"
import type { DocumentSet } from "../document/Document.ts"
import { read } from "../model/read.ts"
import { type Plan, plan } from "../plan/Plan.ts"
import { presets } from "../presets/index.ts"
import { makeSpots, type Spots } from "./spots.ts"

export interface Version {
  readonly plan: Plan
  readonly spots: Spots
}

const silent = (): void => undefined

/** Plans a client of documents, as a generation with this config does. */
export const versionOf = (set: DocumentSet, config: Config): Version => {
  const preset: Preset | undefined = typeof config.preset === "string" ? presets[config.preset] : config.preset
  return { plan: plan(read(set, silent), config, preset, silent), spots: makeSpots(set) }
}
