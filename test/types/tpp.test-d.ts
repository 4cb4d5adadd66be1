/** What the compiler knows of TPP. Checked by `tsc`; nothing here runs. */
import type { BadRequest, CallError, Can, Forbidden } from "credence"
import { Scope, Tpp, type TppError, type TppRefused, TppResult } from "credence/tpp"
import { listCertificates, requestCertificate, retrieveCertificate, revokeCertificate } from "credence/tpp/certificates"
import { readAttribute, writeAttributes } from "credence/tpp/config"
import type { CertificateData, CertificatePending, CertificateRequested, CertificateSummary } from "credence/tpp/models"
import { getVersion } from "credence/tpp/systemstatus"
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_: Same<A, B>): void => {}

// what an endpoint gives, how it fails, what it needs
const request = requestCertificate({ body: { PolicyDN: "\\VED\\Policy", Subject: "x.example" } })
same<typeof request, Effect.Effect<CertificateRequested, CallError | BadRequest<TppError> | Forbidden<TppError>, Tpp | Can<Tpp, "certificate:manage">>>(true)
same<Effect.Success<ReturnType<typeof retrieveCertificate>>, CertificateData | CertificatePending>(true)
same<Effect.Services<ReturnType<typeof getVersion>>, Tpp>(true)
same<Stream.Success<ReturnType<typeof listCertificates.items>>, CertificateSummary>(true)
const checked = TppResult.check(readAttribute({ body: { ObjectDN: "\\VED", AttributeName: "Contact" } }))
same<Extract<Effect.Error<typeof checked>, { readonly _tag: "TppRefused" }>, TppRefused>(true)

// a scope knows what it grants: `read` comes with any other privilege
const scope = Scope.make({ certificate: ["manage"], configuration: ["read"], ssh: [] })
same<typeof scope, Scope.Scope<"certificate:manage" | "certificate:read" | "configuration:read">>(true)
// what is not sure is not granted
declare const listed: ReadonlyArray<"manage" | "delete">
declare const either: readonly ["manage", "delete"] | readonly ["manage"]
declare const perhaps: readonly ["read"] | undefined
const unsure = Scope.make({ certificate: either, configuration: listed, ssh: perhaps, statistics: ["read"] })
same<typeof unsure, Scope.Scope<"certificate:manage" | "certificate:read" | "statistics:read">>(true)
// @ts-expect-error there is no such privilege
Scope.make({ certificate: ["fly"] })
// @ts-expect-error nobody revokes in the configuration
Scope.make({ configuration: ["revoke"] })
// @ts-expect-error there is no such category
Scope.make({ certificates: ["manage"] })

// a session for a scope runs what the scope allows, and nothing else
const Narrow = Tpp.layerFor(scope)
const allowed = Effect.provide(Effect.andThen(request, listCertificates()), Narrow)
same<Extract<Effect.Services<typeof allowed>, Can<Tpp, string> | Tpp>, never>(true)
const revoking = Effect.provide(revokeCertificate({ body: { Thumbprint: "00" } }), Narrow)
same<Extract<Effect.Services<typeof revoking>, Can<Tpp, "certificate:revoke">>, Can<Tpp, "certificate:revoke">>(true)
const writing = Effect.provide(writeAttributes({ body: { ObjectDN: "\\VED", AttributeData: [] } }), Narrow)
same<Extract<Effect.Services<typeof writing>, Can<Tpp, "configuration:manage">>, Can<Tpp, "configuration:manage">>(true)
const whole = Effect.provide(Effect.andThen(revoking, writing), Tpp.layer())
same<Extract<Effect.Services<typeof whole>, Can<Tpp, string> | Tpp | Can<Tpp, "configuration:manage">>, never>(true)
