import { sql } from '../../sql/fragment.ts'
import { select } from '../../sql/select.ts'
import type { Lane } from '../execute/lanes.ts'
import { pointConditions, samplesOfPoint } from '../execute/points.ts'
import type { Interval, TenantRun } from '../execute/store.ts'

/**
 * Samples that one statement may aggregate: ClickHouse's states hold each of them, at some 60 bytes, and a query has
 * `query.memoryBytesMax`.
 */
export const SLICE_SAMPLES = 2_000_000
/** Points that come more often than this are counted before they are read. */
const USUAL_INTERVAL_MS = 10_000

/** The lane in parts of series that lie beside each other, each small enough for one statement. */
export async function slicesOf(tenant: TenantRun, lane: Lane, interval: Interval): Promise<Lane[]> {
  const series = lane.fingerprints.length
  const { sliceSamples } = tenant.store
  const usual = (series * (interval.endMs - interval.startMs)) / USUAL_INTERVAL_MS
  // Buckets are many samples of a point.
  if (usual < sliceSamples / 4 && lane.part === 'value') return [lane]
  const slices = Math.min(series, Math.ceil((await countSamples(tenant, lane, interval)) / sliceSamples))
  return slices <= 1 ? [lane] : cut(lane, slices)
}

async function countSamples(tenant: TenantRun, lane: Lane, interval: Interval): Promise<number> {
  const points = tenant.store.points[lane.table]
  const statement = select({
    from: points,
    tenantId: tenant.tenantId,
    columns: { samples: sql`toString(sum(${samplesOfPoint(points, lane)}))` },
    where: pointConditions(points, lane, interval),
    limit: 1,
  })
  const [row] = await tenant.store.queries.rows<{ samples: string }>(statement, tenant.run)
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
