import { expect, it } from "@effect/vitest"
import { placeOf } from "../../../src/apis/ica/files/multipart.ts"
import { eachOf, textOf } from "../../../src/apis/ica/files/storage.ts"

it("temporary credentials lead to a bucket, in both of their forms", () => {
  const aws = { accessKey: "AKIA", secretKey: "s", sessionToken: "t", region: "eu-west-2", bucket: "files", objectPrefix: "a/b c.txt" }
  expect(placeOf({ awsTempCredentials: { ...aws, serverSideEncryptionAlgorithm: "aws:kms", serverSideEncryptionKey: "arn" } })).toEqual({
    signingKey: { accessKey: "AKIA", secretKey: "s", sessionToken: "t", region: "eu-west-2", service: "s3" },
    bucketUrl: "https://files.s3.eu-west-2.amazonaws.com",
    key: "a/b c.txt",
    encryption: { "x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": "arn" }
  })
  const rclone = (config: Readonly<Record<string, string>>, filePathPrefix = "files/a/b") =>
    placeOf({ rcloneTempCredentials: { config: { type: "s3", access_key_id: "AKIA", secret_access_key: "s", region: "eu-west-2", ...config }, filePathPrefix, storageType: "S3", expirationTime: "" } })
  expect(rclone({})).toMatchObject({ bucketUrl: "https://files.s3.eu-west-2.amazonaws.com", key: "a/b", encryption: {} })
  expect(rclone({ endpoint: "https://store.example.com/" })?.bucketUrl).toBe("https://store.example.com/files")
  expect(rclone({ endpoint: "store.example.com" })?.bucketUrl).toBe("https://store.example.com/files")
  expect(rclone({ type: "azureblob" })).toBeUndefined()
  expect(rclone({}, "nothing")).toBeUndefined()
  expect(placeOf({})).toBeUndefined()
})

it("reads what the store answers, and nothing out of what is no answer", () => {
  const xml = "<R><Part><ETag>&quot;a&amp;b&quot;</ETag></Part><Part><ETag>&#34;c&#x22;</ETag></Part><Part><ETag>"
  expect(eachOf(xml, "Part").map((part) => textOf(part, "ETag"))).toEqual(["\"a&b\"", "\"c\""])
  expect(textOf("<UploadId></UploadId>", "UploadId")).toBe("")
  for (const none of ["", "<html>", "<UploadId>", "</UploadId><UploadId>"]) expect(textOf(none, "UploadId")).toBeUndefined()
  // a hostile answer costs no more than it is long
  const hostile = "<Part>".repeat(200_000)
  const before = performance.now()
  expect(eachOf(hostile, "Part")).toEqual([])
  expect(textOf(hostile, "Part")).toBeUndefined()
  expect(performance.now() - before).toBeLessThan(1_000)
})
