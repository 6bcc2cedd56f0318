import type { Credentials } from './credentials.ts'

/** One cluster to talk to, whatever its description came from. */
export type ClusterTarget = {
  /** What Weir and its users call it: the label `cluster`, the subject of every sentence about it. */
  readonly name: string
  /** `https://HOST:PORT`, with an optional path. */
  readonly server: string
  /** PEM; the system's authorities without it. */
  readonly ca?: string
  /** The name that the server's certificate is checked for, if it is not the host's. */
  readonly serverName?: string
  /** Only if somebody wrote so: whoever answers is believed. */
  readonly insecureSkipTlsVerify: boolean
  readonly credentials: Credentials
}
