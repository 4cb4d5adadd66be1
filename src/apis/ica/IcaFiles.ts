/**
 * Files of ICA: up and down in parts, in parallel, to be gone on with, with progress and checksums. The bytes go between here
 * and the object store, which is at another origin and sees none of the session's credentials.
 */
export { download, type DownloadedData, type DownloadOptions, type TransferOptions, type TransferProgress } from "./files/download.ts"
export { bytes, memory } from "./files/memory.ts"
export { TransferFailed, type TransferReason } from "./files/TransferFailed.ts"
export { upload, type UploadedData, type UploadInput, type UploadOptions } from "./files/upload.ts"
