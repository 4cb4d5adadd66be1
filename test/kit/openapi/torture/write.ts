/** Small documents, written shortly. */

/** A document of OpenAPI 3.1, or of the version given. */
export const oas = (rest: string, version = "3.1.0"): string => `openapi: ${version}\ninfo: { title: Torture, version: "1" }\n${rest}`

/** A document of OpenAPI 2.0. */
export const swagger = (rest: string): string => `swagger: "2.0"\ninfo: { title: Torture, version: "1" }\n${rest}`

const indented = (text: string, by: number): string => text.trim().replace(/^/gm, " ".repeat(by))

const answer = "responses: { \"200\": { description: ok, content: { application/json: { schema: { $ref: \"#/components/schemas/Thing\" } } } } }"

/** `things.getThing` and `things.putThing` answer and take a `Thing`; `schemas`: `Thing: …` and others. */
export const thing = (schemas: string, version = "3.1.0"): string => oas(`
paths:
  /thing:
    get: { operationId: getThing, tags: [things], ${answer} }
    put:
      operationId: putThing
      tags: [things]
      requestBody: { required: true, content: { application/json: { schema: { $ref: "#/components/schemas/Thing" } } } }
      ${answer}
components:
  schemas:
${indented(schemas, 4)}
`, version)

/** `things.getThing` answers a `Thing`, which no request has. */
export const answered = (schemas: string, version = "3.1.0"): string => oas(`
paths:
  /thing:
    get: { operationId: getThing, tags: [things], ${answer} }
components:
  schemas:
${indented(schemas, 4)}
`, version)

/** `things.putThing` takes a `Thing`, which no answer has. */
export const taken = (schemas: string, version = "3.1.0"): string => oas(`
paths:
  /thing:
    put:
      operationId: putThing
      tags: [things]
      requestBody: { required: true, content: { application/json: { schema: { $ref: "#/components/schemas/Thing" } } } }
      responses: { "204": { description: done } }
components:
  schemas:
${indented(schemas, 4)}
`, version)

/** Operations alone: `paths`, indented by 2, and perhaps more of the document after it. */
export const paths = (text: string, version = "3.1.0"): string => oas(`paths:\n${indented(text, 2).replace(/^ {2}(?=(components|servers|security|tags|webhooks):)/gm, "")}\n`, version)
