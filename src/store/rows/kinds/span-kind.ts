import { spans } from '../../tables/spans.ts'
import { traceTimes } from '../../tables/trace-times.ts'
import type { ClockOptions } from '../clock/clock.ts'
import { SpanClock } from '../clock/span-clock.ts'
import { partitionName } from '../partitions.ts'
import type { SignalKind } from '../signal-kind.ts'
import { TraceTimes } from '../trace-times.ts'

/** Spans, as the store writes them: the rows, and when each of their traces was. */
export function spanKind(options: ClockOptions): SignalKind {
  const times = new TraceTimes()
  return {
    clock: new SpanClock(options),
    tables: [spans],
    addBeside: (rows, partition, _route, { commit, sequence }) => {
      const traces = times.collect(rows, partition)
      if (traces.count > 0)
        commit.add(traceTimes, { name: partitionName(partition), ...partition }, traces, sequence.take(1))
    },
  }
}
