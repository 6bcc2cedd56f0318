import type { Batch } from '../../../otlp/batch.ts'
import { METRIC, MetricType, POINT } from '../../../otlp/slots.ts'
import { exemplars } from '../../tables/exemplars.ts'
import { expHistogramSamples } from '../../tables/exp-histogram-samples.ts'
import { histogramSamples } from '../../tables/histogram-samples.ts'
import { metricSeries } from '../../tables/metric-series.ts'
import type { ExemplarRows, SignalRows } from '../../tables/rows.ts'
import { samples } from '../../tables/samples.ts'
import { summarySamples } from '../../tables/summary-samples.ts'
import type { ClockOptions } from '../clock/clock.ts'
import { PointClock } from '../clock/point-clock.ts'
import { NewSeries } from '../new-series.ts'
import { type Partition, partitionName } from '../partitions.ts'
import type { Beside, SignalKind } from '../signal-kind.ts'
import { highWord, lowWord } from '../words.ts'

const TABLES = [samples, histogramSamples, expHistogramSamples, summarySamples]
/** Index into TABLES by `MetricType`. */
const ROUTES = new Uint8Array(16)
ROUTES[MetricType.histogram] = 1
ROUTES[MetricType.exponentialHistogram] = 2
ROUTES[MetricType.summary] = 3
const SUMMARY_ROUTE = 3

/**
 * Data points, as the store writes them: a narrow row each in the table of their shape, their series once a day, their
 * exemplars in rows of their own.
 */
export function metricKind(options: ClockOptions): SignalKind {
  const routes = new PointRoutes()
  const newSeries = new NewSeries()
  return {
    clock: new PointClock(options),
    tables: TABLES,
    routes: (batch) => routes.of(batch),
    addBeside: (rows, partition, route, beside) => {
      const series = newSeries.among(rows, partition, beside)
      const name = partitionName(partition)
      if (series.count > 0)
        beside.commit.add(metricSeries, { name, ...partition }, series, beside.sequence.take(1))
      if (route !== SUMMARY_ROUTE) addExemplars(rows, partition, beside)
    },
  }
}

class PointRoutes {
  #routes = new Uint8Array(4096)

  of({ records, metrics }: Batch): Uint8Array {
    if (this.#routes.length < records.count) this.#routes = new Uint8Array(2 * records.count)
    const { data } = records
    for (let i = 0, base = 0; i < records.count; i++, base += POINT.stride)
      this.#routes[i] = ROUTES[metrics.data[data[base + POINT.metric]! * METRIC.stride + METRIC.type]!]!
    return this.#routes
  }
}

/** Adds the exemplars of these points. They are rare: what is made for them is made only where there are some. */
function addExemplars(rows: SignalRows, partition: Partition, { commit, sequence }: Beside): void {
  const { batch, index, count } = rows
  if (batch.exemplars.count === 0) return
  const { data } = batch.records
  const points: number[] = []
  const own: number[] = []
  for (let i = 0; i < count; i++) {
    const base = index[i]! * POINT.stride
    const first = data[base + POINT.exemplarsFirst]!
    for (let j = 0; j < data[base + POINT.exemplarsCount]!; j++) {
      points.push(index[i]!)
      own.push(first + j)
    }
  }
  if (own.length === 0) return
  const seq = sequence.take(own.length)
  const exemplarRows: ExemplarRows = {
    ...rows,
    index: Uint32Array.from(points),
    exemplars: Uint32Array.from(own),
    count: own.length,
    seqLow: lowWord(seq),
    seqHigh: highWord(seq),
  }
  commit.add(exemplars, { name: partitionName(partition), ...partition }, exemplarRows, seq)
}
