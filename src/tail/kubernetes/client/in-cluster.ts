import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Timers } from '../timers.ts'
import { errorText, KubernetesError } from './error.ts'
import type { ClusterTarget } from './target.ts'
import { tokenFileCredentials } from './token-file.ts'

/** Where the kubelet mounts a pod's service account. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

export type InClusterOptions = {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly timers: Timers
  /** Tests have no kubelet. */
  readonly directory?: string
}

/** The cluster that this process is a pod of. */
export async function inClusterTarget(name: string, options: InClusterOptions): Promise<ClusterTarget> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = options.env
  if (!host || !port)
    throw new KubernetesError(
      'bad_config',
      `Cluster "${name}": this process runs in no pod (KUBERNETES_SERVICE_HOST is not set); name a kubeconfig.`,
    )
  const directory = options.directory ?? SERVICE_ACCOUNT
  return {
    name,
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ca: await readCa(name, join(directory, 'ca.crt')),
    insecureSkipTlsVerify: false,
    credentials: tokenFileCredentials(name, join(directory, 'token'), {}, options.timers),
  }
}

async function readCa(name: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new KubernetesError(
      'bad_config',
      `Cluster "${name}": the pod has no service account; set automountServiceAccountToken, or name a kubeconfig.`,
      { detail: errorText(error) },
    )
  }
}
