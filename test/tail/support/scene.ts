import type { Clustered } from './clustered.ts'
import type { WrittenLine } from './cri-log.ts'
import type { LogResponse } from './fake-log-response.ts'
import type { FakePod } from './fake-pod.ts'
import {
  lastResume,
  lateLines,
  type NativeFrame,
  type NativeLine,
  nativeLines,
  type TailClient,
} from './tail-client.ts'
import type { TestCluster } from './test-cluster.ts'

/** Of the pods of all scenes. */
export const NAMESPACE = 'shop'

export const isReady = (frames: ReadonlyArray<NativeFrame>): boolean =>
  frames.some(({ type }) => type === 'heartbeat')
/** Live and late ones, in the order in which they came. */
export const allLines = (frames: ReadonlyArray<NativeFrame>): NativeLine[] =>
  frames.flatMap((frame) => [...nativeLines([frame]), ...lateLines([frame])])
export const bodies = (frames: ReadonlyArray<NativeFrame>): string[] =>
  allLines(frames).map(({ body }) => body)
export const late = (frames: ReadonlyArray<NativeFrame>): string[] =>
  lateLines(frames).map(({ body }) => body)
export const gaps = (frames: ReadonlyArray<NativeFrame>): string[] =>
  frames.flatMap(({ type, reason }) => (type === 'gap' ? [String(reason)] : []))
export const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString()

export const has =
  (text: string | undefined) =>
  (frames: ReadonlyArray<NativeFrame>): boolean =>
    bodies(frames).includes(text!)

/** A token for all that was told so far, and that; the client is closed. */
export async function leave(
  client: TailClient<NativeFrame>,
): Promise<{ readonly told: string[]; readonly resume: string }> {
  const { length } = client.frames
  await client.until((frames) => frames.slice(length).some(({ type }) => type === 'heartbeat'))
  const at = client.frames.findLastIndex(({ resume }) => resume !== undefined)
  const told = bodies(client.frames.slice(0, at + 1))
  const resume = lastResume(client.frames)
  await client.close()
  return { told, resume }
}

/** One pod that writes, a collector that brings its lines when it is told to, and the truth about both. */
export class Scene {
  readonly clustered: Clustered<TestCluster>
  readonly pod: FakePod
  readonly #collected = new Set<string>()
  #written = 0

  constructor(clustered: Clustered<TestCluster>, pod: FakePod) {
    this.clustered = clustered
    this.pod = pod
  }

  /** With a pod of this name; `isFound`: it ran before anybody could see it. */
  static of(clustered: Clustered, name: string, isFound = false): Scene {
    return new Scene(
      clustered,
      clustered.cluster[isFound ? 'foundPod' : 'runPod']({ namespace: NAMESPACE, name }),
    )
  }

  get query(): Record<string, string> {
    return { query: `{pod="${this.pod.name}"}` }
  }

  get log() {
    return this.pod.container().log
  }

  /** The log request that follows it now. */
  get follow(): LogResponse | undefined {
    return this.clustered.cluster.kubelet.requests.all.findLast(
      ({ pod, response }) => response?.isOpen === true && response.query.follow && pod === this.pod.name,
    )?.response
  }

  /** Lines that differ from all others; `seconds` pass after each. */
  write(
    count: number,
    seconds = 0,
    options: Parameters<FakePod['containers'][0]['log']['append']>[1] = {},
  ): string[] {
    const texts: string[] = []
    for (let i = 0; i < count; i++) {
      const text = `${this.pod.name} line ${this.#written++}`
      this.log.append(text, options)
      this.clustered.cluster.clock.pass(seconds)
      texts.push(text)
    }
    return texts
  }

  get truth(): WrittenLine[] {
    return this.pod.container().instances.flatMap(({ log }) => log.written)
  }

  /** The collector brings what it has not brought yet, but for what it holds back. */
  async collect(holdsBack: (line: WrittenLine) => boolean = () => false): Promise<void> {
    for (const { log, restartCount } of this.pod.container().instances) {
      const lines = log.written.filter((line) => !this.#collected.has(keyOf(line)) && !holdsBack(line))
      if (lines.length === 0) continue
      await this.clustered.collect(this.pod, lines, restartCount)
      for (const line of lines) this.#collected.add(keyOf(line))
    }
  }

  /**
   * The collector brings the rest and the store takes it; then all that was written, and was to be told, has been told once.
   * `told`: what a client was told, so far and from now on.
   */
  async settle(client: TailClient<NativeFrame>, before: ReadonlyArray<string> = []): Promise<string[]> {
    await this.collect()
    await this.clustered.stored()
    const expected = this.truth.length
    await client.until((frames) => before.length + bodies(frames).length >= expected)
    // What would come twice is on its way before this one.
    const [fence] = this.write(1)
    await this.collect()
    await this.clustered.stored()
    await client.until((frames) => bodies(frames).includes(fence!))
    return [...before, ...bodies(client.frames)]
  }

  get texts(): string[] {
    return this.truth.map(({ text }) => text)
  }
}

const keyOf = ({ ns, text, stream }: WrittenLine): string => `${ns} ${stream} ${text}`
