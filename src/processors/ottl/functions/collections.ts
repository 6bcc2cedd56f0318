import { Cell } from '../cell.ts'
import { compareCells, Operator } from '../compare.ts'
import { type CompiledValue, computedValue } from '../compiled.ts'
import type { Frame } from '../frame.ts'
import { Kind, type Level } from '../kinds.ts'
import { ListWalk } from '../list-walk.ts'
import { materialize } from '../materialize.ts'
import type { Plain, PlainList, PlainMap } from '../plain.ts'
import { textOfCell } from '../text-of-cell.ts'
import type { FunctionSpec, Parameter } from './function.ts'
import { eachItem } from './list-argument.ts'
import { failed, STRING, TEXT_BYTES_MAX, TOO_LONG, valueFunction } from './value-function.ts'

const mapTarget: Parameter = { name: 'target', kinds: [Kind.map] }
const listTarget: Parameter = { name: 'target', kinds: [Kind.list] }

const keys = valueFunction('Keys', [mapTarget], Kind.list, (frame) => (cell, source) => {
  cell.setPlain(Kind.list, [...(materialize(source, frame) as PlainMap).keys()])
  return true
})

const values = valueFunction('Values', [mapTarget], Kind.list, (frame) => (cell, source) => {
  cell.setPlain(Kind.list, [...(materialize(source, frame) as PlainMap).values()])
  return true
})

/** The place of an equal item, or -1. The items of a list that is written out are compared without the list. */
type Find = (list: Cell, wanted: Cell) => number

function finder(frame: Frame, { items }: CompiledValue): Find {
  if (items !== undefined)
    return (_list, wanted) => {
      for (let i = 0; i < items.length; i++)
        if (compareCells(items[i]!.cell, wanted, Operator.equal, frame)) return i
      return -1
    }
  const walk = new ListWalk()
  const item = new Cell()
  return (list, wanted) => {
    walk.enter(list)
    for (let i = 0; walk.next(item); i++) if (compareCells(item, wanted, Operator.equal, frame)) return i
    return -1
  }
}

const containsValue = valueFunction(
  'ContainsValue',
  [listTarget, { name: 'item' }],
  Kind.bool,
  (frame, [target]) => {
    const find = finder(frame, target!)
    return (cell, list, wanted) => {
      cell.setBool(find(list, wanted) !== -1)
      return true
    }
  },
)

/** Of a text, in bytes. */
const index = valueFunction(
  'Index',
  [{ name: 'source', kinds: [Kind.string, Kind.list] }, { name: 'value' }],
  Kind.int,
  (frame, [target]) => {
    const find = finder(frame, target!)
    return (cell, source, wanted) => {
      if (source.kind === Kind.string && wanted.kind !== Kind.string)
        return failed(frame, 'Index in a string needs a string')
      const found = source.kind === Kind.string ? indexInText(source, wanted) : find(source, wanted)
      cell.setInt(found, found < 0 ? -1 : 0)
      return true
    }
  },
)

function indexInText(source: Cell, wanted: Cell): number {
  return source.bytes
    .subarray(source.start, source.end)
    .indexOf(wanted.bytes.subarray(wanted.start, wanted.end))
}

/** The first value that is not nil. */
const coalesce: FunctionSpec = {
  name: 'Coalesce',
  parameters: [{ name: 'values', kinds: [Kind.list] }],
  build: (frame, [list]) => {
    const { items = [], level } = list!
    if (items.length === 0)
      throw new Error('values of Coalesce must be a list that is written out, and not empty')
    const value = computedValue(frame, { level, kind: undefined, fallible: true }, (record, cell) => {
      for (let i = 0; i < items.length; i++) {
        if (!items[i]!.load(record)) return false
        cell.copyFrom(items[i]!.cell)
        if (cell.kind !== Kind.nil) return true
      }
      return true
    })
    return { value }
  },
}

