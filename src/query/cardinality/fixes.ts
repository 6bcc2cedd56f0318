import type { Activity } from './activity.ts'
import type { StoredMetric } from './labels.ts'

/** What something would save: series, and points and bytes of a day. Estimates, but for the series of a label. */
export type Saving = { readonly series: number; readonly samplesPerDay: number; readonly bytesPerDay: number }

/** A way to make a metric smaller, and what it would save. */
export type Fix =
  | { readonly fix: 'drop'; readonly saves: Saving }
  | { readonly fix: 'remove'; readonly label: string; readonly seriesLeft: number; readonly saves: Saving }
  | { readonly fix: 'limit'; readonly limit: number; readonly saves: Saving }

export type Volume = Pick<Activity, 'samplesPerDay' | 'bytesPerDay'>

/** A part of a metric's volume: its points are taken to be alike over its series. */
function part(volume: Volume, series: number, share: number): Saving {
  return {
    series,
    samplesPerDay: Math.round(volume.samplesPerDay * share),
    bytesPerDay: Math.round(volume.bytesPerDay * share),
  }
}

/** Dropping the whole metric. */
export const savedByDrop = (volume: Volume, stored: number): Saving => part(volume, stored, 1)

/** Removing a label: what becomes one series has one point where it had several. */
export function savedByRemoval(volume: Volume, stored: number, seriesLeft: number): Saving {
  return part(volume, stored - seriesLeft, stored === 0 ? 0 : (stored - seriesLeft) / stored)
}

/** Keeping no more than `limit` of the series that were active in the last hour. */
export function savedByLimit(volume: Volume, activeSeries: number, limit: number): Saving {
  const over = Math.max(0, activeSeries - limit)
  return part(volume, over, activeSeries === 0 ? 0 : over / activeSeries)
}

/** The fixes of a metric, those that save most bytes first. A label that makes no series is none. */
export function fixesOf(
  { stored, labels }: StoredMetric,
  activity: Omit<Activity, 'metric'>,
  limit: number,
): Fix[] {
  const fixes: Fix[] = [
    { fix: 'drop', saves: savedByDrop(activity, stored) },
    { fix: 'limit', limit, saves: savedByLimit(activity, activity.series.lastHour, limit) },
    ...labels.flatMap(({ label, seriesLeft }): Fix[] =>
      seriesLeft === undefined || seriesLeft >= stored
        ? []
        : [{ fix: 'remove', label, seriesLeft, saves: savedByRemoval(activity, stored, seriesLeft) }],
    ),
  ]
  return fixes
    .filter(({ saves }) => saves.series > 0)
    .sort((a, b) => b.saves.bytesPerDay - a.saves.bytesPerDay || b.saves.series - a.saves.series)
}
