import { ATTRIBUTE, EVENT, METRIC, RECORD, RESOURCE, SCOPE, ValueKind } from '../../otlp/slots.ts'
import { doubleOf } from '../../otlp/words.ts'
import { ValueReader } from './any-value.ts'
import { equalRanges } from './byte-search.ts'
import type { Cell } from './cell.ts'
import { Form } from './cell.ts'
import type { CompiledValue, Fill } from './compiled.ts'
import type { Frame } from './frame.ts'
import { KIND_NAMES, Kind, Level } from './kinds.ts'
import { setPlainValue } from './materialize.ts'
import type { PlainList, PlainMap } from './plain.ts'

/** Where a level's row says which rows of the attribute table are its own. */
export function attributesSlot(level: Level): number {
  if (level === Level.record) return RECORD.attributesFirst
  if (level === Level.resource) return RESOURCE.attributesFirst
  if (level === Level.scope) return SCOPE.attributesFirst
  return level === Level.metric ? METRIC.metadataFirst : EVENT.attributesFirst
}

/** Finds the row of an attribute: its first slot in the attribute table, or -1. */
export type Find = (record: number) => number

export function attributeFinder(frame: Frame, level: Level, key: Uint8Array): Find {
  const firstSlot = attributesSlot(level)
  return (record) => {
    const table = frame.table(level)
    const row = frame.row(level, record) + firstSlot
    return findKey(frame, table[row]!, table[row + 1]!, key, 0, key.length)
  }
}

/** The row of the attribute with this key among `count` rows from `first` on: its first slot, or -1. */
export function findKey(
  frame: Frame,
  first: number,
  count: number,
  key: Uint8Array,
  keyStart: number,
  keyEnd: number,
): number {
  const { attributes, bytes } = frame
  const length = keyEnd - keyStart
  // Keys share their beginnings (http., k8s.), so the last byte tells most apart.
  const lastByte = key[keyEnd - 1]
  // imul and | 0: integers throughout. Products of unsigned slots would be doubles, at three times the cost.
  const from = Math.imul(first, ATTRIBUTE.stride)
  const to = (from + Math.imul(count, ATTRIBUTE.stride)) | 0
  for (let base = from; base < to; base = (base + ATTRIBUTE.stride) | 0) {
    const start = attributes[base + ATTRIBUTE.keyStart]! | 0
    const end = attributes[base + ATTRIBUTE.keyEnd]! | 0
    if (end - start !== length || (length > 0 && bytes[end - 1] !== lastByte)) continue
    if (equalRanges(bytes, start, end, key, keyStart, keyEnd)) return base
  }
  return -1
}

/** Puts the attribute in the row at `base` into the cell; nil for -1. */
export function setAttribute(frame: Frame, base: number, cell: Cell): void {
  if (base === -1) {
    cell.setNil()
    return
  }
  const { attributes } = frame
  const start = attributes[base + ATTRIBUTE.valueStart]!
  const end = attributes[base + ATTRIBUTE.valueEnd]!
  if (attributes[base + ATTRIBUTE.kind] === ValueKind.string)
    cell.setRange(Kind.string, frame.bytes, start, end)
  else cell.setValue(frame.bytes, attributes[base + ATTRIBUTE.kind]!, start, end)
}

const Found = { failed: 0, nothing: 1, value: 2 } as const
type Found = (typeof Found)[keyof typeof Found]

/**
 * One step of indexing, `value[key]`, in place. A missing key gives nil. Errors as the collector's: a map wants
 * a string key, a list an int within its bounds, and nothing else can be indexed.
 */
export function indexInto(frame: Frame, reader: ValueReader, cell: Cell, key: Cell): Found {
  if (cell.kind === Kind.map) {
    if (key.kind !== Kind.string)
      return fail(frame, `a map is indexed by a string, not by ${KIND_NAMES[key.kind]}`)
    if (cell.form === Form.plain) return findMember(cell, key)
    return cell.form === Form.rows ? findRow(frame, cell, key) : findPair(reader, cell, key)
  }
  if (cell.kind === Kind.list) {
    if (key.kind !== Kind.int)
      return fail(frame, `a list is indexed by an int, not by ${KIND_NAMES[key.kind]}`)
    const inside = key.high === 0 && key.low >= 0 && setItem(reader, cell, key.low)
    return inside ? Found.value : fail(frame, 'the index is outside the list')
  }
  return fail(frame, `${KIND_NAMES[cell.kind]} can't be indexed`)
}

function fail(frame: Frame, failure: string): typeof Found.failed {
  frame.failure = failure
  return Found.failed
}

function findRow(frame: Frame, cell: Cell, key: Cell): Found {
  const base = findKey(frame, cell.start, cell.end - cell.start, key.bytes, key.start, key.end)
  setAttribute(frame, base, cell)
  return base === -1 ? Found.nothing : Found.value
}

function findPair(reader: ValueReader, cell: Cell, key: Cell): Found {
  reader.enter(cell.bytes, cell.start, cell.end)
  while (reader.nextPair()) {
    if (!equalRanges(cell.bytes, reader.keyStart, reader.keyEnd, key.bytes, key.start, key.end)) continue
    cell.setValue(cell.bytes, reader.kind, reader.start, reader.end)
    return Found.value
  }
  cell.setNil()
  return Found.nothing
}

/** In a map that was made by a function, or is written out. */
function findMember(cell: Cell, key: Cell): Found {
  const value = (cell.plain as PlainMap).get(key.text())
  setPlainValue(cell, value ?? null)
  return value === undefined ? Found.nothing : Found.value
}

/** Puts the item at an index into the cell; false if the list ends before it. */
export function setItem(reader: ValueReader, cell: Cell, index: number): boolean {
  if (cell.form === Form.message) return findItem(reader, cell, index)
  const items = cell.form === Form.plain ? (cell.plain as PlainList) : undefined
  if (index >= (items?.length ?? cell.end - cell.start)) return false
  if (items !== undefined) setPlainValue(cell, items[index]!)
  else setElement(cell, 2 * (cell.start + index))
  return true
}

function setElement(cell: Cell, at: number): void {
  const low = cell.words[at]!
  const high = cell.words[at + 1]!
  if (cell.form === Form.doubles) cell.setDouble(doubleOf(low, high))
  else cell.setInt(low, high)
}

function findItem(reader: ValueReader, cell: Cell, index: number): boolean {
  reader.enter(cell.bytes, cell.start, cell.end)
  for (let i = 0; reader.nextItem(); i++) {
    if (i !== index) continue
    cell.setValue(cell.bytes, reader.kind, reader.start, reader.end)
    return true
  }
  return false
}

/** Applies keys to what `fill` gives; nil as soon as a key is missing, or (`strict`) an error. */
export function indexed(frame: Frame, fill: Fill, keys: ReadonlyArray<CompiledValue>, strict = false): Fill {
  const reader = new ValueReader()
  return (record, cell) => {
    if (!fill(record, cell)) return false
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!
      if (!key.load(record)) return false
      const found = indexInto(frame, reader, cell, key.cell)
      if (found === Found.nothing && strict) frame.failure = 'the map has no such key'
      if (found !== Found.value) return found === Found.nothing && !strict
    }
    return true
  }
}
