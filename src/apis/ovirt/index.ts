/**
 * oVirt: the session class, its settings, its ways to sign in, and what its objects need. Endpoints are in
 * `credence/ovirt/<collection>`, e.g. `credence/ovirt/vms`.
 */
export { getApi, Ovirt } from "./Ovirt.ts"
export * as OvirtAuth from "./OvirtAuth.ts"
export * as OvirtConfiguration from "./OvirtConfiguration.ts"
export * as OvirtLinks from "./OvirtLinks.ts"
export * as OvirtPaging from "./OvirtPaging.ts"
export * as OvirtWait from "./OvirtWait.ts"
export * as OvirtXml from "./OvirtXml.ts"