/** Joins the texts of values: nil is `<nil>`, lists and maps are JSON. No list joins to nothing. */
const concat: FunctionSpec = {
  name: 'Concat',
  parameters: [
    { name: 'vals', kinds: [Kind.list, Kind.nil] },
    { name: 'delimiter', kinds: STRING },
  ],
  build: (frame, [list, delimiter]) => {
    const each = eachItem(frame, list!)
    const level = Math.max(list!.level, delimiter!.level) as Level
    let text = ''
    let separator = ''
    let between = ''
    const append = (item: Cell): boolean => {
      const part =
        item.kind === Kind.nil ? '<nil>' : item.kind === Kind.string ? item.text() : textOfCell(item, frame)
      if (part === undefined) return failed(frame, 'NaN, the infinities and messages have no text in OTTL')
      text += between + part
      between = separator
      return text.length <= TEXT_BYTES_MAX || failed(frame, TOO_LONG)
    }
    const value = computedValue(frame, { level, kind: Kind.string, fallible: true }, (record, cell) => {
      if (!delimiter!.load(record)) return false
      if (delimiter!.cell.kind !== Kind.string) return failed(frame, 'delimiter of Concat must be string')
      text = ''
      between = ''
      separator = delimiter!.cell.text()
      if (!each(record, append)) return false
      cell.setText(text)
      return true
    })
    return { value }
  },
}

const pathParameter = (name: string): Parameter => ({
  name,
  kinds: [Kind.list],
  literal: true,
  optional: true,
})

/** A list as one map: by the text at `key_path` in each of its maps, or by its place; the whole, or what is at `value_path`. */
const sliceToMap = valueFunction(
  'SliceToMap',
  [listTarget, pathParameter('key_path'), pathParameter('value_path')],
  Kind.map,
  (frame, args) => {
    const [keyPath, valuePath] = [args[1], args[2]].map((path) =>
      path === undefined ? undefined : (path.cell.plain as PlainList).map(String),
    )
    return (cell, list) => {
      const map = new Map<string, Plain>()
      for (const [i, item] of (materialize(list, frame) as PlainList).entries()) {
        const key = keyPath === undefined ? String(i) : at(item, keyPath)
        const value = valuePath === undefined ? item : at(item, valuePath)
        if (typeof key !== 'string' || value === undefined)
          return failed(frame, 'SliceToMap needs maps that have its paths, with a string at key_path')
        map.set(key, value)
      }
      cell.setPlain(Kind.map, map)
      return true
    }
  },
)

function at(item: Plain, path: ReadonlyArray<string>): Plain | undefined {
  let found: Plain | undefined = item
  for (const key of path) found = found instanceof Map ? found.get(key) : undefined
  return found
}

/** Numbers sort as numbers, everything else as text. The items stay what they are. */
const sort = valueFunction(
  'Sort',
  [listTarget, { name: 'order', kinds: STRING, literal: true, optional: true }],
  Kind.list,
  (frame, [, order]) => {
    const direction = order?.cell.text() ?? 'asc'
    if (direction !== 'asc' && direction !== 'desc') throw new Error('order of Sort must be asc or desc')
    return (cell, list) => {
      const items = materialize(list, frame) as PlainList
      if (items.some(isUnsortable)) return failed(frame, 'Sort needs numbers, strings and bools')
      const compare = items.every(isNumeric) ? byNumber : byText
      const sorted = items.toSorted(compare)
      cell.setPlain(Kind.list, direction === 'asc' ? sorted : sorted.reverse())
      return true
    }
  },
)

function isUnsortable(item: Plain): boolean {
  return typeof item === 'object' && item !== null
}

function isNumeric(item: Plain): boolean {
  return typeof item === 'number' || typeof item === 'bigint'
}

function byNumber(a: Plain, b: Plain): number {
  return a! < b! ? -1 : a! > b! ? 1 : 0
}

function byText(a: Plain, b: Plain): number {
  return Buffer.compare(Buffer.from(String(a ?? '')), Buffer.from(String(b ?? '')))
}

export const collectionFunctions: ReadonlyArray<FunctionSpec> = [
  coalesce,
  concat,
  containsValue,
  index,
  keys,
  sliceToMap,
  sort,
  values,
]
