/**
 * NTLMv2, for servers and proxies that know nothing better. A subpath of its own, so that nobody else carries it.
 */
export { layer, negotiate, type NegotiateOptions, type NtlmOptions, scheme } from "./layers/auth/challenge/ntlm.ts"
