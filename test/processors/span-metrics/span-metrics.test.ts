import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { Batch } from '../../../src/otlp/batch.ts'
import { newBatch } from '../../../src/otlp/scan/index.ts'
import { buildPipeline, notesOf, type Pipeline, parseProcessors } from '../../../src/processors/pipeline.ts'
import type { Deps, Processor } from '../../../src/processors/processor.ts'
import { prepareProcessor } from '../../../src/processors/registry.ts'
import { stringAttributes, type TracesRequest } from '../../otlp/proto.ts'
import { runSteps, type Step, steps } from '../commits.ts'
import { growthOf } from '../counted-series/growth.ts'
import { itKeepsTheContract, type TestDeps, testDeps } from '../kit.ts'
import { scannedAs } from '../ottl/evaluate.ts'

/**
 * Guarantees: over any order of requests, refused commits, times at which the store takes nothing and kills, what the generated counters grew by is what a plain
 * count of the spans of durable commits says.
 */

const CONFIG = {
  metrics_flush_interval: '2s',
  histogram: { explicit: { buckets: ['10ms', '1s'] } },
  seriesMax: 100,
}
const BOUNDS_MS = [10, 1000]
const LABELS = ['service.name', 'span.name', 'span.kind', 'status.code', 'http.route']

type Sent = {
  readonly service: number
  readonly name: number
  readonly error: boolean
  readonly ms: number
  readonly route: number
}

function requestOf(spans: ReadonlyArray<Sent>): TracesRequest {
  return {
    resourceSpans: spans.map(({ service, name, error, ms, route }) => ({
      resource: { attributes: stringAttributes({ 'service.name': `s${service}`, pod: `${ms}` }) },
      scopeSpans: [
        {
          spans: [
            {
              name: `n${name}`,
              kind: 2,
              status: { code: error ? 2 : 0 },
              startTimeUnixNano: 1_000_000n,
              endTimeUnixNano: BigInt(1 + ms) * 1_000_000n,
              ...(route > 0 ? { attributes: stringAttributes({ 'http.route': `/r${route}` }) } : {}),
            },
          ],
        },
      ],
    })),
  }
}

function scan(spans: ReadonlyArray<Sent>): Batch {
  const batch = scannedAs('traces', requestOf(spans), newBatch('traces'))
  batch.tenants.push('t')
  return batch
}

function pipelineOf(deps: TestDeps, config: object = CONFIG): Pipeline {
  const parsed = parseProcessors({
    span_metrics: { dimensions: [{ name: 'http.route', default: 'none' }], ...config },
  })
  if ('issues' in parsed) throw new Error(JSON.stringify(parsed.issues))
  return buildPipeline(parsed.plan, deps)
}

const sent = fc.array(
  fc.record({
    service: fc.integer({ min: 0, max: 2 }),
    name: fc.integer({ min: 0, max: 1 }),
    error: fc.boolean(),
    ms: fc.constantFrom(0, 9, 10, 11, 1000, 1001, 100_000),
    route: fc.integer({ min: 0, max: 1 }),
  }),
  { minLength: 1, maxLength: 5 },
)

/** A plain count, of commits that were not refused. */
class Reference {
  readonly counts = new Map<string, number[]>()
  readonly #open = new Map<number, Sent[]>()

  sent(spans: ReadonlyArray<Sent>, commit: number): void {
    this.#open.set(commit, [...(this.#open.get(commit) ?? []), ...spans])
  }

  ended(commit: number, durable: boolean): void {
    for (const { service, name, error, ms, route } of (durable && this.#open.get(commit)) || []) {
      const status = error ? 'STATUS_CODE_ERROR' : 'STATUS_CODE_UNSET'
      const labels = [`s${service}`, `n${name}`, 'SPAN_KIND_SERVER', status, route > 0 ? '/r1' : 'none'].join(
        '|',
      )
      const buckets = BOUNDS_MS.map((bound, i) => Number(ms <= bound && (i === 0 || ms > BOUNDS_MS[i - 1]!)))
      this.#add(`t|traces.span.metrics.calls|${labels}`, [1])
      this.#add(`t|traces.span.metrics.duration|${labels}`, [...buckets, Number(ms > BOUNDS_MS.at(-1)!)])
    }
    this.#open.delete(commit)
  }

  #add(key: string, by: ReadonlyArray<number>): void {
    const known = this.counts.get(key)
    this.counts.set(key, known === undefined ? [...by] : known.map((n, i) => n + by[i]!))
  }
}

const grew = (counts: ReadonlyMap<string, number[]>): [string, number[]][] =>
  [...counts].filter(([, values]) => values.some((n) => n > 0)).sort(([a], [b]) => (a < b ? -1 : 1))

