import type { Batch } from '../../src/otlp/batch.ts'
import { Outcomes } from '../../src/otlp/outcomes.ts'
import { newBatch, scanRequest } from '../../src/otlp/scan/index.ts'
import { fingerprintSeries } from '../../src/otlp/series/fingerprint.ts'
import { POINT } from '../../src/otlp/slots.ts'
import { FoldEngine } from '../../src/processors/fold/engine.ts'
import { Folder } from '../../src/processors/fold/folder.ts'
import { FoldRule } from '../../src/processors/fold/rule.ts'
import { encodeMetricsRequest } from '../../test/otlp/proto.ts'
import { SCAN_OUTCOMES } from '../../test/otlp/scan-outcomes.ts'
import { median } from '../schema/clickhouse.ts'

/**
 * What folding costs per data point, part of `npm run bench`. Requests of a thousand points of as many members, met in turns;
 * a batch is scanned anew before it is folded, so the caches are as they would be; each is measured apart. Goal: 300 ns.
 *
 * The medians of requests count, by the clock: a thread's CPU time is brought up to date by the scheduler, every few milliseconds, and a request
 * takes a third of one. Where others have the core meanwhile, that falls on a few requests, which the median leaves out.
 */

const POINTS = 1000
const ROUTES = 10
/** Every so many buckets of a histogram have counted since the last point. */
const MOVING = 5
const GOAL_NS = 300
const LIMITS = { recordsPerRequestMax: 1e6, attributesPerRecordMax: 1000 }
const START_NS = 1_700_000_000_000_000_000n

const label = (key: string, stringValue: string): object => ({ key, value: { stringValue } })

/** A request of a kind of metric, of members from `first` on. */
function requestOf(
  first: number,
  kind: (dataPoints: object[]) => object,
  value: (i: number) => object,
): Buffer {
  const dataPoints = Array.from({ length: POINTS }, (_, i) => ({
    attributes: [
      label('http.request.method', 'GET'),
      label('http.route', `/orders/${i % ROUTES}`),
      label('http.response.status_code', '200'),
      label('user.id', `user-${first + i}`),
    ],
    startTimeUnixNano: String(START_NS),
    timeUnixNano: String(START_NS + 10_000_000_000n),
    ...value(first + i),
  }))
  const resource = {
    attributes: [label('service.name', 'shop'), label('k8s.pod.name', 'shop-7d9f8b6c5-x2x4z')],
  }
  const metrics = [{ name: 'http.server.requests', ...kind(dataPoints) }]
  return encodeMetricsRequest({ resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] })
}

type Case = {
  readonly kind: (dataPoints: object[]) => object
  readonly value: (i: number) => object
  readonly members: number
}

const sum =
  (aggregationTemporality: number, isMonotonic = true) =>
  (dataPoints: object[]): object => ({ sum: { aggregationTemporality, isMonotonic, dataPoints } })
const int = (i: number): object => ({ asInt: String(i) })
const BOUNDS = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000]
const explicit = (i: number): object => ({
  count: '16',
  sum: i,
  explicitBounds: BOUNDS,
  bucketCounts: [...BOUNDS, 0].map(() => '1'),
})
const exponential = (i: number): object => ({
  count: '40',
  sum: i,
  scale: 3,
  positive: { offset: i % 8, bucketCounts: Array.from({ length: 40 }, () => '1') },
})

const CASES: Readonly<Record<string, Case>> = {
  'cumulative sum, 1,000 members': { kind: sum(2), value: int, members: 1000 },
  'cumulative sum, 200,000 members': { kind: sum(2), value: int, members: 200_000 },
  'delta sum': { kind: sum(1), value: int, members: 1000 },
  'gauge, 100,000 members': {
    kind: (dataPoints) => ({ gauge: { dataPoints } }),
    value: int,
    members: 100_000,
  },
  'histogram of 16 buckets': {
    kind: (dataPoints) => ({ histogram: { aggregationTemporality: 2, dataPoints } }),
    value: explicit,
    members: 50_000,
  },
  'exponential histogram of 40 buckets': {
    kind: (dataPoints) => ({ exponentialHistogram: { aggregationTemporality: 2, dataPoints } }),
    value: exponential,
    members: 50_000,
  },
}

