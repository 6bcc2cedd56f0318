import { KubernetesError } from '../client/error.ts'
import type { PodLogOptions } from '../client/pod-log.ts'
import type { ContainerRef, Start } from '../contract.ts'
import type { Instance } from '../pods/pod.ts'
import { delay } from '../timers.ts'
import { type Comparison, compareLog } from './compare.ts'
import type { Emitter } from './emitter.ts'
import { type FollowEnd, follow } from './follow.ts'
import { InstanceWatch } from './instance-watch.ts'
import type { Place } from './instances.ts'
import { LogReader, type ReadMode, type Unfinished } from './log-reader.ts'
import type { ClusterDeps } from './options.ts'
import { prime } from './prime.ts'
import type { Progress } from './progress.ts'
import { type ReadEnd, readLog, saysExhausted } from './reading.ts'

/** `ended_surely`: the last known line was seen in the log that was read to its end, so no other instance's was. */
export type StepOutcome = 'more' | 'ended' | 'ended_surely'

/** A status that is behind tells of the start later; should it never, the log is asked again. */
const WAITING_PAUSE_MS = 30_000
const UNREADABLE_MAX = 5
/** A stream that lasted so long was no failure, whatever ended it. */
const LASTING_MS = 60_000

function isSame(a: Unfinished | undefined, b: Unfinished | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.length === b.length && a.bytes.equals(b.bytes)
}

/** One instance of a container, read step by step: each step is one request, and what its end calls for. */
export class InstanceTail {
  readonly instance: Instance
  readonly #ref: ContainerRef
  readonly #progress: Progress
  readonly #emitter: Emitter
  readonly #deps: ClusterDeps
  readonly #signal: AbortSignal
  readonly #watch: InstanceWatch
  /** What is still to be read before the start that was asked for is known. */
  #start: Start | undefined
  #unreadable = 0
  /** How the last reading of an instance that has ended went. */
  #drained: { readonly unfinished: Unfinished | undefined } | undefined
  /** What was known came back in every reading since the end: false once new lines came without it. */
  #isSure: boolean | undefined
  /** The kubelet serves the next instance already, whatever the status says. */
  #isPrevious = false
  /** The status said that the instance has ended. */
  #toldEnd = false
  /** The last follow ended in order. If it is true that the instance ended, all but an unfinished line was seen. */
  #complete: { readonly reader: LogReader; readonly unfinished: Unfinished | undefined } | undefined

  constructor(
    ref: ContainerRef,
    instance: Instance,
    start: Start,
    progress: Progress,
    emitter: Emitter,
    deps: ClusterDeps,
    signal: AbortSignal,
  ) {
    this.instance = instance
    this.#ref = ref
    this.#start = start.from === 'now' || start.from === 'last' ? start : undefined
    this.#progress = progress
    this.#emitter = emitter
    this.#deps = deps
    this.#signal = signal
    this.#watch = new InstanceWatch(ref, instance.id, deps, signal)
  }

