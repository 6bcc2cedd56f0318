import { projected, type Series, seriesOf } from '../../logql/metrics/series.ts'
import { METADATA_LABELS } from '../../promql/functions/labels.ts'
import { printValue } from '../../promql/histogram/text.ts'
import type { GroupingHint } from '../../promql/source.ts'
import { pointOf } from '../execute/float-series.ts'
import type { Lane, LaneSeries } from '../execute/lanes.ts'
import { partLabel } from '../naming/parts.ts'

/** Which group each series of a lane belongs to, and what the groups are called. */
export type Groups = {
  /** The label of points that tells groups apart too. */
  readonly pointLabel: 'le' | 'quantile' | undefined
  /** By the place of the series among the lane's distinct ones. */
  readonly numbers: ReadonlyArray<number>
  readonly series: (group: number, point: number | string) => Series
}

export function groupsOf(lane: Lane, { labels, without }: GroupingHint): Groups {
  const names = new Set(labels)
  if (without) for (const name of METADATA_LABELS) names.add(name)
  const known = new Map<string, number>()
  const groups: Series[] = []
  const numberOf = ({ series }: LaneSeries): number => {
    const group = projected(series, names, without)
    const before = known.get(group.key)
    if (before !== undefined) return before
    known.set(group.key, groups.length)
    return groups.push(group) - 1
  }
  const label = partLabel(lane.part)
  const pointLabel = label !== undefined && names.has(label) !== without ? label : undefined
  return {
    pointLabel,
    numbers: lane.distinct.map(numberOf),
    series: (group, point) => {
      const base = groups[group]!
      if (pointLabel === undefined) return base
      return seriesOf(new Map(base.labels).set(pointLabel, printValue(pointOf(point))))
    },
  }
}
