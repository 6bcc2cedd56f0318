import fc from 'fast-check'
import { expect, it, test } from 'vitest'
import type { Batch } from '../../../src/otlp/batch.ts'
import { newBatch } from '../../../src/otlp/scan/index.ts'
import { buildPipeline, type Pipeline, parseProcessors } from '../../../src/processors/pipeline.ts'
import { prepareProcessor } from '../../../src/processors/registry.ts'
import { decodeMetricsRequest } from '../../otlp/proto.ts'
import { runSteps, type Step, steps } from '../commits.ts'
import { type TestDeps, testDeps } from '../kit.ts'
import { scannedAs } from '../ottl/evaluate.ts'

/**
 * Scenario: spans before a rule that drops some of them, in commits of which some are refused. Guarantees: an exemplar of a stored point is a span that is
 * stored, counted by that very series and bucket; a point has one per bucket at most; where no commit is refused each bucket that a stored span
 * made grow has one.
 */

type Sent = { readonly name: 'kept' | 'also kept' | 'dropped'; readonly ms: number }
type Known = Sent & { readonly commit: number }

const BOUNDS_MS = [10, 1000]
const bucketOf = (ms: number): number => {
  const at = BOUNDS_MS.findIndex((bound) => ms <= bound)
  return at < 0 ? BOUNDS_MS.length : at
}

/** Spans with ids of their own, by their trace id. */
class Senders {
  readonly known = new Map<string, Sent & { commit?: number }>()

  readonly scan = (spans: ReadonlyArray<Sent>): Batch => {
    const batch = scannedAs(
      'traces',
      {
        resourceSpans: [
          {
            scopeSpans: [
              {
                spans: spans.map(({ name, ms }, i) => {
                  const id = Buffer.alloc(16)
                  id.writeUInt32BE(this.known.size + 1)
                  this.known.set(id.toString('hex'), spans[i]!)
                  return {
                    traceId: id,
                    spanId: id.subarray(0, 8),
                    name,
                    startTimeUnixNano: 1_000_000n,
                    endTimeUnixNano: BigInt(1 + ms) * 1_000_000n,
                  }
                }),
              },
            ],
          },
        ],
      },
      newBatch('traces'),
    )
    batch.tenants.push('t')
    return batch
  }

  /** The spans that were handed over last joined this commit. */
  joined(count: number, commit: number): void {
    for (const [id, span] of [...this.known].slice(-count)) this.known.set(id, { ...span, commit })
  }
}

type Found = {
  readonly traceId: string
  readonly spanId: string
  readonly name: string
  readonly value: number
}
type Point = { readonly timeMs: number; readonly name: string; readonly exemplars: ReadonlyArray<Found> }

const hex = (bytes: unknown): string => Buffer.from(bytes as Uint8Array).toString('hex')

/** Points of durations, as another library reads them. */
function pointsOf(requests: ReadonlyArray<Buffer>): Point[] {
  return requests.flatMap((request) =>
    (decodeMetricsRequest(request).resourceMetrics ?? [])
      .flatMap(({ scopeMetrics = [] }) => scopeMetrics.flatMap(({ metrics = [] }) => metrics))
      .flatMap(({ histogram }) => histogram?.dataPoints ?? [])
      .map(({ attributes = [], exemplars = [], timeUnixNano }) => {
        const name = String(attributes.find(({ key }) => key === 'span.name')?.value?.stringValue)
        return {
          timeMs: Number(BigInt(String(timeUnixNano)) / 1_000_000n),
          name,
          exemplars: exemplars.map(({ asDouble, spanId, traceId }) => ({
            ...{ traceId: hex(traceId), spanId: hex(spanId) },
            ...{ name, value: Number(asDouble) },
          })),
        }
      }),
  )
}

function pipelineOf(deps: TestDeps, more: object = {}): Pipeline {
  const parsed = parseProcessors({
    span_metrics: {
      metrics_flush_interval: '2s',
      histogram: { explicit: { buckets: BOUNDS_MS.map((ms) => `${ms}ms`) } },
      ...more,
    },
    filter: { traces: { span: ['name == "dropped"'] } },
  })
  if ('issues' in parsed) throw new Error(JSON.stringify(parsed.issues))
  return buildPipeline(parsed.plan, deps)
}

const spans = fc.array(
  fc.record({
    name: fc.constantFrom('kept' as const, 'also kept' as const, 'dropped' as const),
    ms: fc.constantFrom(0, 9, 10, 11, 1000, 1001, 5000),
  }),
  { minLength: 1, maxLength: 6 },
)
const wait = fc.integer({ min: 0, max: 5000 })

