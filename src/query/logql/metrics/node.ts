import type { Vector } from './series.ts'

/** A scalar, or a vector with each series at most once. */
export type Value = number | Vector

/** A part of a metric query, asked for one instant after the other: steps come in order, each once. */
export type MetricNode = {
  readonly at: (step: number) => Value | Promise<Value>
  /** Lets go of sources that were not read to their end. */
  readonly close: () => Promise<void>
}
