import { KIND_NAMES, Kind } from '../kinds.ts'
import type { FunctionSpec } from './function.ts'
import { lengthOf } from './is-kind.ts'

/** Bytes of a string, members of a map or list. */
export const len: FunctionSpec = {
  name: 'Len',
  parameters: [{ name: 'target', kinds: [Kind.string, Kind.map, Kind.list] }],
  build: (frame, [target]) => {
    const { load, level, kind, fallible } = target!
    return {
      value: {
        level,
        kind: Kind.int,
        fallible: fallible || kind === undefined,
        load: (record, cell) => {
          if (!load(record, cell)) return false
          if (cell.kind === Kind.string) cell.setInt(cell.end - cell.start, 0)
          else if (cell.kind === Kind.map || cell.kind === Kind.list) cell.setInt(lengthOf(cell), 0)
          else {
            frame.failure = `Len needs a string, map or list, but the value is ${KIND_NAMES[cell.kind]}`
            return false
          }
          return true
        },
      },
    }
  },
}
