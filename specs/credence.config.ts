/**
 * What this repository generates: the endpoints that the package ships. `npm run generate` writes them.
 */
import { defineConfig } from "../kit/src/openapi/config.ts"

const runtime = { Body: "../../../endpoint/Body", Endpoint: "../../../endpoint/Endpoint", Reply: "../../../endpoint/Reply", Open: "../../../endpoint/Open", Paging: "../../../endpoint/Paging" }

export default [
  defineConfig({
    input: "argus.json",
    out: "../src/apis/argus/generated",
    preset: "argus",
    // the class has statics of its own, one of which is built on `constrainSession`: that stands beside it
    sessionFrom: "../Argus",
    select: { exclude: ["constrainSession"] },
    // one credential serves all of it
    security: false,
    files: { index: false, openapi: false },
    runtime
  }),
  defineConfig({
    input: "ica.json",
    out: "../src/apis/ica/generated",
    preset: "ica",
    sessionFrom: "../Ica",
    files: { index: false, openapi: false },
    runtime
  }),
  defineConfig({
    input: "ansys.json",
    out: "../src/apis/ansys/generated",
    session: "Ansys",
    sessionFrom: "../Ansys",
    // how to sign in is the session's matter, and the same for all of it
    security: false,
    files: { index: false, openapi: false },
    runtime
  }),
  defineConfig({
    input: "tpp.json",
    out: "../src/apis/tpp/generated",
    session: "Tpp",
    sessionFrom: "../Tpp",
    // one credential serves all of it; its scopes are permissions
    security: false,
    paging: [{ kind: "offset", limit: "Limit", offset: "Offset", items: ["Certificates"], total: ["TotalCount"] }],
    files: { index: false, openapi: false },
    runtime
  }),
  defineConfig({
    input: "ovirt.json",
    out: "../src/apis/ovirt/generated",
    session: "Ovirt",
    sessionFrom: "../Ovirt",
    // the class has `connect`, which is built on it: that stands beside it
    select: { exclude: ["getApi"] },
    security: false,
    formats: { dateTime: "DateTime" },
    files: { index: false, openapi: false },
    // numbers, truth values and moments as the engine writes them
    runtime: { ...runtime, Schema: "../schema" }
  })
]
