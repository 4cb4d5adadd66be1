/**
 * Argus: samples, and where they were seen. `submitSample` has the whole flow of a submission.
 */
import * as Schema from "effect/Schema"
import * as Endpoint from "../../../../endpoint/Endpoint.ts"
import { Argus } from "../../Argus.ts"
import { ArgusMessages, refusals, result } from "../../envelope.ts"
import { SampleMetaData, SampleUpload, Submission, SubmissionAddRequest, SubmissionRateLimited, UploadChallenge } from "../../models/sampledb.ts"

/**
 * Uploads a sample; its bytes are the body. `data.exists`: the service had them already. `data.challenge` is good for one
 * submission.
 *
 * `POST /sampledb/v2/sample`, needs `submitSample`.
 */
export const addSample = /*#__PURE__*/ Endpoint.post(Argus, "/sampledb/v2/sample", {
  name: "addSample",
  body: /*#__PURE__*/ Endpoint.Body.bytes(),
  success: { 200: /*#__PURE__*/ result(SampleUpload), 201: /*#__PURE__*/ result(SampleUpload) },
  errors: refusals,
  permission: "submitSample"
})

/**
 * What is known of a sample.
 *
 * `GET /sampledb/v2/sample/{sha256}`, needs `viewSamples`.
 */
export const getSampleMetaData = /*#__PURE__*/ Endpoint.get(Argus, "/sampledb/v2/sample/{sha256}", {
  name: "getSampleMetaData",
  path: { sha256: Schema.String },
  success: /*#__PURE__*/ result(SampleMetaData),
  errors: refusals,
  permission: "viewSamples"
})

/**
 * The bytes of a sample. Handle with care: it may be malware.
 *
 * `GET /sampledb/v2/sample/{sha256}/raw`, needs `downloadRawSample` and `downloadSampleUnrestricted`.
 */
export const downloadRawSample = /*#__PURE__*/ Endpoint.get(Argus, "/sampledb/v2/sample/{sha256}/raw", {
  name: "downloadRawSample",
  path: { sha256: Schema.String },
  success: /*#__PURE__*/ Endpoint.Reply.stream(),
  errors: refusals,
  permission: ["downloadRawSample", "downloadSampleUnrestricted"]
})

/**
 * Asks for a slice to prove possession by, instead of uploading again. `UnprocessableContent`: the sample is too small for
 * that; upload it whole. `NotFound`: the service does not have it.
 *
 * `POST /sampledb/v2/sample/{sha256}/challenge`, needs `addSampleSubmission`.
 */
export const getUploadChallenge = /*#__PURE__*/ Endpoint.post(Argus, "/sampledb/v2/sample/{sha256}/challenge", {
  name: "getUploadChallenge",
  path: { sha256: Schema.String },
  success: /*#__PURE__*/ result(UploadChallenge),
  errors: { 403: ArgusMessages, 404: ArgusMessages, 412: ArgusMessages, 422: ArgusMessages },
  permission: "addSampleSubmission"
})

/**
 * Records where a sample was seen. `responseCode` 220: a like submission came recently and this one is not kept, so
 * `data` names the sample only.
 *
 * `POST /sampledb/v2/sample/{sha256}/submission`, needs `addSampleSubmission`.
 */
export const addSubmission = /*#__PURE__*/ Endpoint.post(Argus, "/sampledb/v2/sample/{sha256}/submission", {
  name: "addSubmission",
  path: { sha256: Schema.String },
  body: SubmissionAddRequest,
  success: { 201: /*#__PURE__*/ result(Submission), 220: /*#__PURE__*/ result(SubmissionRateLimited) },
  errors: refusals,
  permission: "addSampleSubmission"
})
