import type { Batch } from '../batch.ts'
import type { RowTable } from '../row-table.ts'
import type { Message } from './message.ts'

/**
 * The array that `count` more elements of a repeated number are to be appended to, whose row is told of them. Only that
 * row writes to the array meanwhile: its elements stand together.
 */
export function elementsOf(
  batch: Batch,
  type: Message,
  tag: number,
  data: Uint32Array,
  base: number,
  count: number,
): RowTable {
  const array = batch.arrays[type.arrays[tag >>> 3]! as 0 | 1]
  const slot = base + type.slots[tag >>> 3]!
  if (data[slot + 1] === 0) data[slot] = array.count
  data[slot + 1]! += count
  return array
}

export function appendElement(
  batch: Batch,
  type: Message,
  tag: number,
  data: Uint32Array,
  base: number,
  low: number,
  high: number,
): void {
  const array = elementsOf(batch, type, tag, data, base, 1)
  const at = array.addUnwritten(1)
  array.data[at] = low
  array.data[at + 1] = high
}
