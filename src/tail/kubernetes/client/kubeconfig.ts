import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { nearestName } from '../../../config/nearest.ts'
import type { Timers } from '../timers.ts'
import { type Entry, inlineOrFile, problem, readNamedFile } from './kubeconfig-files.ts'
import {
  type KubeconfigCluster,
  type KubeconfigFile,
  type KubeconfigUser,
  kubeconfigSchema,
} from './kubeconfig-schema.ts'
import { userCredentials } from './kubeconfig-user.ts'
import type { ClusterTarget } from './target.ts'

export type KubeconfigOptions = {
  /** Merged as KUBECONFIG is: of two entries with one name the first counts. */
  readonly files: ReadonlyArray<string>
  /** The first `current-context` of the files without it. */
  readonly context?: string
  readonly timers: Timers
}

type Merged = {
  currentContext: string | undefined
  readonly clusters: Map<string, Entry<KubeconfigCluster>>
  readonly users: Map<string, Entry<KubeconfigUser>>
  readonly contexts: Map<string, { readonly cluster: string; readonly user: string }>
}

/** The cluster and user of one context. Throws a `KubernetesError` `bad_config` that says what to change. */
export async function kubeconfigTarget(name: string, options: KubeconfigOptions): Promise<ClusterTarget> {
  const merged = await readAll(name, options.files)
  const contextName = options.context ?? merged.currentContext
  if (contextName === undefined || contextName === '')
    throw problem(name, 'the kubeconfig has no current-context; name the context')
  const context = pick(name, 'context', contextName, merged.contexts)
  const cluster = pick(name, 'cluster', context.cluster, merged.clusters)
  const user = context.user === '' ? undefined : pick(name, 'user', context.user, merged.users)
  const tls = await clusterTls(name, cluster)
  const server = checkedServer(name, cluster.value, user?.value)
  return {
    name,
    server,
    ...tls,
    credentials: await userCredentials({ name, user, cluster, ca: tls.ca, timers: options.timers }),
  }
}

async function readAll(name: string, files: ReadonlyArray<string>): Promise<Merged> {
  const merged: Merged = {
    currentContext: undefined,
    clusters: new Map(),
    users: new Map(),
    contexts: new Map(),
  }
  for (const file of files) {
    const config = await readConfig(name, file)
    const directory = dirname(resolve(file))
    merged.currentContext ??= config['current-context']
    for (const { name: key, cluster } of config.clusters ?? []) {
      if (!merged.clusters.has(key)) merged.clusters.set(key, { value: cluster, directory })
    }
    for (const { name: key, user } of config.users ?? []) {
      if (!merged.users.has(key)) merged.users.set(key, { value: user, directory })
    }
    for (const { name: key, context } of config.contexts ?? []) {
      if (!merged.contexts.has(key)) merged.contexts.set(key, context)
    }
  }
  return merged
}

async function readConfig(name: string, file: string): Promise<KubeconfigFile> {
  const text = await readNamedFile(name, 'kubeconfig', file)
  let document: unknown
  try {
    document = parse(text)
  } catch {
    // The parser's message quotes the line, which may hold a token.
    throw problem(name, 'the kubeconfig is no YAML', file)
  }
  const result = kubeconfigSchema.safeParse(document ?? {})
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  throw problem(
    name,
    `the kubeconfig has something wrong at ${issue.path.join('.') || 'its top'}`,
    issue.message,
  )
}

function pick<Value>(name: string, kind: string, key: string, entries: ReadonlyMap<string, Value>): Value {
  const value = entries.get(key)
  if (value !== undefined) return value
  const near = nearestName(key, entries.keys())
  const hint = near === undefined ? '' : `; did you mean "${near}"?`
  throw problem(name, `the kubeconfig has no ${kind} "${key}"${hint}`)
}

async function clusterTls(
  name: string,
  { value, directory }: Entry<KubeconfigCluster>,
): Promise<Pick<ClusterTarget, 'ca' | 'serverName' | 'insecureSkipTlsVerify'>> {
  const insecureSkipTlsVerify = value['insecure-skip-tls-verify'] === true
  const ca = await inlineOrFile(name, 'certificate-authority', directory, value)
  if (insecureSkipTlsVerify && ca !== undefined)
    throw problem(name, 'its kubeconfig names a certificate-authority and insecure-skip-tls-verify: keep one')
  const serverName = value['tls-server-name']
  return {
    insecureSkipTlsVerify,
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined ? {} : { serverName }),
  }
}

function checkedServer(name: string, cluster: KubeconfigCluster, user: KubeconfigUser | undefined): string {
  if (cluster['proxy-url']) throw problem(name, 'proxy-url in the kubeconfig is not supported; remove it')
  if (!URL.canParse(cluster.server)) throw problem(name, 'server in the kubeconfig is no URL')
  const url = new URL(cluster.server)
  if (url.protocol === 'https:') return cluster.server.replace(/\/+$/, '')
  if (url.protocol !== 'http:') throw problem(name, 'server in the kubeconfig must begin with https://')
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (!loopback && (user?.token !== undefined || user?.tokenFile !== undefined || user?.exec !== undefined))
    throw problem(
      name,
      'its token would be sent in the clear; server in the kubeconfig must begin with https://',
    )
  return cluster.server.replace(/\/+$/, '')
}
