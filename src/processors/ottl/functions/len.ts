import { computedValue } from '../compiled.ts'
import { KIND_NAMES, Kind } from '../kinds.ts'
import type { FunctionSpec } from './function.ts'
import { lengthOf } from './is-kind.ts'

/** Bytes of a string or of bytes, members of a map or list, messages. */
export const len: FunctionSpec = {
  name: 'Len',
  parameters: [{ name: 'target', kinds: [Kind.string, Kind.bytes, Kind.map, Kind.list, Kind.messages] }],
  build: (frame, [target]) => {
    const { cell: source, load, level, kind, fallible } = target!
    const traits = { level, kind: Kind.int, fallible: fallible || kind === undefined }
    const value = computedValue(frame, traits, (record, cell) => {
      if (!load(record)) return false
      if (source.kind === Kind.string || source.kind === Kind.bytes) cell.setInt(source.end - source.start, 0)
      else if (source.kind === Kind.map || source.kind === Kind.list) cell.setInt(lengthOf(source), 0)
      else if (source.kind === Kind.messages) cell.setInt(source.low, 0)
      else {
        frame.failure = `Len needs a string, bytes, a map or a list, but the value is ${KIND_NAMES[source.kind]}`
        return false
      }
      return true
    })
    return { value }
  },
}
