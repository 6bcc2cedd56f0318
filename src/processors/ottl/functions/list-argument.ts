import { Cell } from '../cell.ts'
import type { CompiledValue } from '../compiled.ts'
import type { Frame } from '../frame.ts'
import { KIND_NAMES, Kind } from '../kinds.ts'
import { ListWalk } from '../list-walk.ts'

/** Visits the items of a list, in order, until the visitor says no. */
export type Visit = (item: Cell) => boolean

/** Visits a list that is an argument; false if it, or an item of it, has no value, or the visitor said no. */
export type EachItem = (record: number, visit: Visit) => boolean

/** Of a list that is written out, the items are visited as they are, without the list; of another, its own; nil has none. */
export function eachItem(frame: Frame, list: CompiledValue): EachItem {
  const { items } = list
  if (items === undefined) {
    const walk = new ListWalk()
    const item = new Cell()
    return (record, visit) => {
      if (!list.load(record)) return false
      if (list.cell.kind === Kind.nil) return true
      if (list.cell.kind !== Kind.list) {
        frame.failure = `a list is needed, but the value is ${KIND_NAMES[list.cell.kind]}`
        return false
      }
      walk.enter(list.cell)
      while (walk.next(item)) if (!visit(item)) return false
      return true
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
