import { setTimeout as delay } from 'node:timers/promises'
import { Ledger } from '../../../src/cli/canary/ledger/ledger.ts'
import type { Report } from '../../../src/cli/canary/ledger/report.ts'
import { SIDES } from '../../../src/cli/canary/ledger/run-ledger.ts'
import { writeStamp } from '../../../src/cli/canary/ledger/stamp.ts'
import { nativeHistory } from '../../../src/cli/canary/read/history.ts'
import { readLive } from '../../../src/cli/canary/read/live.ts'
import { StoredReader } from '../../../src/cli/canary/read/stored.ts'
import type { WrittenLine } from '../support/cri-log.ts'
import { isReady, NAMESPACE, Scene } from '../support/scene.ts'
import { LOKI_TAIL, type LokiFrame, lokiLines, type NativeFrame, TailClient } from '../support/tail-client.ts'
import type { Stage } from './stage.ts'

const LOOK_MS = 5
/** Stored lines that Grafana's tail may begin with. */
const LIMIT = 1000
const SECOND_NS = 1_000_000_000n

export type WriteOptions = {
  readonly seconds?: number
  readonly bytes?: number
  readonly stream?: 'stdout' | 'stderr'
  /** Of all of them, instead of the clock's. */
  readonly ns?: bigint
}

/**
 * A pod whose container is a canary, with the canary's own reader of both sides, and Grafana's tail beside it. What is written,
 * and when, is the test's to say: lines are stamped by the clock of the node.
 */
export class CanaryScene {
  readonly scene: Scene
  readonly stage: Stage
  readonly notes: string[] = []
  readonly #ledger = new Ledger({ sides: SIDES, slackNs: 2n * SECOND_NS })
  readonly #stop = new AbortController()
  readonly #next = { stdout: 0, stderr: 0 }
  readonly #began: bigint
  #live = Promise.resolve()
  #loki: TailClient<LokiFrame> | undefined
  #beats = 0

  private constructor(stage: Stage, scene: Scene) {
    this.stage = stage
    this.scene = scene
    this.#began = stage.cluster.clock.next()
    this.#ledger.ready(this.#began)
  }

  static async start(stage: Stage, name: string): Promise<CanaryScene> {
    const pod = await stage.cluster.runPod({ namespace: NAMESPACE, name })
    return new CanaryScene(stage, new Scene(stage.clustered, pod))
  }

  /** Resolves when the tails are up: what was written since the scene began, and what is from then on, is expected of them. */
  async follow(): Promise<void> {
    const { query } = this.scene.query
    const asked = { query: query!, start: String(this.#began), limit: String(LIMIT) }
    this.#loki = await TailClient.open<LokiFrame>(this.#door.address, LOKI_TAIL, asked)
    const ready = Promise.withResolvers<void>()
    this.#live = readLive(
      {
        door: this.#door,
        query: query!,
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

  /** Somebody else who watches the pod. */
  async neighbour(): Promise<TailClient<NativeFrame>> {
    const client = await this.stage.clustered.tail(this.scene.query)
    await client.until(isReady)
    return client
  }

  write(count: number, { seconds = 0, bytes = 0, stream = 'stdout', ns }: WriteOptions = {}): void {
    const { clock } = this.stage.cluster
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
    await this.stage.clustered.stored()
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
    await this.stage.clustered.stored()
    await stored.readAll(this.#stop.signal)
    this.#stop.abort()
    await this.#live
    return this.#ledger.report()
  }

  /** How often Grafana's tail, which must still be open, has shown each line; of a healthy one, all once. */
  async lokiCounts(): Promise<ReadonlyMap<string, number>> {
    const client = this.#loki!
    await client.until((frames) => lokiLines(frames).length >= this.scene.truth.length)
    await client.close()
    const counts = new Map<string, number>()
    for (const line of lokiLines(client.frames)) counts.set(line, (counts.get(line) ?? 0) + 1)
    return counts
  }

  get #door() {
    return { address: this.stage.clustered.gateway.urls.api, token: undefined, tenant: undefined }
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
