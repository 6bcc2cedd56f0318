import type { SetOp, VectorMatching } from '../ast.ts'
import { filledOf, SeriesWriter, type VectorValue } from '../evaluate/value.ts'
import { mergedSeries } from '../functions/labels.ts'
import { ABSENT, type GridSeries, type GridVector } from '../grid.ts'
import { groupsOf, presence } from './signature.ts'

/** `and`, `or` and `unless`: elements by whether the other side has partners of them. */
export function combineSets(
  op: SetOp,
  left: VectorValue,
  right: VectorValue,
  matching: VectorMatching | undefined,
  count: number,
): VectorValue {
  const groups = [...groupsOf(left.series, right.series, matching).values()]
  // `on` and `ignoring` alike keep the order of each side.
  const kept = new Map<GridSeries, SeriesWriter>()
  const others = new Map<GridSeries, SeriesWriter>()
  for (const group of groups) {
    if (op === 'or') {
      const there = presence(group.left, count)
      for (const one of group.right) others.set(one, where(one, there, 0))
    } else {
      const there = presence(group.right, count)
      for (const one of group.left) kept.set(one, where(one, there, op === 'and' ? 1 : 0))
    }
  }
  if (op !== 'or') return { kind: 'vector', series: inOrder(left.series, kept) }
  return { kind: 'vector', series: mergedSeries([...left.series, ...inOrder(right.series, others)]) }
}

function where(series: GridSeries, present: Uint8Array, wanted: 0 | 1): SeriesWriter {
  const writer = new SeriesWriter(series.series, series.kinds.length, series.dropName)
  for (let step = 0; step < series.kinds.length; step++)
    if (series.kinds[step] !== ABSENT && present[step] === wanted) writer.copy(step, series)
  return writer
}

function inOrder(series: GridVector, writers: ReadonlyMap<GridSeries, SeriesWriter>): GridVector {
  return filledOf(series.map((one) => writers.get(one)!))
}
