/**
 * What this repository generates: the endpoints of Argus that the package ships. `npm run generate` writes them.
 */
import { defineConfig } from "../kit/src/openapi/config.ts"

export default defineConfig({
  input: "argus.json",
  out: "../src/apis/argus/generated",
  preset: "argus",
  // the class has statics of its own, one of which is built on `constrainSession`: that stands beside it
  sessionFrom: "../Argus",
  select: { exclude: ["constrainSession"] },
  // one credential serves all of it
  security: false,
  files: { index: false, openapi: false },
  runtime: { Body: "../../../endpoint/Body", Endpoint: "../../../endpoint/Endpoint", Reply: "../../../endpoint/Reply", Open: "../../../endpoint/Open", Paging: "../../../endpoint/Paging" }
})
