import type { Secret } from '../../../config/secret.ts'

/** How Weir shows who it is: a bearer token, a client certificate, or both. */
export type Credential = {
  readonly token?: Secret
  /** PEM, with `key`. */
  readonly cert?: string
  readonly key?: Secret
}

/** Where the credentials of one cluster come from. */
export type Credentials = {
  /** The credential as of now. Throws a `KubernetesError` `credentials`. */
  current(signal: AbortSignal): Promise<Credential>
  /** The API server did not accept what `current` gave: forget what is kept. False: the next would be the same. */
  renew(): boolean
}

/** What is written in the config and never changes. */
export function fixedCredentials(credential: Credential): Credentials {
  return { current: async () => credential, renew: () => false }
}