describe('span_metrics', () => {
  itKeepsTheContract({
    make: (deps: Deps): Processor => {
      const prepared = prepareProcessor('span_metrics', CONFIG)
      if ('issues' in prepared) throw new Error(prepared.issues[0]!.message)
      return prepared.build(deps)
    },
    signal: 'traces',
    counts: true,
    requests: [
      requestOf([
        { service: 1, name: 1, error: true, ms: 5, route: 1 },
        { service: 2, name: 1, error: false, ms: 50, route: 0 },
      ]),
    ],
  })

  test('counts what durable commits hold, whatever becomes of commits', () => {
    const wait = fc.integer({ min: 0, max: 5000 })
    fc.assert(
      fc.property(steps(sent, wait), (all: Step<Sent[]>[]) => {
        const deps = testDeps()
        const reference = new Reference()
        const refused = new Set<number>()
        runSteps(all, pipelineOf(deps), deps, scan, {
          sent: (spans, _batch, commit) => reference.sent(spans, commit),
          ended: (commit, durable) => {
            reference.ended(commit, durable)
            if (!durable) refused.add(commit)
          },
        })
        const stored = deps.generated.filter(({ commit }) => !refused.has(commit))
        expect(grew(growthOf(stored, LABELS))).toEqual(grew(reference.counts))
      }),
      { numRuns: 100, endOnFailure: true },
    )
  })

  test('and over kills: notes that no points cover are counted by the next start', () => {
    const life = fc.array(
      fc.oneof({ weight: 3, arbitrary: sent }, { weight: 1, arbitrary: fc.constant('wait' as const) }),
      { minLength: 1, maxLength: 12 },
    )
    fc.assert(
      fc.property(fc.array(life, { minLength: 2, maxLength: 4 }), (lives) => {
        const reference = new Reference()
        const generated: TestDeps['generated'] = []
        let notes: string[] = []
        let commit = 1
        let nowMs = 1_700_000_000_000
        for (const each of [...lives, 'last' as const]) {
          const deps = testDeps()
          deps.nowMsValue = nowMs
          const pipeline = pipelineOf(deps)
          pipeline.recall(() => notes)
          const seal = (): void => {
            for (const { covers, text } of notesOf(pipeline.processors, commit)) {
              if (covers) notes = []
              if (text !== undefined) notes.push(text)
            }
            reference.ended(commit, true)
            pipeline.committed(commit)
            deps.openCommit = ++commit
          }
          deps.openCommit = commit
          for (const step of each === 'last' ? [] : each) {
            deps.nowMsValue += step === 'wait' ? 3000 : 10
            if (step === 'wait') pipeline.tick()
            else {
              pipeline.process(scan(step), commit)
              reference.sent(step, commit)
            }
            seal()
          }
          if (each === 'last') {
            pipeline.flush()
            seal()
            expect(notes).toEqual([])
          }
          // Killed: what was generated for a commit that was never sealed is not there.
          generated.push(...deps.generated.filter((one) => one.commit < commit))
          nowMs = deps.nowMsValue + 1000
        }
        expect(grew(growthOf(generated, LABELS))).toEqual(grew(reference.counts))
      }),
      { numRuns: 100, endOnFailure: true },
    )
  })

  test('past seriesMax one series per tenant holds the rest', () => {
    const deps = testDeps()
    const pipeline = pipelineOf(deps, { ...CONFIG, seriesMax: 10 })
    for (let i = 0; i < 50; i++)
      pipeline.process(scan([{ service: i, name: 0, error: false, ms: 1, route: 0 }]), 0)
    pipeline.committed(0)
    deps.openCommit = 1
    pipeline.flush()
    const calls = [...growthOf(deps.generated, ['service.name', 'otel.metric.overflow'])].filter(([key]) =>
      key.includes('calls'),
    )
    expect(calls).toHaveLength(11)
    expect(calls.find(([key]) => key.endsWith('|true'))?.[1]).toEqual([40])
  })

  test('a series that nothing was counted for is forgotten, and begins anew with a zero', () => {
    const deps = testDeps()
    const pipeline = pipelineOf(deps, { ...CONFIG, metrics_expiration: '1m' })
    const one = [{ service: 1, name: 1, error: false, ms: 1, route: 0 }]
    const send = (): void => {
      pipeline.process(scan(one), deps.openCommit)
      pipeline.committed(deps.openCommit++)
    }
    const wait = (ms: number): void => {
      deps.nowMsValue += ms
      pipeline.tick()
      pipeline.committed(deps.openCommit++)
    }
    send()
    wait(3000)
    wait(120_000)
    const before = deps.generated.length
    wait(3000)
    wait(3000)
    expect(deps.generated).toHaveLength(before)
    send()
    wait(3000)
    expect(growthOf(deps.generated, []).get('t|traces.span.metrics.calls')).toEqual([2])
  })

  it.each([
    [{ histogram: { explicit: { buckets: ['1s', '10ms'] } } }, 'the buckets must rise from one to the next'],
    [{ dimensions: [{ name: 'span.kind' }] }, 'span.kind is a label of every series already'],
    [{ dimensions: [{ name: 'a' }, { name: 'a' }] }, 'a stands there twice'],
    [{ metrics_flush_interval: '1ms' }, 'expected a duration from 1s to 300s, such as 10s or 1m30s'],
    [{ seriesMax: 1 }, 'expected a whole number from 10 to 200000'],
    [{ namespace: 'x' }, 'unknown key'],
  ])('refuses %j', (config, message) => {
    const prepared = prepareProcessor('span_metrics', config)
    expect('issues' in prepared && prepared.issues[0]!.message).toBe(message)
  })
})
