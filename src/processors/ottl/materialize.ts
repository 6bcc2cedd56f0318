import { ATTRIBUTE, ValueKind } from '../../otlp/slots.ts'
import { doubleOf } from '../../otlp/words.ts'
import { ValueReader } from './any-value.ts'
import { Cell, Form, intToBigInt } from './cell.ts'
import type { Frame } from './frame.ts'
import { Kind } from './kinds.ts'
import type { Plain } from './plain.ts'

/** Deeper values are cut off: the scanner's own limit is lower. */
const DEPTH_MAX = 128

/** A cell's value as plain JavaScript. Allocates: for lists and maps, and for text of what is not a string. */
export function materialize(cell: Cell, frame: Frame, depth = 0): Plain {
  switch (cell.kind) {
    case Kind.bool:
      return cell.low !== 0
    case Kind.int:
    case Kind.time:
    case Kind.duration:
      return intToBigInt(cell.low, cell.high)
    case Kind.double:
      return cell.number
    case Kind.string:
      return cell.bytes.toString('utf8', cell.start, cell.end)
    case Kind.bytes:
      return Uint8Array.prototype.slice.call(cell.bytes, cell.start, cell.end)
    case Kind.traceId:
    case Kind.spanId:
      return cell.bytes.toString('hex', cell.start, cell.end)
    case Kind.list:
    case Kind.map:
      return depth < DEPTH_MAX ? container(cell, frame, depth + 1) : null
    default:
      return null
  }
}

/** The other way round: puts plain JavaScript into a cell. */
export function setPlainValue(cell: Cell, value: Plain): void {
  if (value === null) cell.setNil()
  else if (typeof value === 'boolean') cell.setBool(value)
  else if (typeof value === 'number') cell.setDouble(value)
  else if (typeof value === 'string') cell.setText(value)
  else if (typeof value === 'bigint')
    cell.setInt(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)))
  else if (value instanceof Uint8Array) cell.setRange(Kind.bytes, Buffer.from(value), 0, value.length)
  else cell.setPlain(value instanceof Map ? Kind.map : Kind.list, value)
}

function container(cell: Cell, frame: Frame, depth: number): Plain {
  if (cell.form === Form.plain) return cell.plain
  if (cell.form === Form.rows) return rows(cell, frame, depth)
  if (cell.form === Form.ints || cell.form === Form.doubles) return elements(cell)
  const reader = new ValueReader()
  reader.enter(cell.bytes, cell.start, cell.end)
  const inner = new Cell()
  if (cell.kind === Kind.list) {
    const items: Plain[] = []
    while (reader.nextItem()) {
      inner.setValue(cell.bytes, reader.kind, reader.start, reader.end)
      items.push(materialize(inner, frame, depth))
    }
    return items
  }
  const map = new Map<string, Plain>()
  while (reader.nextPair()) {
    inner.setValue(cell.bytes, reader.kind, reader.start, reader.end)
    map.set(cell.bytes.toString('utf8', reader.keyStart, reader.keyEnd), materialize(inner, frame, depth))
  }
  return map
}

function elements({ form, words, start, end }: Cell): Plain {
  return Array.from({ length: end - start }, (_, i) => {
    const at = 2 * (start + i)
    const [low, high] = [words[at]!, words[at + 1]!]
    return form === Form.doubles ? doubleOf(low, high) : intToBigInt(low | 0, high | 0)
  })
}

function rows(cell: Cell, frame: Frame, depth: number): Plain {
  const map = new Map<string, Plain>()
  const inner = new Cell()
  const { attributes, bytes } = frame
  for (let row = cell.start; row < cell.end; row++) {
    const base = row * ATTRIBUTE.stride
    const kind = attributes[base + ATTRIBUTE.kind] ?? ValueKind.empty
    inner.setValue(
      bytes,
      kind,
      attributes[base + ATTRIBUTE.valueStart]!,
      attributes[base + ATTRIBUTE.valueEnd]!,
    )
    const key = bytes.toString(
      'utf8',
      attributes[base + ATTRIBUTE.keyStart],
      attributes[base + ATTRIBUTE.keyEnd],
    )
    map.set(key, materialize(inner, frame, depth))
  }
  return map
}
