import { ValueReader } from './any-value.ts'
import { type Cell, Form } from './cell.ts'
import { setElement } from './lookup.ts'
import { setPlainValue } from './materialize.ts'
import type { PlainList } from './plain.ts'

/** Goes through the items of a list once, wherever it is held. One mutable object that is reused. */
export class ListWalk {
  readonly #reader = new ValueReader()
  #list: Cell | undefined
  #next = 0

  /** Starts on a list, whose cell stays as it is meanwhile. */
  enter(list: Cell): void {
    this.#list = list
    this.#next = 0
    if (list.form === Form.message) this.#reader.enter(list.bytes, list.start, list.end)
  }

  /** Puts the next item into the cell; false at the end. */
  next(item: Cell): boolean {
    const list = this.#list!
    const index = this.#next++
    if (list.form === Form.message) {
      if (!this.#reader.nextItem()) return false
      item.setValue(list.bytes, this.#reader.kind, this.#reader.start, this.#reader.end)
      return true
    }
    const plain = list.form === Form.plain ? (list.plain as PlainList) : undefined
    if (index >= (plain?.length ?? list.end - list.start)) return false
    if (plain !== undefined) setPlainValue(item, plain[index]!)
    else setElement(item, list, index)
    return true
  }
}
