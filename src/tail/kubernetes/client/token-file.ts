import { readFile } from 'node:fs/promises'
import { Secret } from '../../../config/secret.ts'
import type { Timers } from '../timers.ts'
import type { Credential, Credentials } from './credentials.ts'
import { errorText, KubernetesError } from './error.ts'

/** The kubelet renews a service account's token at 80 % of its hour; client-go looks as often. */
const REREAD_MS = 60_000
const TOKEN_BYTES_MAX = 65_536

/** A bearer token in a file that somebody else renews, as in a pod. `rest` is what comes with it. */
export function tokenFileCredentials(
  cluster: string,
  file: string,
  rest: Credential,
  timers: Timers,
): Credentials {
  let kept: { readonly credential: Credential; readonly readMs: number } | undefined
  return {
    async current() {
      const nowMs = timers.nowMs()
      if (kept !== undefined && nowMs - kept.readMs < REREAD_MS) return kept.credential
      kept = { credential: { ...rest, token: await readToken(cluster, file) }, readMs: nowMs }
      return kept.credential
    },
    renew() {
      kept = undefined
      return true
    },
  }
}

async function readToken(cluster: string, file: string): Promise<Secret> {
  let text: string
  try {
    text = (await readFile(file, 'utf8')).trim()
  } catch (error) {
    throw new KubernetesError(
      'credentials',
      `Cluster "${cluster}": the file of its token can't be read; mount it, or make it readable for the gateway.`,
      { detail: errorText(error) },
    )
  }
  if (text === '' || text.length > TOKEN_BYTES_MAX || !/^[\x21-\x7e]+$/.test(text))
    throw new KubernetesError(
      'credentials',
      `Cluster "${cluster}": the file of its token holds no token (one word of printable characters).`,
      { detail: file },
    )
  return new Secret(text)
}
