import { execFile } from 'node:child_process'
import { z } from 'zod'
import { Secret } from '../../../config/secret.ts'
import type { Timers } from '../timers.ts'
import type { Credential, Credentials } from './credentials.ts'
import { errorText, KubernetesError } from './error.ts'

/** An exec credential plugin, as a kubeconfig names it (client.authentication.k8s.io). */
export type ExecPlugin = {
  readonly apiVersion: string
  /** A program in PATH, or an absolute path. Run without a shell. */
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly env: Readonly<Record<string, string>>
  /** Given to the plugin if it asked for it (`provideClusterInfo`). */
  readonly clusterInfo?: Readonly<Record<string, unknown>>
}

const RUN_TIMEOUT_MS = 60_000
const OUTPUT_BYTES_MAX = 1 << 20
/** Renewed this long before it ends, so that no request carries a token that dies on the way. */
const EARLY_MS = 30_000
/** A credential without an end is asked for again after an hour, not kept for ever. */
const UNDATED_MS = 3_600_000

const answerSchema = z.object({
  status: z.object({
    token: z.string().min(1).optional(),
    clientCertificateData: z.string().min(1).optional(),
    clientKeyData: z.string().min(1).optional(),
    expirationTimestamp: z.string().optional(),
  }),
})

/** Runs the plugin when its last credential ends, and once more when the API server did not accept that. */
export function execCredentials(cluster: string, plugin: ExecPlugin, timers: Timers): Credentials {
  let kept: { readonly credential: Credential; readonly untilMs: number } | undefined
  let running: Promise<Credential> | undefined
  async function renewed(): Promise<Credential> {
    const { credential, expiresMs } = readAnswer(cluster, await run(cluster, plugin))
    const nowMs = timers.nowMs()
    kept = { credential, untilMs: expiresMs === undefined ? nowMs + UNDATED_MS : expiresMs - EARLY_MS }
    return credential
  }
  return {
    async current() {
      if (kept !== undefined && timers.nowMs() < kept.untilMs) return kept.credential
      // One run serves all who wait: a plugin may open a browser, or be billed.
      running ??= renewed().finally(() => {
        running = undefined
      })
      return await running
    },
    renew() {
      kept = undefined
      return true
    },
  }
}

function run(cluster: string, plugin: ExecPlugin): Promise<string> {
  const info = {
    apiVersion: plugin.apiVersion,
    kind: 'ExecCredential',
    spec: {
      interactive: false,
      ...(plugin.clusterInfo === undefined ? {} : { cluster: plugin.clusterInfo }),
    },
  }
  return new Promise((resolve, reject) => {
    const child = execFile(
      plugin.command,
      [...plugin.args],
      {
        env: { ...process.env, ...plugin.env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
        timeout: RUN_TIMEOUT_MS,
        maxBuffer: OUTPUT_BYTES_MAX,
        windowsHide: true,
      },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout)
        else
          reject(pluginError(cluster, 'failed; run it by hand to see why', `${errorText(error)} ${stderr}`))
      },
    )
    child.stdin?.end()
  })
}

function readAnswer(
  cluster: string,
  stdout: string,
): { readonly credential: Credential; readonly expiresMs: number | undefined } {
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = parseAnswer(cluster, stdout)
  const paired = (clientCertificateData === undefined) === (clientKeyData === undefined)
  if (!paired || (token === undefined && clientCertificateData === undefined))
    throw pluginError(cluster, 'gave neither a token nor a client certificate with its key', '')
  const expiresMs = expirationTimestamp === undefined ? undefined : Date.parse(expirationTimestamp)
  if (Number.isNaN(expiresMs)) throw pluginError(cluster, 'gave an expirationTimestamp that is no time', '')
  return {
    credential: {
      ...(token === undefined ? {} : { token: new Secret(token) }),
      ...(clientCertificateData === undefined ? {} : { cert: clientCertificateData }),
      ...(clientKeyData === undefined ? {} : { key: new Secret(clientKeyData) }),
    },
    expiresMs,
  }
}

function parseAnswer(cluster: string, stdout: string): z.output<typeof answerSchema>['status'] {
  try {
    return answerSchema.parse(JSON.parse(stdout)).status
  } catch {
    // The output may hold a token: it is no part of the error.
    throw pluginError(cluster, 'did not print an ExecCredential with a status', `${stdout.length} characters`)
  }
}

function pluginError(cluster: string, problem: string, detail: string): KubernetesError {
  return new KubernetesError(
    'credentials',
    `Cluster "${cluster}": the credential plugin of its kubeconfig ${problem}.`,
    { detail: detail.slice(0, 2000) },
  )
}
