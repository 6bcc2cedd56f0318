import type { Cell } from '../cell.ts'
import { computedValue } from '../compiled.ts'
import type { Frame } from '../frame.ts'
import { Kind, type Level } from '../kinds.ts'
import { materialize } from '../materialize.ts'
import { formatRfc3339 } from '../time/rfc3339.ts'
import type { FunctionSpec } from './function.ts'
import { eachItem } from './list-argument.ts'
import { type FormatValue, parseFormat, sprintf } from './sprintf.ts'
import { failed, STRING, TEXT_BYTES_MAX, TOO_LONG } from './value-function.ts'

function formatValue(cell: Cell, frame: Frame): FormatValue {
  if (cell.kind === Kind.time) return { text: formatRfc3339(cell.low, cell.high, cell.number) }
  if (cell.kind === Kind.messages) return { text: 'messages' }
  return materialize(cell, frame)
}

/** Go's fmt.Sprintf for the kinds of value that conditions know. */
const format: FunctionSpec = {
  name: 'Format',
  parameters: [
    { name: 'format', kinds: STRING, literal: true },
    { name: 'vals', kinds: [Kind.list] },
  ],
  build: (frame, [pattern, list]) => {
    const parts = parseFormat(pattern!.cell.text())
    const each = eachItem(frame, list!)
    let values: FormatValue[] = []
    const add = (item: Cell): boolean => {
      values.push(formatValue(item, frame))
      return true
    }
    const level = list!.level as Level
    const value = computedValue(frame, { level, kind: Kind.string, fallible: true }, (record, cell) => {
      values = []
      if (!each(record, add)) return false
      const text = sprintf(parts, values, TEXT_BYTES_MAX)
      if (text === undefined) return failed(frame, TOO_LONG)
      cell.setText(text)
      return true
    })
    return { value }
  },
}

export const formatFunctions: ReadonlyArray<FunctionSpec> = [format]
