import { isAbsolute, resolve } from 'node:path'
import { Secret } from '../../../config/secret.ts'
import type { Timers } from '../timers.ts'
import { type Credentials, fixedCredentials } from './credentials.ts'
import { type ExecPlugin, execCredentials } from './exec-credential.ts'
import { type Entry, inlineOrFile, problem } from './kubeconfig-files.ts'
import type { KubeconfigCluster, KubeconfigExec, KubeconfigUser } from './kubeconfig-schema.ts'
import { tokenFileCredentials } from './token-file.ts'

export type UserOptions = {
  readonly name: string
  readonly user: Entry<KubeconfigUser> | undefined
  readonly cluster: Entry<KubeconfigCluster>
  readonly ca: string | undefined
  readonly timers: Timers
}

const EXEC_VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']

/** Where the credentials of a kubeconfig's user come from. What Weir can't honour is refused, never ignored. */
export async function userCredentials(options: UserOptions): Promise<Credentials> {
  const { name, user, timers } = options
  if (user === undefined) return fixedCredentials({})
  const { value, directory } = user
  refuseUnsupported(name, value)
  const cert = await inlineOrFile(name, 'client-certificate', directory, value)
  const key = await inlineOrFile(name, 'client-key', directory, value)
  if ((cert === undefined) !== (key === undefined))
    throw problem(name, 'the user of its kubeconfig needs client-certificate and client-key together')
  const certificate = cert === undefined || key === undefined ? {} : { cert, key: new Secret(key) }
  if (value.exec !== undefined)
    return execCredentials(name, execPlugin(options, value.exec, directory), timers)
  // As client-go has it: of both, the file counts.
  if (value.tokenFile !== undefined && value.tokenFile !== '') {
    const file = isAbsolute(value.tokenFile) ? value.tokenFile : resolve(directory, value.tokenFile)
    return tokenFileCredentials(name, file, certificate, timers)
  }
  return fixedCredentials({
    ...certificate,
    ...(value.token === undefined || value.token === '' ? {} : { token: new Secret(value.token) }),
  })
}

function refuseUnsupported(name: string, user: KubeconfigUser): void {
  if (user['auth-provider'] !== undefined)
    throw problem(name, 'auth-provider in its kubeconfig is gone from Kubernetes; use an exec plugin')
  if (user.username !== undefined)
    throw problem(name, 'user name and password in its kubeconfig are gone from Kubernetes; use a token')
  if (user.as !== undefined)
    throw problem(
      name,
      'impersonation ("as" in its kubeconfig) is not supported; give Weir an account of its own',
    )
}

function execPlugin(options: UserOptions, exec: KubeconfigExec, directory: string): ExecPlugin {
  const { name, cluster, ca } = options
  if (!EXEC_VERSIONS.includes(exec.apiVersion))
    throw problem(name, `exec in its kubeconfig must have one of the apiVersions ${EXEC_VERSIONS.join(', ')}`)
  if (exec.interactiveMode === 'Always')
    throw problem(name, 'the credential plugin of its kubeconfig wants a terminal (interactiveMode: Always)')
  // A bare name is looked up in PATH; `./plugin` and `bin/plugin` start at the kubeconfig.
  const command = /[\\/]/.test(exec.command) ? resolve(directory, exec.command) : exec.command
  return {
    apiVersion: exec.apiVersion,
    command,
    args: exec.args ?? [],
    env: Object.fromEntries((exec.env ?? []).map(({ name: key, value }) => [key, value])),
    ...(exec.provideClusterInfo === true ? { clusterInfo: clusterInfo(cluster.value, ca) } : {}),
  }
}

function clusterInfo(cluster: KubeconfigCluster, ca: string | undefined): Record<string, unknown> {
  return {
    server: cluster.server,
    ...(cluster['tls-server-name'] === undefined ? {} : { 'tls-server-name': cluster['tls-server-name'] }),
    ...(cluster['insecure-skip-tls-verify'] === true ? { 'insecure-skip-tls-verify': true } : {}),
    ...(ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
  }
}
