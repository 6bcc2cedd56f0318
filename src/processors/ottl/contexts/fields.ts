import { RECORD } from '../../../otlp/slots.ts'
import { doubleOf } from '../../../otlp/words.ts'
import type { CompiledValue, Fill } from '../compiled.ts'
import type { Frame } from '../frame.ts'
import { Kind, Level } from '../kinds.ts'
import { attributeFinder, attributesSlot, findKey, indexed, setAttribute } from '../lookup.ts'
import type { PathEntry } from './context.ts'

/** Kinds of field that contexts are put together from. Slots are those of src/otlp/slots.ts. */

export function unsigned32(level: Level, slot: number): PathEntry {
  const fill =
    (frame: Frame): Fill =>
    (record, cell) => {
      cell.setInt(frame.table(level)[frame.row(level, record) + slot]!, 0)
      return true
    }
  return { level, kind: Kind.int, fill }
}

/** An enum or int32. */
export function signed32(level: Level, slot: number): PathEntry {
  const fill =
    (frame: Frame): Fill =>
    (record, cell) => {
      const value = frame.table(level)[frame.row(level, record) + slot]! | 0
      cell.setInt(value, value >> 31)
      return true
    }
  return { level, kind: Kind.int, fill }
}

/** A fixed64, low word first, as an int or as a time. */
export function fixed64(level: Level, slot: number, kind: typeof Kind.int | typeof Kind.time): PathEntry {
  const fill =
    (frame: Frame): Fill =>
    (record, cell) => {
      const table = frame.table(level)
      const row = frame.row(level, record)
      cell.setInt(table[row + slot]!, table[row + slot + 1]!)
      cell.kind = kind
      return true
    }
  return { level, kind, fill }
}

/** A double, low word first; an absent one is 0, as in the collector. */
export function double(level: Level, slot: number): PathEntry {
  const fill =
    (frame: Frame): Fill =>
    (record, cell) => {
      const table = frame.table(level)
      const row = frame.row(level, record)
      cell.setDouble(doubleOf(table[row + slot]!, table[row + slot + 1]!))
      return true
    }
  return { level, kind: Kind.double, fill }
}

/** Messages in rows of a table of their own: all that conditions see is how many. */
export function messages(level: Level, countSlot: number): PathEntry {
  const fill =
    (frame: Frame): Fill =>
    (record, cell) => {
      cell.setInt(frame.table(level)[frame.row(level, record) + countSlot]!, 0)
      cell.kind = Kind.messages
      return true
    }
  return { level, kind: Kind.messages, fill }
}

/** A message that is always there; all that conditions see of it. */
export function message(level: Level): PathEntry {
  const fill = (): Fill => (_record, cell) => {
    cell.setInt(1, 0)
    cell.kind = Kind.messages
    return true
  }
  return { level, kind: Kind.messages, fill }
}

/** The name of an enum's value; the empty text for one that has none. */
export function enumText(level: Level, slot: number, names: ReadonlyArray<string>): PathEntry {
  const texts = names.map((name) => Buffer.from(name))
  const fill =
    (frame: Frame): Fill =>
    (record, cell) => {
      const text = texts[frame.table(level)[frame.row(level, record) + slot]!] ?? NO_TEXT
      cell.setRange(Kind.string, text, 0, text.length)
      return true
    }
  return { level, kind: Kind.string, fill }
}

/** A string; an absent one is the empty string, as in the collector. */
export function text(level: Level, startSlot: number): PathEntry {
  const fill =
    (frame: Frame): Fill =>
    (record, cell) => {
      const table = frame.table(level)
      const row = frame.row(level, record)
      cell.setRange(Kind.string, frame.bytes, table[row + startSlot]!, table[row + startSlot + 1]!)
      return true
    }
  return { level, kind: Kind.string, fill }
}

const NO_TEXT = Buffer.alloc(0)
const NO_ID = Buffer.alloc(16)
const HEX = Buffer.from('0123456789abcdef')

