/** The functions that the emulated operations need, under the vendor's names. */
export const FUNCTIONS = [
  "viewCases",
  "createCase",
  "updateCase",
  "viewAssets",
  "viewBasicCustomer",
  "eventLookup",
  "viewDocuments",
  "submitSample",
  "addSampleSubmission",
  "viewSamples",
  "downloadRawSample",
  "downloadSampleUnrestricted"
] as const

export type FunctionName = (typeof FUNCTIONS)[number]

/** As the service shows it; ids count from 1 in the order above. */
export const functionInfo = (name: FunctionName) => ({
  id: FUNCTIONS.indexOf(name) + 1,
  name,
  description: `May use ${name}`,
  securityLevel: "DEFAULT",
  flags: []
})