  /** Never rejects. */
  async step(place: Exclude<Place, 'lost'>, node: string): Promise<StepOutcome> {
    await this.#deps.limits.opening(this.#signal)
    if (this.#signal.aborted) return 'more'
    if (this.#start !== undefined) return await this.#prime(this.#start, place === 'previous')
    if (place === 'running' && !this.#isPrevious) return await this.#live(node)
    this.#toldEnd = true
    return await this.#drain(place === 'previous' || this.#isPrevious)
  }

  /** The log can't be read any more. False: lines may be missing. */
  finishWithoutReading(): boolean {
    const complete = this.#complete
    if (complete === undefined || !this.#toldEnd) return false
    if (complete.unfinished !== undefined) complete.reader.finish(complete.unfinished)
    return true
  }

  async #prime(start: Start, previous: boolean): Promise<StepOutcome> {
    const lines = start.from === 'last' ? start.lines : 0
    const reader = this.#reader(lines === 0 ? 'silent' : 'live')
    const end = await prime(
      this.#deps.client,
      this.#log(previous, this.#progress.sinceSeconds),
      reader,
      this.#progress,
      lines,
    )
    if (end.kind !== 'ended') return await this.#unwell(end, reader, previous)
    this.#start = undefined
    return 'more'
  }

  async #live(node: string): Promise<StepOutcome> {
    const release = this.#deps.limits.acquire(node)
    const reader = this.#reader()
    if (release === undefined) return await this.#poll(reader)
    if (this.#watch.failures === 0) this.#emitter.become({ name: 'opening' })
    const startMs = this.#deps.timers.nowMs()
    let end: FollowEnd
    try {
      end = await follow(this.#log(false, this.#progress.sinceSeconds), reader, {
        ...this.#deps,
        behind: () => this.#behind(),
        onInstanceEnd: (run) => this.#watch.onEnd(run),
        onLive: () => this.#emitter.become({ name: 'live' }),
      })
    } finally {
      release()
    }
    if (this.#deps.timers.nowMs() - startMs >= LASTING_MS) this.#watch.succeeded()
    return await this.#followed(end, reader, node)
  }

  async #followed(end: FollowEnd, reader: LogReader, node: string): Promise<StepOutcome> {
    if (reader.delivered > 0) {
      this.#watch.succeeded()
      this.#complete = undefined
    }
    switch (end.kind) {
      case 'planned':
      case 'stalled':
      case 'over':
        return 'more'
      case 'ended':
        if (this.#progress.joined) this.#complete = { reader, unfinished: end.unfinished }
        if (this.#watch.place !== 'running') return 'more'
        // The status is behind, or a proxy has ended the stream.
        await this.#watch.pause()
        await this.#watch.refresh()
        return 'more'
      case 'error_text':
        if (!saysExhausted(end.text)) return await this.#errorText(end.text)
        this.#reportText(end.text)
        this.#deps.limits.exhausted(node)
        return 'more'
      default:
        return await this.#unwell(end, reader, false)
    }
  }

  async #poll(reader: LogReader): Promise<StepOutcome> {
    this.#emitter.become({ name: 'polling' })
    const end = await readLog(this.#deps.client, this.#log(false, this.#progress.sinceSeconds), reader)
    if (reader.delivered > 0) this.#complete = undefined
    if (end.kind !== 'ended') return await this.#unwell(end, reader, false)
    this.#watch.succeeded()
    const { timers, random, options } = this.#deps
    await delay(timers, 'poll', options.pollMs * (0.5 + random()), this.#signal)
    return 'more'
  }

  /**
   * Read until two readings in a row bring nothing new and end alike: the API server turns a cut on its way to the kubelet
   * into a clean end (`StreamObject` looks at no error of its copy), so one clean end proves nothing.
   */
  async #drain(previous: boolean): Promise<StepOutcome> {
    this.#emitter.become({ name: 'draining' })
    const log = this.#log(previous, this.#progress.drainSinceSeconds)
    const reader = this.#reader('drain')
    const end = await readLog(this.#deps.client, log, reader)
    if (reader.metNewest) this.#isSure ??= true
    else if (reader.delivered > 0) this.#isSure = false
    if (end.kind !== 'ended') return await this.#unwell(end, reader, previous)
    const before = this.#drained
    this.#drained = { unfinished: end.unfinished }
    if (reader.delivered > 0 || before === undefined || !isSame(before.unfinished, end.unfinished))
      return 'more'
    if (end.unfinished !== undefined) reader.finish(end.unfinished)
    if (reader.suspect || (!this.#progress.joined && this.#progress.miss === 'suspect'))
      return await this.#doubt(previous)
    if (!this.#progress.joined && this.#progress.miss === 'gap' && !this.#progress.outrun)
      this.#emitter.gap('rotated', this.#progress.newest, undefined)
    else if (this.#progress.lateSinceSeconds !== undefined) this.#emitter.gap('rotated', undefined, undefined)
    return this.#isSure === true ? 'ended_surely' : 'ended'
  }

  /**
   * The newest known line did not come back. Either the file was rotated, or this is another instance's log already (or
   * another pod's of the same name) and the status does not say so yet: then the rest is in the previous one.
   */
  async #doubt(previous: boolean): Promise<StepOutcome> {
    if (!previous) {
      const reader = this.#reader()
      const end = await readLog(this.#deps.client, this.#log(true, this.#progress.sinceSeconds), reader)
      if (reader.metNewest) {
        this.#isPrevious = true
        return 'more'
      }
      if (end.kind === 'failed' && end.error.code !== 'no_previous')
        return await this.#unwell(end, reader, false)
    }
    const wasKnown = this.#watch.place
    await this.#watch.refresh()
    if (this.#watch.place === wasKnown) this.#progress.miss = 'gap'
    return 'more'
  }

  /** A request that did not end as it should. */
  async #unwell(
    end: Exclude<ReadEnd, { kind: 'ended' }>,
    reader: LogReader,
    previous: boolean,
  ): Promise<StepOutcome> {
    if (this.#signal.aborted) return 'more'
    if (reader.delivered > 0) this.#watch.succeeded()
    if (end.kind === 'suspect') return await this.#doubt(previous)
    if (end.kind === 'error_text') return await this.#errorText(end.text)
    return await this.#failed(end.error)
  }

  async #failed(error: KubernetesError): Promise<StepOutcome> {
    if (error.code === 'waiting') {
      this.#emitter.become({ name: 'waiting' })
      await this.#watch.pause(WAITING_PAUSE_MS)
      return 'more'
    }
    this.#deps.onProblem(this.#ref, error)
    if (error.code === 'no_previous') return await this.#noPrevious()
    if (error.code === 'not_found') {
      await this.#watch.refresh()
      if (this.#watch.podIsGone) return 'more'
    }
    this.#emitter.become({ name: 'retrying', problem: error.message })
    await (error.retryAfterMs === undefined ? this.#watch.pause() : this.#watch.obey(error.retryAfterMs))
    return 'more'
  }

  /** The status names a previous instance that the kubelet has removed, or the status is old. */
  async #noPrevious(): Promise<StepOutcome> {
    if (this.#unreadable++ < 1) {
      await this.#watch.pause()
      await this.#watch.refresh()
      return 'more'
    }
    this.#emitter.gap('restarted', this.#progress.newest, undefined)
    return 'ended'
  }

  async #errorText(text: string): Promise<StepOutcome> {
    const problem = this.#reportText(text)
    if (this.#watch.place !== 'running' && ++this.#unreadable >= UNREADABLE_MAX) {
      this.#emitter.gap('unreadable', this.#progress.newest, undefined)
      return 'ended'
    }
    this.#emitter.become({ name: 'retrying', problem })
    await this.#watch.pause()
    return 'more'
  }

  /** For the log alone: what looks like an error may be the middle of a container's line. */
  #reportText(text: string): string {
    const problem = 'The node ended the log with an error; it is read again.'
    this.#deps.onProblem(this.#ref, new KubernetesError('server', problem, { detail: text }))
    return problem
  }

  async #behind(): Promise<boolean> {
    try {
      await this.#deps.limits.opening(this.#signal)
      await this.#watch.refresh()
      if (this.#watch.place !== 'running') return false
      const found = await this.#compare()
      // A follow that was there when the file was rotated has seen all of it; and one clean end proves nothing.
      if (found === 'lost' && !this.#progress.joined && (await this.#compare()) === 'lost') this.#lost()
      return found === 'news'
    } catch {
      // Nobody can tell: looked at again later, and a broken connection ends the stream itself.
      return false
    }
  }

  async #compare(): Promise<Comparison> {
    const { client, options } = this.#deps
    const log = this.#log(false, this.#progress.sinceSeconds)
    return await compareLog(client, this.#progress, { ...log, lineBytesMax: options.lineBytesMax })
  }

  /** The newest known line was rotated away, and nothing has been written since that would show it. */
  #lost(): void {
    if (this.#progress.joined || this.#progress.outrun || this.#progress.miss === 'silent') return
    this.#emitter.gap('rotated', this.#progress.newest, undefined)
    this.#progress.miss = 'silent'
  }

  #reader(mode?: ReadMode): LogReader {
    return new LogReader(this.#progress, this.#emitter, this.#deps.options.lineBytesMax, mode)
  }

  #log(previous: boolean, sinceSeconds: number | undefined): PodLogOptions {
    return {
      namespace: this.#ref.namespace,
      pod: this.#ref.pod,
      container: this.#ref.container,
      signal: this.#signal,
      ...(previous ? { previous } : {}),
      ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
    }
  }
}
