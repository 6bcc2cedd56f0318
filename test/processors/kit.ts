import { isDeepStrictEqual } from 'node:util'
import { expect, it } from 'vitest'
import { type Batch, KEPT, type Signal } from '../../src/otlp/batch.ts'
import { Outcomes } from '../../src/otlp/outcomes.ts'
import { newBatch } from '../../src/otlp/scan/index.ts'
import { SPAN } from '../../src/otlp/slots.ts'
import { SeriesTracker } from '../../src/processors/cardinality-limit/series-tracker.ts'
import { FoldEngine } from '../../src/processors/fold/engine.ts'
import type { GeneratedRequest } from '../../src/processors/generate.ts'
import type { Deps, Processor } from '../../src/processors/processor.ts'
import { materialise, materialisePoints, materialiseSpans } from '../otlp/materialise.ts'
import { prepareMetrics } from './metrics.ts'
import { type Requests, scannedAs } from './ottl/evaluate.ts'

type AnyRequest = Requests[Signal]

/** What a processor under test is made from, and requests of one signal that it has something to do with. */
export type Subject = {
  readonly make: (deps: Deps) => Processor
  readonly requests: ReadonlyArray<AnyRequest>
  /** `logs` unless it says otherwise. */
  readonly signal?: Signal
  /** It changes what is in a batch, and drops nothing: then contents are compared too. */
  readonly changes?: true
  /** It only counts: it drops nothing and changes nothing, but its rules say how much it had to do. */
  readonly counts?: true
}

function scan({ signal = 'logs' }: Subject, request: AnyRequest, batch = newBatch(signal)): Batch {
  scannedAs(signal, request, batch)
  if (signal === 'metrics') prepareMetrics(batch)
  else batch.tenants.push('default')
  return batch
}

/** A processor in its place in a gateway: active series are counted after it. */
function placed({ make }: Subject, deps: Deps): Processor {
  const processor = make(deps)
  return {
    name: processor.name,
    signals: processor.signals,
    process(batch, commit) {
      processor.process(batch, commit)
      if (batch.signal === 'metrics') deps.series.settle(batch)
    },
    committed: (commit) => processor.committed?.(commit),
    refused: (commit) => processor.refused?.(commit),
    tick: () => processor.tick?.(),
    flush: () => processor.flush?.(),
    rules: () => processor.rules?.() ?? [],
    stop: () => processor.stop?.(),
  }
}

export type TestDeps = Deps & {
  /** What was generated, in order, as its sender would send it. Refused while `refuses`. */
  readonly generated: (GeneratedRequest & { readonly commit: number })[]
  refuses: boolean
  /** The commit that is open: what generated records join. */
  openCommit: number
  readonly warnings: { fields: object; message: string }[]
  nowMsValue: number
  failures: number
}

/** A world that stands still until a test moves it. */
export function testDeps(): TestDeps {
  const clock = { nowMsValue: 1_700_000_000_000 }
  const nowMs = (): number => clock.nowMsValue
  const deps: TestDeps = {
    outcomes: new Outcomes(),
    series: new SeriesTracker({ seriesMax: 10_000, metricsMax: 100, idleAfterMs: 1_200_000, nowMs }),
    labelValues: new SeriesTracker({ seriesMax: 10_000, metricsMax: 1000, idleAfterMs: 1_200_000, nowMs }),
    folds: testFolds(nowMs),
    get nowMsValue() {
      return clock.nowMsValue
    },
    set nowMsValue(value) {
      clock.nowMsValue = value
    },
    nowMs,
    random: () => 0.5,
    laterRules: () => undefined,
    currentCommit: () => deps.openCommit,
    gatewayId: () => 'test-gateway',
    generated: [],
    refuses: false,
    openCommit: 0,
    generate(generated) {
      if (deps.refuses) return undefined
      deps.generated.push({ ...generated, request: Buffer.from(generated.request), commit: deps.openCommit })
      return { commit: deps.openCommit, durable: Promise.resolve() }
    },
    failures: 0,
    evaluationFailed: () => void deps.failures++,
    warnings: [],
    log: { warn: (fields, message) => void deps.warnings.push({ fields, message }) },
  }
  return deps
}

export function testFolds(nowMs: () => number, instance = 'gateway-1'): FoldEngine {
  const bounds = { membersMax: 10_000, foldsMax: 1000, bucketsMax: 100_000, idleAfterMs: 1_200_000 }
  return new FoldEngine({ ...bounds, instance, nowMs })
}

