import { METRIC, type MetricType } from '../../../otlp/slots.ts'
import type { Fill } from '../compiled.ts'
import type { Frame } from '../frame.ts'
import { Level } from '../kinds.ts'
import type { PathEntry } from './context.ts'

/** A field that only some types of metric, or their points, have: nil in the others. */
export function ofTypes(types: ReadonlyArray<MetricType>, { level, fill }: PathEntry): PathEntry {
  const has = Uint8Array.from({ length: Math.max(...types) + 1 }, (_, type) =>
    Number(types.some((each) => each === type)),
  )
  return {
    level,
    kind: undefined,
    fill: (frame: Frame): Fill => {
      const filled = fill(frame)
      return (record, cell) => {
        if (has[frame.metrics[frame.row(Level.metric, record) + METRIC.type]!] === 1)
          return filled(record, cell)
        cell.setNil()
        return true
      }
    },
  }
}
