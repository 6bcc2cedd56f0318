import { type Frame, frame, StateError } from '../state-frames.ts'
import type { MetricRegistry } from './metric-registry.ts'
import { METRIC_MASK, SERIES_WORDS } from './series-slots.ts'

/**
 * The files of the series' state, in frames (`state-frames.ts`). A file starts with a `head`: "WEIRSERI" | u32 version | u32 number | u32 about how many series. `metrics` says which metric a
 * number stands for from there on: of each, u32 number | u32 length of the tenant | u32 length of the name | both.
 * `series` has u32 window | u32 0 | f64 start of the window in ms | three u32 of each series as
 * `SeriesTable.copyShard` makes them. A snapshot ends with an `end`, or it is not whole.
 */
export const Kind = { head: 1, metrics: 2, series: 3, end: 4 } as const

export const STATE_VERSION = 1
const MAGIC = Buffer.from('WEIRSERI')
const HEAD_BYTES = MAGIC.length + 12
const SERIES_HEADER_BYTES = 16
const SERIES_BYTES = 4 * SERIES_WORDS

export type Head = {
  /** Of a journal its own, of a snapshot that of the first journal to be read after it. */
  readonly number: number
  /** About: a snapshot's head is written before its series. */
  readonly series: number
}

export function headFrame({ number, series }: Head): Buffer {
  const payload = Buffer.alloc(HEAD_BYTES)
  MAGIC.copy(payload)
  payload.writeUInt32LE(STATE_VERSION, 8)
  payload.writeUInt32LE(number, 12)
  payload.writeUInt32LE(series, 16)
  return frame(Kind.head, payload)
}

/** Throws a {@link StateError} if it is no head of this version. */
export function readHead({ kind, payload }: Frame): Head {
  if (kind !== Kind.head || payload.length < HEAD_BYTES || !payload.subarray(0, 8).equals(MAGIC))
    throw new StateError('is no file of series')
  const version = payload.readUInt32LE(8)
  if (version !== STATE_VERSION)
    throw new StateError(`is of version ${version}; this Weir reads version ${STATE_VERSION}`)
  return { number: payload.readUInt32LE(12), series: payload.readUInt32LE(16) }
}

/** Which metric numbers a file explains already. */
export class Explained {
  #versions = new Int32Array(64)

  /** A frame of those metrics that need one, or undefined if none does. */
  frameOf(registry: MetricRegistry, metrics: Iterable<number>): Buffer | undefined {
    const parts: Buffer[] = []
    for (const metric of metrics) {
      if (metric >= this.#versions.length) this.#grow(metric)
      const version = registry.versionOf(metric)
      if (this.#versions[metric] === version || !registry.isUsed(metric)) continue
      this.#versions[metric] = version
      const { tenant, name } = registry.nameOf(metric)!
      const tenantBytes = Buffer.from(tenant)
      const numbers = Buffer.alloc(12)
      numbers.writeUInt32LE(metric, 0)
      numbers.writeUInt32LE(tenantBytes.length, 4)
      numbers.writeUInt32LE(name.length, 8)
      parts.push(numbers, tenantBytes, name)
    }
    return parts.length === 0 ? undefined : frame(Kind.metrics, Buffer.concat(parts))
  }

  #grow(metric: number): void {
    const grown = new Int32Array(Math.max(2 * this.#versions.length, metric + 1))
    grown.set(this.#versions)
    this.#versions = grown
  }
}

export type ExplainedMetric = { readonly number: number; readonly tenant: string; readonly name: Buffer }

export function* readMetrics(payload: Buffer): Generator<ExplainedMetric> {
  let at = 0
  while (at + 12 <= payload.length) {
    const number = payload.readUInt32LE(at) & METRIC_MASK
    const nameAt = at + 12 + payload.readUInt32LE(at + 4)
    const end = nameAt + payload.readUInt32LE(at + 8)
    yield { number, tenant: payload.toString('utf8', at + 12, nameAt), name: payload.subarray(nameAt, end) }
    at = end
  }
}

export type Window = {
  /** Counts on over restarts. */
  readonly window: number
  readonly windowStartMs: number
}

export function seriesFrame({ window, windowStartMs }: Window, words: Int32Array): Buffer {
  const payload = Buffer.alloc(SERIES_HEADER_BYTES + 4 * words.length)
  payload.writeUInt32LE(window, 0)
  payload.writeDoubleLE(windowStartMs, 8)
  for (let i = 0; i < words.length; i++) payload.writeInt32LE(words[i]!, SERIES_HEADER_BYTES + 4 * i)
  return frame(Kind.series, payload)
}

/** The window that a `series` frame was written in. */
export function readWindow(payload: Buffer): Window {
  if (payload.length < SERIES_HEADER_BYTES) throw new StateError('has a frame that is too short')
  return { window: payload.readUInt32LE(0), windowStartMs: payload.readDoubleLE(8) }
}

export function readSeries(
  payload: Buffer,
  onSeries: (low: number, high: number, third: number) => void,
): void {
  for (let at = SERIES_HEADER_BYTES; at + SERIES_BYTES <= payload.length; at += SERIES_BYTES)
    onSeries(payload.readInt32LE(at), payload.readInt32LE(at + 4), payload.readInt32LE(at + 8))
}

export function endFrame(): Buffer {
  return frame(Kind.end, Buffer.alloc(0))
}