const RULES = {
  overflow: new FoldRule({
    owner: 'cardinality_limit',
    labels: { keep: [] },
    resourceAttributes: { keep: ['service.name'] },
    gauge: 'sum',
    isOverflow: true,
  }),
  'remove user.id': new FoldRule({
    owner: 'aggregate',
    labels: { remove: ['user.id'] },
    resourceAttributes: { remove: [] },
    gauge: 'sum',
    isOverflow: false,
  }),
}

function clockNs(run: () => void): number {
  const before = performance.now()
  run()
  return (performance.now() - before) * 1e6
}

/** Makes the points later than those before of their series, and of histograms every fifth bucket higher. */
function moveOn({ arrays, records: { data } }: Batch, round: number): void {
  const counts = arrays[0].data
  for (let base = 0; base < POINTS * POINT.stride; base += POINT.stride) {
    data[base + POINT.timeLow]! += round
    if (arrays[0].count === 0) continue
    const first = 2 * data[base + POINT.countsFirst]!
    for (let i = 0; i < data[base + POINT.countsCount]!; i += MOVING) {
      counts[first + 2 * i]! += round
      data[base + POINT.countLow]! += round
    }
  }
}

function measure(
  name: string,
  requests: ReadonlyArray<Buffer>,
  rule: FoldRule,
  effort: number,
): FoldingFigures {
  const repeated = Array.from({ length: Math.ceil(100 / requests.length) }, () => requests).flat()
  // A clock far ahead of the senders': they are folded from their start on.
  let nowMs = Number(START_NS / 1_000_000n) - 1
  const bounds = { membersMax: 1_000_000, foldsMax: 1000, bucketsMax: 8_000_000, idleAfterMs: 1e12 }
  const engine = new FoldEngine({ ...bounds, instance: 'bench', nowMs: () => nowMs })
  const folder = new Folder(engine, new Outcomes())
  const batch = newBatch('metrics')
  let round = 0
  const scan = (bytes: Buffer): void => {
    scanRequest(batch, bytes, LIMITS, SCAN_OUTCOMES)
    batch.tenants.push('default')
    fingerprintSeries(batch)
    moveOn(batch, ++round)
  }
  const fold = (): void => {
    nowMs++
    engine.begin(batch)
    for (let i = 0; i < POINTS; i++) folder.fold(batch, i, rule, 1)
    engine.finish()
  }
  const rounds = Array.from({ length: effort + 1 }, () => {
    const times = repeated.map((bytes) => ({ scanned: clockNs(() => scan(bytes)), folded: clockNs(fold) }))
    return {
      scanned: median(times.map(({ scanned }) => scanned)),
      folded: median(times.map(({ folded }) => folded)),
    }
  }).slice(1)
  const scanNs = median(rounds.map(({ scanned }) => scanned)) / POINTS
  const nsPerPoint = Math.round(median(rounds.map(({ folded }) => folded)) / POINTS)
  const percentOfScan = Math.round((100 * nsPerPoint) / scanNs)
  return { name, nsPerPoint, percentOfScan, goal: nsPerPoint <= GOAL_NS ? 'reached' : 'missed' }
}

/** Time of a folded point beside that of its scan and fingerprint in the same run. */
export type FoldingFigures = {
  readonly name: string
  readonly nsPerPoint: number
  readonly percentOfScan: number
  readonly goal: 'reached' | 'missed'
}

/** `effort`: of how many rounds, after the first, the median counts. */
export function measureFolding(effort: number): FoldingFigures[] {
  return Object.entries(CASES).flatMap(([name, { kind, members, value }]) => {
    const requests = Array.from({ length: members / POINTS }, (_, i) => requestOf(i * POINTS, kind, value))
    return Object.entries(RULES).map(([policy, rule]) =>
      measure(`${name}; ${policy}`, requests, rule, effort),
    )
  })
}
