import { projected, type Series, seriesOf } from '../../logql/metrics/series.ts'
import type { VectorMatching } from '../ast.ts'
import { METADATA_LABELS } from '../functions/labels.ts'
import type { GridSeries, GridVector } from '../grid.ts'

/** Labels that say which elements are partners: those of `on`, or all but those of `ignoring` and what names the metric. */
export function signatureOf(matching: VectorMatching | undefined): (series: Series) => Series {
  if (matching?.on === true) {
    const names = new Set(matching.labels)
    return (series) => projected(series, names, false)
  }
  const names = new Set([...(matching?.labels ?? []), ...METADATA_LABELS])
  return (series) => projected(series, names, true)
}

/** The series of both sides that have equal signatures. */
export type MatchGroup = {
  readonly signature: Series
  readonly left: GridSeries[]
  readonly right: GridSeries[]
}

export function groupsOf(
  left: GridVector,
  right: GridVector,
  matching: VectorMatching | undefined,
): Map<string, MatchGroup> {
  const signature = signatureOf(matching)
  const groups = new Map<string, MatchGroup>()
  const add = (one: GridSeries, side: 'left' | 'right'): void => {
    const found = signature(one.series)
    let group = groups.get(found.key)
    if (group === undefined) {
      group = { signature: found, left: [], right: [] }
      groups.set(found.key, group)
    }
    group[side].push(one)
  }
  for (const one of left) add(one, 'left')
  for (const one of right) add(one, 'right')
  return groups
}

/** The labels of a result: those of the side with many, changed as the matching says. */
export function resultSeries(
  many: Series,
  one: Series,
  arithmetic: boolean,
  matching: VectorMatching | undefined,
): Series {
  let labels = [...many.labels]
  if (arithmetic) labels = labels.filter(([name]) => !METADATA_LABELS.has(name))
  if (matching === undefined) return seriesOf(labels)
  if (matching.group === undefined)
    labels = labels.filter(([name]) => matching.labels.includes(name) === matching.on)
  const result = new Map(labels)
  for (const name of matching.include) {
    const value = one.labels.get(name)
    if (value === undefined || value === '') result.delete(name)
    else result.set(name, value)
  }
  return seriesOf(result)
}

/** At which instants has any of the series a sample? */
export function presence(series: GridVector, count: number): Uint8Array {
  const present = new Uint8Array(count)
  for (const { kinds } of series)
    for (let step = 0; step < count; step++) if (kinds[step] !== 0) present[step] = 1
  return present
}
