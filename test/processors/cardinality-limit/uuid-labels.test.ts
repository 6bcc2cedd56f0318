import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { KEPT } from '../../../src/otlp/batch.ts'
import { newBatch } from '../../../src/otlp/scan/index.ts'
import { SeriesState } from '../../../src/processors/cardinality-limit/series-state.ts'
import { SeriesTracker } from '../../../src/processors/cardinality-limit/series-tracker.ts'
import { LivePipeline } from '../../../src/processors/live-pipeline.ts'
import { buildPipeline, parseProcessors } from '../../../src/processors/pipeline.ts'
import { encodeMetricsRequest } from '../../otlp/proto.ts'
import { testDeps } from '../kit.ts'
import { scannedMetrics } from '../metrics.ts'

/** A label that holds a UUID: a million values of it, at a steady rate, beside metrics that are all right. */
const UUIDS_PER_REQUEST = 1000
const REQUESTS = 1000
const USERS = 50
const LIMIT = 5000
const IDLE_MS = 1_200_000
/** Five requests a minute: the whole takes more than three hours, so that series age out all the time. */
const BETWEEN_MS = 12_000

const directory = mkdtemp(join(tmpdir(), 'weir-uuid-'))
afterAll(async () => rm(await directory, { recursive: true }))

function placeholder(i: number): string {
  return `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`
}

const template = encodeMetricsRequest({
  resourceMetrics: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'checkout' } }] },
      scopeMetrics: [
        {
          metrics: [
            {
              name: 'requests',
              sum: {
                isMonotonic: true,
                aggregationTemporality: 2,
                dataPoints: Array.from({ length: UUIDS_PER_REQUEST }, (_, i) => ({
                  attributes: [{ key: 'request.id', value: { stringValue: placeholder(i) } }],
                  asInt: 1,
                })),
              },
            },
            {
              name: 'users',
              gauge: {
                dataPoints: Array.from({ length: USERS }, (_, i) => ({
                  attributes: [{ key: 'user', value: { stringValue: `user ${i}` } }],
                  asDouble: i,
                })),
              },
            },
          ],
        },
      ],
    },
  ],
})
const places = Array.from({ length: UUIDS_PER_REQUEST }, (_, i) => template.indexOf(placeholder(i)))

/** The template with UUIDs that were never seen before. */
function freshRequest(number: number): Buffer {
  const bytes = Buffer.from(template)
  places.forEach((place, i) => {
    bytes.write((number * UUIDS_PER_REQUEST + i).toString(16).padStart(8, '0'), place, 'latin1')
  })
  return bytes
}

class Gateway {
  readonly deps = testDeps()
  #state: SeriesState | undefined
  #live: LivePipeline | undefined
  readonly #batch = newBatch('metrics')

  async start(): Promise<void> {
    const { deps } = this
    const nowMs = deps.nowMs
    const options = { seriesMax: 1_000_000, metricsMax: 1000, idleAfterMs: IDLE_MS, nowMs }
    this.#state = await SeriesState.open(await directory, {
      makeTracker: () => new SeriesTracker(options),
      saveIntervalMs: 60_000,
      nowMs,
      log: { info: () => {}, warn: deps.log.warn },
    })
    const parsed = parseProcessors({ cardinality_limit: { limit: LIMIT } })
    if ('issues' in parsed) throw new Error('does not parse')
    const series = this.#state.tracker
    this.#live = new LivePipeline(buildPipeline(parsed.plan, { ...deps, series }), series)
  }

  get tracker(): SeriesTracker {
    return this.#state!.tracker
  }

  /** How many points of the request were kept: of UUIDs, and of users. */
  send(number: number): { uuids: number; users: number } {
    const batch = scannedMetrics(freshRequest(number), this.#batch)
    this.#live!.process(batch, number)
    this.#live!.ended(number, true)
    const kept = { uuids: 0, users: 0 }
    for (let i = 0; i < batch.records.count; i++)
      if (batch.verdicts[i] === KEPT) kept[i < UUIDS_PER_REQUEST ? 'uuids' : 'users']++
    return kept
  }

  /** Twelve seconds of a gateway's own work. */
  async pass(): Promise<void> {
    this.deps.nowMsValue += BETWEEN_MS
    for (let second = 0; second < BETWEEN_MS / 1000; second += 4) await this.#state!.tick()
  }

  active(metric: string): number {
    return this.tracker.top('default', 10).find((each) => each.metric === metric)?.active ?? 0
  }

  stop(): Promise<void> {
    return this.#state!.stop()
  }
}

it('a million UUIDs stay under the limit, with flat memory, and a restart lets none through', async () => {
  const gateway = new Gateway()
  await gateway.start()
  let uuids = 0
  let users = 0
  let bytesMax = 0
  let admittedThisWindow = 0
  let windows = 0
  for (let number = 0; number < REQUESTS; number++) {
    if (number === REQUESTS / 2) {
      const before = gateway.active('requests')
      await gateway.stop()
      await gateway.start()
      expect(gateway.active('requests')).toBe(before)
    }
    const window = gateway.tracker.table.window
    const kept = gateway.send(number)
    uuids += kept.uuids
    users += kept.users
    admittedThisWindow += kept.uuids
    expect(gateway.active('requests')).toBeLessThanOrEqual(LIMIT)
    expect(gateway.active('users')).toBe(USERS)
    // The limit is filled in the first five requests, long before the first measure that counts.
    if (number === 10) bytesMax = gateway.tracker.table.byteLength
    if (number > 10) expect(gateway.tracker.table.byteLength).toBeLessThanOrEqual(1.5 * bytesMax)
    await gateway.pass()
    if (gateway.tracker.table.window !== window) {
      windows++
      expect(admittedThisWindow).toBeLessThanOrEqual(LIMIT)
      admittedThisWindow = 0
    }
  }
  expect(users).toBe(USERS * REQUESTS)
  // Every second window has room, because what filled the one before is forgotten.
  expect(windows).toBeGreaterThan(15)
  expect(uuids).toBeGreaterThanOrEqual(LIMIT * Math.floor(windows / 2))
  expect(uuids).toBeLessThanOrEqual(LIMIT * (Math.ceil(windows / 2) + 1))
  expect(gateway.deps.warnings).toEqual([])
  await gateway.stop()
})
