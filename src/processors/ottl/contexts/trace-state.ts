import type { CompiledValue, Fill } from '../compiled.ts'
import { AlwaysFails } from '../condition-error.ts'
import type { Frame } from '../frame.ts'
import { KIND_NAMES, Kind, type Level } from '../kinds.ts'
import { TraceStateReader, TraceStateResult } from '../trace-state.ts'
import type { PathEntry } from './context.ts'
import { text } from './fields.ts'

/**
 * A trace state: as a whole a string, with one key the value of that member. As in the collector, a member that is
 * not there is the empty string, and nil if the whole is no trace state.
 */
export function traceState(level: Level, startSlot: number): PathEntry {
  const whole = text(level, startSlot)
  return { ...whole, index: (frame, keys) => member(frame, whole.fill(frame), keys) }
}

function member(frame: Frame, whole: Fill, [key, ...more]: ReadonlyArray<CompiledValue>): Fill {
  if (key === undefined || more.length > 0) throw new Error('trace_state takes exactly one key')
  if (key.kind !== undefined && key.kind !== Kind.string)
    throw new AlwaysFails(`a key of trace_state is a string, not ${KIND_NAMES[key.kind]}`)
  const reader = new TraceStateReader()
  return (record, cell) => {
    if (!key.load(record)) return false
    const { bytes, start, end, kind } = key.cell
    if (kind !== Kind.string) {
      frame.failure = `a key of trace_state is a string, not ${KIND_NAMES[kind]}`
      return false
    }
    whole(record, cell)
    const result = reader.find(cell.bytes, cell.start, cell.end, bytes, start, end)
    if (result === TraceStateResult.invalid) cell.setNil()
    else if (result === TraceStateResult.found)
      cell.setRange(Kind.string, cell.bytes, reader.valueStart, reader.valueEnd)
    else cell.setRange(Kind.string, cell.bytes, 0, 0)
    return true
  }
}
