import type { ContainerRef, DoneReason, Start } from '../contract.ts'
import type { Container, Instance, Pod } from '../pods/pod.ts'
import { nextChange } from '../pods/pod-view.ts'
import type { Emitter } from './emitter.ts'
import { InstanceTail } from './instance-tail.ts'
import { placeOf, SeenInstances } from './instances.ts'
import type { ClusterDeps } from './options.ts'
import { Progress } from './progress.ts'

/** A kubelet looks every 10 s whether to rotate; and clocks of nodes may differ from this one by some seconds. */
const PROMPT_SECONDS = 20

/**
 * A container over its restarts: which instance is read next, and what is missing between two of them. One instance at a
 * time, so that the lines of the next come after the last of this one.
 */
export class ContainerTail {
  readonly #ref: ContainerRef
  readonly #start: Start
  readonly #deps: ClusterDeps
  readonly #emitter: Emitter
  readonly #signal: AbortSignal
  readonly #progress: Progress
  readonly #seen = new SeenInstances()
  #current: InstanceTail | undefined
  #last: { readonly instance: Instance; readonly certain: boolean } | undefined

  constructor(ref: ContainerRef, start: Start, deps: ClusterDeps, emitter: Emitter, signal: AbortSignal) {
    this.#ref = ref
    this.#start = start
    this.#deps = deps
    this.#emitter = emitter
    this.#signal = signal
    this.#progress = new Progress(deps.options)
  }

  /** Until the pod is gone or the signal is aborted. */
  async run(): Promise<DoneReason> {
    const { view } = this.#deps
    await Promise.race([view.listed, aborted(this.#signal)])
    while (!this.#signal.aborted) {
      const pod = view.find(this.#ref.podUid)
      if (pod === undefined) return this.#podGone()
      const container = pod.containers.find(({ name }) => name === this.#ref.container)
      this.#current ??= this.#next(container)
      if (container !== undefined && this.#current !== undefined) {
        await this.#read(pod, container, this.#current)
        continue
      }
      if (pod.ended) return 'pod_ended'
      this.#emitter.become({ name: 'waiting' })
      await nextChange(view, this.#ref.podUid, this.#signal)
    }
    return 'stopped'
  }

  async #read(pod: Pod, container: Container, tail: InstanceTail): Promise<void> {
    const place = placeOf(container, tail.instance.id)
    if (place === 'lost') {
      this.#emitter.gap('restarted', this.#progress.newest, undefined)
      this.#leave(tail, false)
      return
    }
    const outcome = await tail.step(place, pod.node)
    if (outcome !== 'more') this.#leave(tail, outcome === 'ended_surely')
  }

  #leave(tail: InstanceTail, certain: boolean): void {
    this.#last = { instance: tail.instance, certain }
    this.#current = undefined
  }

  #podGone(): DoneReason {
    const tail = this.#current
    if (tail !== undefined && !tail.finishWithoutReading())
      this.#emitter.gap('gone', this.#progress.newest, undefined)
    return 'pod_gone'
  }

  #next(container: Container | undefined): InstanceTail | undefined {
    if (container === undefined) return undefined
    const last = this.#last
    if (last === undefined) this.#skipUnwanted(container)
    const instance = this.#seen.next(container)
    if (instance === undefined) return undefined
    this.#seen.add(instance.id)
    this.#emitter.enter(instance)
    if (last === undefined)
      this.#progress.startAnew(this.#start.from === 'second' ? this.#start.seconds : undefined)
    else this.#succeed(last.instance, last.certain, instance)
    const start: Start = last === undefined ? this.#start : { from: 'beginning' }
    return new InstanceTail(
      this.#ref,
      instance,
      start,
      this.#progress,
      this.#emitter,
      this.#deps,
      this.#signal,
    )
  }

  /** Instances that ended before the start that was asked for. */
  #skipUnwanted({ previous, current }: Container): void {
    if (previous === undefined || previous.id === current?.id) return
    const wanted =
      this.#start.from === 'second' && (previous.finishedSeconds ?? Number.MAX_VALUE) >= this.#start.seconds
    if (!wanted) this.#seen.add(previous.id)
  }

  #succeed(last: Instance, certain: boolean, next: Instance): void {
    const { newest } = this.#progress
    if (next.restartCount > last.restartCount + 1) {
      const to = next.startedSeconds === undefined ? undefined : { seconds: next.startedSeconds, nanos: 0 }
      this.#emitter.gap('restarted', newest, to)
    }
    // Not certain: a kubelet that was ahead of the status may have shown lines of the next instance as the last one's.
    if (certain) this.#progress.startAnew(undefined)
    else this.#progress.startAfter(next.startedSeconds)
    const { startedSeconds } = next
    const isLate =
      startedSeconds !== undefined && this.#deps.timers.nowMs() / 1000 - startedSeconds > PROMPT_SECONDS
    this.#progress.lateSinceSeconds = isLate ? startedSeconds : undefined
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
