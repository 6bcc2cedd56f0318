import { join } from 'node:path'
import { freePort } from '../../../src/store/engine/ports.ts'
import { Child } from '../../support/child.ts'
import { binary } from '../binaries.ts'

/** Where an API server keeps its objects. */
export class Etcd {
  readonly url: string
  readonly #child: Child
  #compacted = ''

  private constructor(child: Child, url: string) {
    this.#child = child
    this.url = url
  }

  static async start(folder: string): Promise<Etcd> {
    const url = `http://127.0.0.1:${await freePort()}`
    const peer = `http://127.0.0.1:${await freePort()}`
    const child = new Child('etcd', await binary('etcd'), [
      `--data-dir=${join(folder, 'etcd')}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      // It is thrown away with the test.
      '--unsafe-no-fsync',
      '--log-level=warn',
    ])
    const etcd = new Etcd(child, url)
    await child.answers(async () => (await fetch(`${url}/health`)).ok)
    return etcd
  }

  /** History up to now is gone, as after five minutes. */
  async compact(): Promise<void> {
    // Any answer's header has the revision.
    const { header } = (await this.#call('kv/range', { key: Buffer.from('/').toString('base64') })) as {
      header: { revision: string }
    }
    // To compact twice up to the same revision is an error.
    if (header.revision === this.#compacted) return
    this.#compacted = header.revision
    await this.#call('kv/compaction', { revision: header.revision, physical: true })
  }

  async stop(): Promise<void> {
    await this.#child.kill('SIGKILL')
  }

  async #call(path: string, body: object): Promise<unknown> {
    const answer = await fetch(`${this.url}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`etcd ${path}: ${answer.status} ${await answer.text()}`)
    return await answer.json()
  }
}
