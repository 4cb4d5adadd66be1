import { createHash, randomInt, randomUUID } from "node:crypto"
import { sha256 } from "../data.ts"
import { download } from "../download.ts"
import { actionError, fieldError, notFound, one, refuse } from "../envelope.ts"
import { bodyFields, objectFields } from "../input.ts"
import { namedCustomer } from "../lookup.ts"
import type { Sample, Submission } from "../model.ts"
import { type Call, reads, type Route, type Service, writes } from "../route.ts"

/** A slice of fewer bytes than this could be guessed: such samples are uploaded whole. */
export const SMALLEST_CHALLENGE = 64

/** Within this time, in milliseconds, a like submission is not kept again. */
const RATE_LIMIT = 3_600_000

const requireHash = (call: Call): string => {
  const hash = (call.params["sha256"] ?? "").toLowerCase()
  return /^[0-9a-f]{64}$/.test(hash) ? hash : refuse(412, fieldError("sha256", "Must be a SHA-256 in hex", "INVALID"))
}

const requireSample = ({ world }: Service, call: Call): Sample => world.samples.get(requireHash(call)) ?? notFound("Sample")

const digest = (algorithm: string, bytes: Uint8Array): string => createHash(algorithm).update(bytes).digest("hex")

const metaData = ({ world }: Service, { bytes, createdTimestamp, sha256 }: Sample) => {
  const times = world.submissions.filter((submission) => submission.sampleSha256 === sha256).map((submission) => submission.submittedTimestamp)
  return {
    sha256,
    sha1: digest("sha1", bytes),
    sha512: digest("sha512", bytes),
    md5: digest("md5", bytes),
    size: bytes.length,
    createdTimestamp,
    firstSubmittedTimestamp: times.at(0) ?? null,
    lastSubmittedTimestamp: times.at(-1) ?? null,
    flags: []
  }
}

const sameSource = (a: Submission, b: Submission): boolean =>
  a.sampleSha256 === b.sampleSha256 && a.fileName === b.fileName && a.customer.id === b.customer.id
  && a.userAgent.name === b.userAgent.name && a.userAgent.version === b.userAgent.version

export const sampleRoutes = (service: Service): ReadonlyArray<Route> => {
  const { now, world } = service
  // What a token must say, by its id; each is good for one submission.
  const tokens = new Map<string, { readonly sample: string; readonly answer: string }>()

  const issue = (sample: string, answer: string): string => {
    const id = randomUUID()
    tokens.set(id, { sample, answer })
    return id
  }

  const upload = (call: Call) => {
    const { body } = call.request
    if (body.length === 0) return refuse(412, actionError("The sample is empty", "sample.empty"))
    const hash = sha256(body)
    const exists = world.samples.has(hash)
    if (!exists) world.samples.set(hash, { sha256: hash, bytes: body, createdTimestamp: now() })
    return one({ challenge: { id: issue(hash, hash), sha256: hash }, exists, sample: { id: hash, size: body.length } }, exists ? 200 : 201)
  }

  const challenge = (call: Call) => {
    const { bytes, sha256: hash } = requireSample(service, call)
    if (bytes.length < SMALLEST_CHALLENGE) return refuse(422, actionError("The sample is too small for a challenge", "sample.too.small"))
    const length = randomInt(SMALLEST_CHALLENGE / 2, bytes.length / 2 + 1)
    const offset = randomInt(0, bytes.length - length + 1)
    return one({ id: issue(hash, sha256(bytes.subarray(offset, offset + length))), offset, length })
  }

  const submit = (call: Call) => {
    const sample = requireSample(service, call)
    const fields = bodyFields(call.request)
    const fileName = fields.requiredText("fileName")
    const mimeType = fields.text("mimeType") ?? "application/octet-stream"
    const customerName = fields.text("customer")
    const tlp = fields.oneOf("tlp", ["red", "amber", "green", "clear"]) ?? "amber"
    const observedTimestamp = fields.integer("observedTimestamp", 0) ?? now()
    for (const name of ["userAgent", "challengeToken"]) if (!fields.has(name)) fields.wrong(name, "Value is required", "REQUIRED")
    fields.done()
    const agent = objectFields(fields.object["userAgent"])
    const userAgent = { name: agent.requiredText("name"), version: agent.requiredText("version") }
    agent.done()
    const token = objectFields(fields.object["challengeToken"])
    const tokenId = token.requiredText("id")
    const answer = token.requiredText("sha256").toLowerCase()
    token.done()
    const expected = tokens.get(tokenId)
    tokens.delete(tokenId)
    if (expected === undefined || expected.sample !== sample.sha256 || expected.answer !== answer) {
      return refuse(412, fieldError("challengeToken", "The challenge was not met", "CHALLENGE"))
    }
    const submission: Submission = {
      id: randomUUID(),
      sampleSha256: sample.sha256,
      fileName,
      mimeType,
      customer: namedCustomer(world, call, customerName),
      userAgent,
      observedTimestamp,
      submittedTimestamp: now(),
      tlp,
      metaData: fields.object["metaData"] ?? {}
    }
    if (world.submissions.some((earlier) => sameSource(earlier, submission) && now() - earlier.submittedTimestamp < RATE_LIMIT)) {
      return one({ sampleSha256: sample.sha256 }, 220)
    }
    world.submissions.push(submission)
    return one(submission, 201)
  }

  return [
    writes("POST", "/sampledb/v2/sample", "addSample", ["submitSample"], upload),
    reads("GET", "/sampledb/v2/sample/{sha256}", "getSampleMetaData", ["viewSamples"], (call) =>
      one(metaData(service, requireSample(service, call)))),
    reads("GET", "/sampledb/v2/sample/{sha256}/raw", "downloadRawSample", ["downloadRawSample", "downloadSampleUnrestricted"], (call) => {
      const { bytes, sha256: hash } = requireSample(service, call)
      return download(hash, "application/octet-stream", bytes)
    }),
    writes("POST", "/sampledb/v2/sample/{sha256}/challenge", "getUploadChallenge", ["addSampleSubmission"], challenge),
    writes("POST", "/sampledb/v2/sample/{sha256}/submission", "addSubmission", ["addSampleSubmission"], submit)
  ]
}