export function verdictsOf(batch: Batch): number[] {
  return [...batch.verdicts.subarray(0, batch.records.count)]
}

/** Everything that processors decide about a batch: the verdicts, and of spans how many events are left. */
function decisionsOf(
  batch: Batch,
  { changes }: Subject,
): { verdicts: number[]; events: number[]; content: object[] } {
  const { count, data, stride } = batch.records
  const eventsOf = (_: unknown, record: number): number => data[record * stride + SPAN.eventsCount]!
  const events = batch.signal === 'traces' ? Array.from({ length: count }, eventsOf) : []
  return { verdicts: verdictsOf(batch), events, content: changes ? contentOf(batch) : [] }
}

/** All that is in a batch, as plain objects. */
export function contentOf(batch: Batch): object[] {
  if (batch.signal === 'logs') return materialise(batch)
  return batch.signal === 'traces' ? materialiseSpans(batch) : materialisePoints(batch)
}

/** Writes garbage over everything reachable from a batch: whoever kept a part of it now holds nonsense. */
export function scribble(batch: Batch): void {
  batch.bytes.fill(0xa5)
  const { attributes, events, exemplars, links, metrics, quantiles, records, resources, scopes } = batch
  const own = [events, exemplars, links, quantiles, ...batch.arrays]
  for (const table of [resources, scopes, metrics, records, attributes, ...own]) {
    table.data.fill(0xa5a5a5a5)
    table.truncate(0)
  }
  batch.verdicts.fill(0xa5a5)
  batch.tenants.length = 0
}

/** Runs the requests, each as a commit of its own that becomes durable. */
function run(
  subject: Subject,
  batchOf: () => Batch | undefined = () => undefined,
  after: (batch: Batch) => void = () => {},
): object[] {
  const processor = placed(subject, testDeps())
  return subject.requests.map((request, i) => {
    const batch = scan(subject, request, batchOf())
    processor.process(batch, i)
    const decisions = decisionsOf(batch, subject)
    processor.joined?.(batch, i)
    after(batch)
    processor.committed?.(i)
    return decisions
  })
}

/** Requests in which next to nothing is set. */
const EMPTY: { readonly [S in Signal]: ReadonlyArray<Requests[S]> } = {
  logs: [{}, { resourceLogs: [{}] }, { resourceLogs: [{ scopeLogs: [{ logRecords: [{}, {}] }] }] }],
  traces: [
    {},
    { resourceSpans: [{}] },
    { resourceSpans: [{ scopeSpans: [{ spans: [{}, { events: [{}], links: [{}] }] }] }] },
  ],
  metrics: [
    {},
    { resourceMetrics: [{ scopeMetrics: [{ metrics: [{}, { gauge: {} }] }] }] },
    {
      resourceMetrics: [
        {
          scopeMetrics: [
            {
              metrics: [
                { gauge: { dataPoints: [{}, { exemplars: [{}] }] } },
                { sum: { dataPoints: [{}] } },
                { histogram: { dataPoints: [{}] } },
                { exponentialHistogram: { dataPoints: [{}] } },
                { summary: { dataPoints: [{}] } },
              ],
            },
          ],
        },
      ],
    },
  ],
}

const BORROWED = 4242
const ALLOCATED_BYTES_MAX = 16_384

/**
 * What every processor must do, whatever it does (src/processors/processor.ts). Each check throws if it does not.
 */
