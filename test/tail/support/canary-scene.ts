import { setTimeout as delay } from 'node:timers/promises'
import { Ledger } from '../../../src/cli/canary/ledger/ledger.ts'
import type { Report } from '../../../src/cli/canary/ledger/report.ts'
import { SIDES } from '../../../src/cli/canary/ledger/run-ledger.ts'
import { writeStamp } from '../../../src/cli/canary/ledger/stamp.ts'
import { nativeHistory } from '../../../src/cli/canary/read/history.ts'
import { readLive } from '../../../src/cli/canary/read/live.ts'
import { StoredReader } from '../../../src/cli/canary/read/stored.ts'
import type { Clustered } from './clustered.ts'
import type { WrittenLine } from './cri-log.ts'
import { Scene } from './scene.ts'

const LOOK_MS = 5
const SECOND_NS = 1_000_000_000n

export type WriteOptions = {
  readonly seconds?: number
  readonly bytes?: number
  readonly stream?: 'stdout' | 'stderr'
  /** Of all of them, instead of the clock's. */
  readonly ns?: bigint
}

/**
 * A pod whose container is a canary, with the canary's own reader of both sides. What is written, and when, is the test's to say:
 * lines are stamped by the clock of the node.
 */
export class CanaryScene {
  readonly scene: Scene
  readonly clustered: Clustered
  readonly notes: string[] = []
  readonly #ledger = new Ledger({ sides: SIDES, slackNs: 2n * SECOND_NS })
  readonly #stop = new AbortController()
  readonly #next = { stdout: 0, stderr: 0 }
  readonly #began: bigint
  #live = Promise.resolve()
  #beats = 0

  constructor(clustered: Clustered, name: string) {
    this.clustered = clustered
    this.scene = new Scene(clustered, name)
    this.#began = clustered.cluster.clock.next()
    this.#ledger.ready(this.#began)
  }

  /** Resolves when the tail is up: what is written from then on is expected of it. */
  async follow(): Promise<void> {
    const ready = Promise.withResolvers<void>()
    this.#live = readLive(
      {
        door: this.#door,
        query: this.scene.query.query!,
        startNs: this.#began,
        ledger: this.#ledger,
        note: (text) => this.notes.push(text),
        ready: () => {
          this.#beats++
          ready.resolve()
        },
        backoffMs: { first: 20, most: 200 },
      },
      this.#stop.signal,
    )
    await Promise.race([ready.promise, this.#live])
  }

  write(count: number, { seconds = 0, bytes = 0, stream = 'stdout', ns }: WriteOptions = {}): void {
    const { clock } = this.clustered.cluster
    for (let i = 0; i < count; i++) {
      const at = ns ?? clock.next()
      const stamp = {
        run: this.scene.pod.name,
        writer: stream,
        seq: this.#next[stream]++,
        ns: at,
        beganNs: this.#began,
        isLast: false,
      }
      this.#ledger.wrote(stamp)
      this.scene.log.append(writeStamp(stamp, bytes), { ns: at, stream })
      clock.pass(seconds)
    }
  }

  collect(holdsBack?: (line: WrittenLine) => boolean): Promise<void> {
    return this.scene.collect(holdsBack)
  }

  /** Resolves when the tail has shown so many different lines, or all that were written. */
  async seen(lines = this.#next.stdout + this.#next.stderr): Promise<void> {
    while (this.#ledger.linesOf('live') < lines) await this.#look()
  }

  /** Resolves when the reader has a token for what it has seen. */
  async hasToken(): Promise<void> {
    const before = this.#beats
    while (this.#beats < before + 2) await this.#look()
  }

  /** Resolves when something was noted of this kind. */
  async noted(what: RegExp): Promise<void> {
    while (!this.notes.some((note) => what.test(note))) await this.#look()
  }

  /** The collector brings what it has not brought yet, it is stored, and the tail has had its time. What the canary says then. */
  async report(): Promise<Report> {
    await this.collect()
    await this.clustered.stored()
    const stored = new StoredReader({
      history: nativeHistory(this.#door, this.scene.query.query!),
      ledger: this.#ledger,
      note: (text) => this.notes.push(text),
      readyNs: this.#began,
      pollMs: 1,
      windowMs: 1,
    })
    await this.seen()
    // What would come twice is on its way before this one.
    this.write(1)
    await this.collect()
    await this.seen()
    await this.clustered.stored()
    await stored.readAll(this.#stop.signal)
    this.#stop.abort()
    await this.#live
    return this.#ledger.report()
  }

  get #door() {
    return { address: this.clustered.gateway.urls.api, token: undefined, tenant: undefined }
  }

  async #look(): Promise<void> {
    await Promise.race([
      delay(LOOK_MS),
      this.#live.then(() => {
        throw new Error(`the tail ended: ${this.notes.join('\n')}`)
      }),
    ])
  }
}
