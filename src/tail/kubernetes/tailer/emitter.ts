import type { Gap, GapReason, InstanceRef, Stamp, TailSink, TailState } from '../contract.ts'
import { BatchBuilder } from '../log/batch-builder.ts'

const BATCH_LINES_MAX = 4096
const BATCH_BYTES_MAX = 256 * 1024
const NO_INSTANCE: InstanceRef = { id: '', restartCount: 0 }

/** The way to one sink: lines in batches, gaps between them, and nothing after the end. */
export class Emitter {
  readonly #sink: TailSink
  readonly #builder = new BatchBuilder()
  #instance = NO_INSTANCE
  #state: TailState = { name: 'waiting' }

  constructor(sink: TailSink) {
    this.#sink = sink
  }

  get state(): TailState {
    return this.#state
  }

  enter(instance: InstanceRef): void {
    this.flush()
    this.#instance = { id: instance.id, restartCount: instance.restartCount }
  }

  line(bytes: Buffer, start: number, end: number, seconds: number, nanos: number, flags: number): void {
    this.#builder.add(bytes, start, end, seconds, nanos, flags)
    if (this.#builder.count >= BATCH_LINES_MAX || this.#builder.byteLength >= BATCH_BYTES_MAX) this.flush()
  }

  flush(): void {
    const batch = this.#builder.cut(this.#instance)
    if (batch !== undefined && this.#state.name !== 'done') this.#sink.lines(batch)
  }

  gap(reason: GapReason, from: Stamp | undefined, to: Stamp | undefined): void {
    this.flush()
    const gap: Gap = { instance: this.#instance, reason, from, to }
    if (this.#state.name !== 'done') this.#sink.gap(gap)
  }

  become(state: TailState): void {
    if (this.#state.name === 'done' || sameState(this.#state, state)) return
    this.flush()
    this.#state = state
    this.#sink.state(state)
  }
}

function sameState(a: TailState, b: TailState): boolean {
  if (a.name !== b.name) return false
  return a.name !== 'retrying' || b.name !== 'retrying' || a.problem === b.problem
}