/** An id of `length` bytes; an absent one is all zeros, as in the collector. */
export function id(
  level: Level,
  slot: number,
  kind: typeof Kind.traceId | typeof Kind.spanId,
  length: number,
): PathEntry {
  const fill =
    (frame: Frame): Fill =>
    (record, cell) => {
      const table = frame.table(level)
      const row = frame.row(level, record)
      const start = table[row + slot]!
      const present = table[row + slot + 1]!
      if (present === 0) cell.setRange(kind, NO_ID, 0, length)
      else cell.setRange(kind, frame.bytes, start, start + present)
      return true
    }
  return { level, kind, fill }
}

/** An id as hexadecimal text; of an absent one, all zeros. */
export function idText(level: Level, slot: number, length: number): PathEntry {
  const fill = (frame: Frame): Fill => {
    const digits = Buffer.alloc(2 * length)
    return (record, cell) => {
      const table = frame.table(level)
      const row = frame.row(level, record)
      const start = table[row + slot]!
      const present = table[row + slot + 1] === length
      for (let i = 0; i < length; i++) {
        const byte = present ? frame.bytes[start + i]! : 0
        digits[2 * i] = HEX[byte >> 4]!
        digits[2 * i + 1] = HEX[byte & 15]!
      }
      cell.setRange(Kind.string, digits, 0, digits.length)
      return true
    }
  }
  return { level, kind: Kind.string, fill }
}

/** An AnyValue in three slots: kind, start, end. */
export function anyValue(level: Level, kindSlot: number): PathEntry {
  const fill =
    (frame: Frame): Fill =>
    (record, cell) => {
      const table = frame.table(level)
      const row = frame.row(level, record) + kindSlot
      cell.setValue(frame.bytes, table[row]!, table[row + 1]!, table[row + 2]!)
      return true
    }
  const index = (frame: Frame, keys: ReadonlyArray<CompiledValue>): Fill => indexed(frame, fill(frame), keys)
  return { level, kind: undefined, fill, index }
}

/** The attributes of a record, resource or scope: as a whole a map, with keys one attribute or what is in it. */
export function attributes(level: Level): PathEntry {
  const firstSlot = attributesSlot(level)
  const fill =
    (frame: Frame): Fill =>
    (record, cell) => {
      const table = frame.table(level)
      const row = frame.row(level, record)
      cell.setRows(table[row + firstSlot]!, table[row + firstSlot + 1]!)
      return true
    }
  const index = (frame: Frame, keys: ReadonlyArray<CompiledValue>): Fill => {
    const [first, ...rest] = keys
    if (first === undefined || !first.constant || first.kind !== Kind.string)
      return indexed(frame, fill(frame), keys)
    const { bytes, start, end } = first.cell
    const name = Buffer.from(bytes.subarray(start, end))
    const find = attributeFinder(frame, level, name)
    // Most of all paths: one call less for each record than by `find`, which V8 can't inline where there are several.
    if (rest.length === 0)
      return (record, cell) => {
        const table = frame.table(level)
        const row = frame.row(level, record) + firstSlot
        setAttribute(frame, findKey(frame, table[row]!, table[row + 1]!, name, 0, name.length), cell)
        return true
      }
    const nested = indexed(
      frame,
      (record, cell) => {
        setAttribute(frame, find(record), cell)
        return true
      },
      rest,
    )
    return (record, cell) => {
      if (find(record) !== -1) return nested(record, cell)
      cell.setNil()
      return true
    }
  }
  return { level, kind: Kind.map, fill, index }
}

/** The same paths for the contexts of what is inside: `prefix.name`. */
export function prefixed(
  prefix: string,
  own: ReadonlyMap<string, PathEntry>,
): ReadonlyMap<string, PathEntry> {
  return new Map([...own].map(([name, entry]) => [`${prefix}.${name}`, entry]))
}

/** Fields that every record has, whatever its signal. */
export const recordAttributes = attributes(Level.record)
export const recordTime = fixed64(Level.record, RECORD.timeLow, Kind.time)
export const recordTimeUnixNano = fixed64(Level.record, RECORD.timeLow, Kind.int)
