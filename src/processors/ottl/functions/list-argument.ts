import { ValueReader } from '../any-value.ts'
import { Cell } from '../cell.ts'
import type { CompiledValue } from '../compiled.ts'
import type { Frame } from '../frame.ts'
import { KIND_NAMES, Kind } from '../kinds.ts'
import { setItem } from '../lookup.ts'

/** Visits the items of a list, in order, until the visitor says no. */
export type Visit = (item: Cell) => boolean

/** Visits a list that is an argument; false if it, or an item of it, has no value, or the visitor said no. */
export type EachItem = (record: number, visit: Visit) => boolean

/** Of a list that is written out, the items are visited as they are, without the list; of another, its own. */
export function eachItem(frame: Frame, list: CompiledValue): EachItem {
  const { items } = list
  if (items === undefined) {
    const walk = walker()
    return (record, visit) => {
      if (!list.load(record)) return false
      if (list.cell.kind === Kind.list) return walk(list.cell, visit)
      frame.failure = `a list is needed, but the value is ${KIND_NAMES[list.cell.kind]}`
      return false
    }
  }
  return (record, visit) => {
    for (let i = 0; i < items.length; i++) {
      const item = items[i]!
      if (!item.load(record) || !visit(item.cell)) return false
    }
    return true
  }
}

/** Visits what is in a list's cell. Keeps a cell of its own, so one walk ends before the next begins. */
export function walker(): (list: Cell, visit: Visit) => boolean {
  const reader = new ValueReader()
  const item = new Cell()
  return (list, visit) => {
    for (let i = 0; ; i++) {
      item.copyFrom(list)
      if (!setItem(reader, item, i)) return true
      if (!visit(item)) return false
    }
  }
}
