import type { Batch } from '../../otlp/batch.ts'
import type { KnownSeries } from '../commit/known-series.ts'
import type { OpenCommit } from '../commit/open-commit.ts'
import type { Sequence } from '../spool/sequence.ts'
import type { SignalRows } from '../tables/rows.ts'
import type { Table } from '../tables/table.ts'
import type { Clock } from './clock/clock.ts'
import type { Partition } from './partitions.ts'

/** What rows beside those of the records are added to. */
export type Beside = {
  readonly commit: OpenCommit
  readonly sequence: Sequence
  /** The series-days that are durable. */
  readonly series: KnownSeries
}

/** What differs between the signals. */
export type SignalKind = {
  readonly clock: Clock
  /** The tables that its records go to. */
  readonly tables: ReadonlyArray<Table<SignalRows>>
  /** Per record which of them, where there are several. Valid until the next call. */
  readonly routes?: (batch: Batch) => Uint8Array
  /**
   * Adds what these rows need or bring beside themselves (series, exemplars, trace times); called per partition and
   * table, before the rows themselves are added.
   */
  readonly addBeside?: (rows: SignalRows, partition: Partition, route: number, beside: Beside) => void
}
