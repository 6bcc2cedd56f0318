import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../../src/store/engine/ports.ts'
import { Child } from '../../support/child.ts'
import { Journal } from '../../tail/support/journal.ts'
import { kubeconfigOf } from '../../tail/support/kubeconfig.ts'
import { binary } from '../binaries.ts'
import type { Answer } from './api.ts'
import type { ControlPlane } from './control-plane.ts'
import { bind, serviceAccountToken } from './rbac.ts'

/** All logs from one file, and a stage without which kwok does not start; it fits no object. */
function documents(logsFile: string): string {
  const apiVersion = 'kwok.x-k8s.io/v1alpha1'
  const never = { matchExpressions: [{ key: '.metadata.name', operator: 'DoesNotExist' }] }
  return [
    {
      apiVersion,
      kind: 'ClusterLogs',
      metadata: { name: 'all' },
      spec: { logs: [{ logsFile }] },
    },
    {
      apiVersion,
      kind: 'Stage',
      metadata: { name: 'never' },
      spec: { resourceRef: { apiGroup: 'v1', kind: 'Pod' }, selector: never, next: {} },
    },
  ]
    .map((document) => JSON.stringify(document))
    .join('\n---\n')
}

/** Any pod's will do. */
const LOG = 'containerLogs/shop/web-0/app'

/** Which nodes it may look after: none. */
const NO_NODES = 'weir.test/kwok=true'

/**
 * kwok, for what it serves under /containerLogs: any pod's log is read from one file by `k8s.io/cri-client/pkg/logs`, which
 * is the kubelet's own code.
 */
export class Kwok {
  /** The file that it reads, `0.log` in a folder of its own; absent until a test writes it. */
  readonly file: string
  readonly #child: Child
  readonly #folder: string
  readonly #address: string

  private constructor(child: Child, folder: string, file: string, address: string) {
    this.#child = child
    this.#folder = folder
    this.file = file
    this.#address = address
  }

  static async start(plane: ControlPlane): Promise<Kwok> {
    const folder = await mkdtemp(join(tmpdir(), 'weir-kwok-'))
    const file = join(folder, '0.log')
    const kubeconfig = join(folder, 'kubeconfig')
    const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]
    const token = await serviceAccountToken(plane.admin, 'kwok', 'kwok')
    await bind(plane.admin, 'kwok', [{ kind: 'ServiceAccount', namespace: 'kwok', name: 'kwok' }], rules)
    await writeFile(kubeconfig, kubeconfigOf(plane.url, plane.authority.ca, { token }), { mode: 0o600 })
    const config = join(folder, 'kwok.yaml')
    await writeFile(config, documents(file))
    const address = `127.0.0.1:${await freePort()}`
    const child = new Child('kwok', await binary('kwok'), [
      `--kubeconfig=${kubeconfig}`,
      `--config=${config}`,
      `--server-address=${address}`,
      `--manage-nodes-with-annotation-selector=${NO_NODES}`,
    ])
    const kwok = new Kwok(child, folder, file, address)
    try {
      await child.answers(async () => (await kwok.#ask('healthz')).status === 200)
      return kwok
    } catch (error) {
      await kwok.stop()
      throw error
    }
  }

  /** The answer for a log; `query` as in a URL. */
  log(query: string): Promise<Answer> {
    return this.#ask(`${LOG}?${query}`)
  }

  /** The pieces of an answer that goes on until `end`. */
  follow(query: string): { readonly pieces: Journal<Buffer>; readonly end: () => void } {
    const pieces = new Journal<Buffer>()
    const asked = request(`http://${this.#address}/${LOG}?follow=true&${query}`, { agent: false })
    asked.on('response', (response) => response.on('data', (piece: Buffer) => pieces.push(piece)))
    asked.on('error', () => undefined)
    asked.end()
    return { pieces, end: () => void asked.destroy() }
  }

  async #ask(path: string): Promise<Answer> {
    return await new Promise((resolve, reject) => {
      const asked = request(`http://${this.#address}/${path}`, { agent: false }, (response) => {
        response
          .toArray()
          .then((chunks) => resolve({ status: response.statusCode!, body: Buffer.concat(chunks) }), reject)
      })
      asked.on('error', reject)
      asked.end()
    })
  }

  async stop(): Promise<void> {
    await this.#child.kill('SIGKILL')
    await rm(this.#folder, { recursive: true })
  }
}