type Outcome = {
  readonly known: ReadonlyMap<string, Known>
  readonly refused: ReadonlySet<number>
  readonly points: ReadonlyArray<Point>
}

function run(all: Step<Sent[]>[], more: object = {}): Outcome {
  const deps = testDeps()
  const senders = new Senders()
  const refused = new Set<number>()
  runSteps(all, pipelineOf(deps, more), deps, senders.scan, {
    sent: (sent, _batch, commit) => senders.joined(sent.length, commit),
    ended: (commit, durable) => void (durable || refused.add(commit)),
  })
  const stored = deps.generated.filter(({ commit }) => !refused.has(commit)).map(({ request }) => request)
  return { known: senders.known as ReadonlyMap<string, Known>, refused, points: pointsOf(stored) }
}

test('an exemplar is a stored span of its series and bucket, one for each', () => {
  fc.assert(
    fc.property(steps(spans, wait), (all: Step<Sent[]>[]) => {
      const { known, points, refused } = run(all)
      for (const { exemplars } of points) {
        for (const { name, spanId, traceId, value } of exemplars) {
          const span = known.get(traceId)
          expect(span, traceId).toMatchObject({ name, ms: Math.round(value * 1000) })
          expect(spanId).toBe(traceId.slice(0, 16))
          expect(span!.name).not.toBe('dropped')
          expect(refused.has(span!.commit), `commit ${span!.commit} was refused`).toBe(false)
        }
        const buckets = exemplars.map(({ value }) => bucketOf(value * 1000))
        expect(new Set(buckets).size).toBe(buckets.length)
      }
      const ids = points.flatMap(({ exemplars }) => exemplars.map(({ traceId }) => traceId))
      expect(new Set(ids).size, 'none stands in two points').toBe(ids.length)
    }),
    { numRuns: 100, endOnFailure: true },
  )
})

test('each bucket that stored spans made grow has one, where no commit is refused', () => {
  fc.assert(
    fc.property(steps(spans, wait, false), (all: Step<Sent[]>[]) => {
      const { known, points } = run(all)
      const wanted = new Set(
        [...known.values()]
          .filter(({ name }) => name !== 'dropped')
          .map(({ name, ms }) => `${name} ${bucketOf(ms)}`),
      )
      const found = points.flatMap(({ exemplars }) =>
        exemplars.map(({ name, value }) => `${name} ${bucketOf(value * 1000)}`),
      )
      expect(new Set(found)).toEqual(wanted)
    }),
    { numRuns: 100, endOnFailure: true },
  )
})

/** One request, then points. */
function exemplarsOf(sent: ReadonlyArray<Sent>, more: object): number[] {
  const deps = testDeps()
  const pipeline = pipelineOf(deps, more)
  const batch = new Senders().scan(sent)
  pipeline.process(batch, 0)
  pipeline.joined(batch, 0)
  pipeline.committed(0)
  deps.openCommit = 1
  pipeline.flush()
  const requests = deps.generated.map(({ request }) => request)
  return pointsOf(requests).flatMap(({ exemplars }) => exemplars.map(({ value }) => value))
}

const OF_EACH_BUCKET: ReadonlyArray<Sent> = [5000, 5, 100].map((ms) => ({ name: 'kept', ms }))

it.each([
  [{}, [0.005, 0.1, 5]],
  [{ max_per_data_point: 2 }, [0.1, 5]],
  [{ enabled: false }, []],
])('exemplars: %j gives the slowest of each point: %j', (exemplars, expected) => {
  const found = exemplarsOf(OF_EACH_BUCKET, { exemplars })
  expect(found.toSorted((a, b) => a - b)).toEqual(expected)
})

test('a flood of series keeps no more than fits', () => {
  const many = Array.from({ length: 12_000 }, (_, i) => ({ name: `n${i}` as 'kept', ms: 5 }))
  expect(exemplarsOf(many, { seriesMax: 20_000 })).toHaveLength(10_000)
})

it.each([
  [{ enabled: 'yes' }, 'expected true or false'],
  [{ max_per_data_point: 0 }, 'expected a whole number from 1 to 100'],
  [{ max: 3 }, 'unknown key'],
])('refuses %j', (exemplars, message) => {
  const prepared = prepareProcessor('span_metrics', { exemplars })
  expect('issues' in prepared && prepared.issues[0]!.message).toContain(message)
})