export const CONTRACT: Readonly<Record<string, (subject: Subject) => void>> = {
  'keeps nothing of a batch after process returns'(subject) {
    const undisturbed = run(subject)
    const reused = newBatch(subject.signal ?? 'logs')
    expect(run(subject, () => reused, scribble)).toEqual(undisturbed)
  },

  'never unmarks or re-marks a record'(subject) {
    const processor = placed(subject, testDeps())
    subject.requests.forEach((request, i) => {
      const batch = scan(subject, request)
      for (let record = 0; record < batch.records.count; record += 2) batch.verdicts[record] = BORROWED
      processor.process(batch, i)
      for (let record = 0; record < batch.records.count; record += 2)
        expect(batch.verdicts[record], `record ${record} of request ${i}`).toBe(BORROWED)
    })
  },

  'marks only with outcomes of its own name'(subject) {
    const deps = testDeps()
    const processor = placed(subject, deps)
    if (subject.counts) {
      countsSomethingAndLeavesAll(subject, processor)
      return
    }
    if (subject.changes) {
      changesSomethingAndMarksNothing(subject, processor)
      return
    }
    const marked = subject.requests.flatMap((request, i) => {
      const batch = scan(subject, request)
      processor.process(batch, i)
      return verdictsOf(batch).filter((verdict) => verdict !== KEPT)
    })
    expect(marked.length, 'the requests give it nothing to do').toBeGreaterThan(0)
    for (const verdict of new Set(marked))
      expect(deps.outcomes.get(verdict)).toMatchObject({ reason: processor.name })
  },

  'does the same again, given the same world'(subject) {
    expect(run(subject)).toEqual(run(subject))
  },

  'takes empty requests and empty records'(subject) {
    const processor = placed(subject, testDeps())
    for (const request of EMPTY[subject.signal ?? 'logs']) processor.process(scan(subject, request), 0)
  },

  'forgets what a refused commit taught it'(subject) {
    const expected = run(subject)
    const untouched = placed(subject, testDeps())
    const disturbed = placed(subject, testDeps())
    // The same requests, each refused once before it is taken.
    const said = subject.requests.map((request, i) => {
      untouched.process(scan(subject, request), i)
      untouched.committed?.(i)
      disturbed.process(scan(subject, request), 2 * i)
      disturbed.refused?.(2 * i)
      const batch = scan(subject, request)
      disturbed.process(batch, 2 * i + 1)
      disturbed.committed?.(2 * i + 1)
      return decisionsOf(batch, subject)
    })
    expect(said).toEqual(expected)
    expect(disturbed.rules?.()).toEqual(untouched.rules?.())
  },

  'hears of commits it had no part in, and stops twice'(subject) {
    const processor = placed(subject, testDeps())
    processor.committed?.(7)
    processor.refused?.(8)
    processor.stop?.()
    processor.stop?.()
  },

  'allocates nothing per record once it is warm'(subject) {
    const processor = placed(subject, testDeps())
    const all = repeated(subject, 2000)
    const batch = scan(subject, all)
    let least = Number.POSITIVE_INFINITY
    for (let round = 0; round < 60; round++) {
      if (subject.changes) scan(subject, all, batch)
      else batch.openVerdicts()
      const before = process.memoryUsage().heapUsed
      processor.process(batch, round)
      processor.joined?.(batch, round)
      const allocated = process.memoryUsage().heapUsed - before
      processor.committed?.(round)
      // A collection in between makes a round useless, not wrong: the least of the others counts.
      if (allocated >= 0 && round >= 20) least = Math.min(least, allocated)
    }
    expect(least, 'bytes for 2,000 records').toBeLessThan(ALLOCATED_BYTES_MAX)
  },
}

function countsSomethingAndLeavesAll(subject: Subject, processor: Processor): void {
  subject.requests.forEach((request, i) => {
    const batch = scan(subject, request)
    processor.process(batch, i)
    processor.committed?.(i)
    expect(verdictsOf(batch).filter((verdict) => verdict !== KEPT)).toEqual([])
    expect(contentOf(batch)).toEqual(contentOf(scan(subject, request)))
  })
  expect(processor.rules?.()[0]?.matched, 'the requests give it nothing to do').toBeGreaterThan(0)
}

function changesSomethingAndMarksNothing(subject: Subject, processor: Processor): void {
  const changed = subject.requests.filter((request, i) => {
    const batch = scan(subject, request)
    processor.process(batch, i)
    expect(verdictsOf(batch).filter((verdict) => verdict !== KEPT)).toEqual([])
    return !isDeepStrictEqual(contentOf(batch), contentOf(scan(subject, request)))
  })
  expect(changed.length, 'the requests give it nothing to do').toBeGreaterThan(0)
}

const ROOTS = { logs: 'resourceLogs', traces: 'resourceSpans', metrics: 'resourceMetrics' } as const

/** The requests in one, again and again, until it holds that many records. */
function repeated(subject: Subject, records: number): AnyRequest {
  const root = ROOTS[subject.signal ?? 'logs']
  const all = subject.requests.flatMap((request) => (request as Record<string, object[]>)[root] ?? [])
  const each = scan(subject, { [root]: all }).records.count
  return { [root]: Array.from({ length: Math.ceil(records / each) }, () => all).flat() }
}

/** Registers the contract's checks as tests. */
export function itKeepsTheContract(subject: Subject): void {
  for (const [name, check] of Object.entries(CONTRACT)) it(name, () => check(subject))
}
