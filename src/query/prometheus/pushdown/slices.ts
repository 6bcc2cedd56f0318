import { withinDays } from '../../sql/conditions.ts'
import { type Fragment, sql } from '../../sql/fragment.ts'
import { select } from '../../sql/select.ts'
import type { Source } from '../../sql/source.ts'
import type { Lane } from '../execute/lanes.ts'
import { placeConditions, pointConditions, samplesOfPoint } from '../execute/points.ts'
import type { Interval, TenantRun } from '../execute/store.ts'
import { daysOf } from '../execute/times.ts'
import { partLabel } from '../naming/parts.ts'

/**
 * Samples that one statement may aggregate: ClickHouse's states hold each of them, at some 60 bytes, and a query has
 * `query.memoryBytesMax`.
 */
export const SLICE_SAMPLES = 1_000_000
/** Of so large a part of a slice, a statement of its own is worth its costs. */
const SMALL_PART = 4
/** Points that come more often than this are counted before they are read. */
const USUAL_INTERVAL_MS = 10_000

/**
 * The lane in parts of series that lie beside each other, each small enough for one statement, and where that is worth it as
 * many as run side by side.
 */
export async function slicesOf(
  tenant: TenantRun,
  lane: Lane,
  interval: Interval,
  atOnce: number,
): Promise<Lane[]> {
  const small = tenant.store.sliceSamples / SMALL_PART
  const usual = (lane.fingerprints.length * (interval.endMs - interval.startMs)) / USUAL_INTERVAL_MS
  // Buckets are many samples of a point.
  if (usual < small && lane.part === 'value') return [lane]
  const samples = await samplesAtMost(tenant, lane, interval, usual)
  const enough = Math.ceil(samples / tenant.store.sliceSamples)
  const worthwhile = Math.min(atOnce, Math.floor(samples / small))
  const slices = Math.min(lane.fingerprints.length, Math.max(enough, worthwhile))
  return slices <= 1 ? [lane] : cut(lane, slices)
}

/** So many times what is usual: the lane is cut finer than it need be, which costs less than to read its rows for a number. */
const FAR_ABOVE = 2

/** A point of these is one sample. */
const hasOneSample = ({ part }: Lane): boolean => partLabel(part) === undefined

/**
 * How many samples the lane has in an interval, or somewhat more. What its metrics have on whole days ClickHouse tells by its index
 * alone: where that is not far above what is usual, no row is read to know it better.
 */
async function samplesAtMost(
  tenant: TenantRun,
  lane: Lane,
  interval: Interval,
  usual: number,
): Promise<number> {
  const points = tenant.store.points[lane.table]
  if (hasOneSample(lane)) {
    const whole = [
      ...placeConditions(points, lane),
      ...withinDays(sql`toDate(${points.column('TimeUnix')})`, daysOf(interval)),
    ]
    const most = await countOf(tenant, points, sql`count()`, whole)
    if (most <= FAR_ABOVE * usual) return most
  }
  return countOf(
    tenant,
    points,
    sql`sum(${samplesOfPoint(points, lane)})`,
    pointConditions(points, lane, interval),
  )
}

async function countOf(
  { store, tenantId, run }: TenantRun,
  from: Source,
  samples: Fragment,
  where: ReadonlyArray<Fragment>,
): Promise<number> {
  const statement = select({
    from,
    tenantId,
    columns: { samples: sql`toString(${samples})` },
    where,
    limit: 1,
  })
  const [row] = await store.queries.rows<{ samples: string }>(statement, run)
  return Number(row?.samples ?? 0)
}

function cut(lane: Lane, slices: number): Lane[] {
  const places = lane.fingerprints
    .map((_, i) => ({ i, resource: BigInt(lane.resources[i]!), fingerprint: BigInt(lane.fingerprints[i]!) }))
    .sort((a, b) => compare(a.resource, b.resource) || compare(a.fingerprint, b.fingerprint))
  // What is one series must not be cut in two.
  if (lane.distinct.length < lane.fingerprints.length)
    places.sort((a, b) => lane.targets[a.i]!.index - lane.targets[b.i]!.index)
  const parts: Lane[] = []
  let from = 0
  for (let part = 1; part <= slices; part++) {
    let to = Math.max(from, Math.round((part * places.length) / slices))
    while (to > from && to < places.length && sameTarget(lane, places[to - 1]!.i, places[to]!.i)) to++
    const own = places.slice(from, to)
    from = to
    if (own.length > 0)
      parts.push({
        table: lane.table,
        part: lane.part,
        delta: lane.delta,
        gauge: lane.gauge,
        metricNames: lane.metricNames,
        fingerprints: own.map(({ i }) => lane.fingerprints[i]!),
        resources: own.map(({ i }) => lane.resources[i]!),
        targets: own.map(({ i }) => lane.targets[i]!),
        distinct: [...new Set(own.map(({ i }) => lane.targets[i]!))],
      })
  }
  return parts
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)
const sameTarget = ({ targets }: Lane, a: number, b: number): boolean => targets[a] === targets[b]
