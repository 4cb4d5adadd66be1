/**
 * The official clients that the sandbox is proved with, and what each needs to run.
 */

/** An official Python client. Its rows are in `<name>.py`, which gets what the sandbox says of `<name>` as JSON. */
export interface OfficialClient {
  /** the system's name in the sandbox */
  readonly name: string
  /** for people */
  readonly title: string
  /** what pip installs, into an environment of its own below `.peers/` */
  readonly pip: ReadonlyArray<string>
  /** Debian's packages that pip needs to build it */
  readonly debian?: ReadonlyArray<string> | undefined
}

export const clients: ReadonlyArray<OfficialClient> = [
  { name: "argus", title: "the official Argus client", pip: ["argus-api==5.1.0"] },
  // it cannot be imported with a newer pydantic
  { name: "tpp", title: "the official Venafi TPP client", pip: ["pytpp==2.0.3", "pydantic<2", "setuptools", "wheel"] },
  { name: "ovirt", title: "the official oVirt SDK", pip: ["ovirt-engine-sdk-python==4.6.3"], debian: ["gcc", "libxml2-dev"] },
  { name: "ica", title: "the official ICA client", pip: ["libica==3.3"] },
  // keyrings.alt keeps its stored tokens in a file
  { name: "ansys", title: "the official ansys client", pip: ["ansys-openapi-common[oidc]==2.4.1", "requests-auth==8.0.0", "keyrings.alt"] }
]
