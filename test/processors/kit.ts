import { expect, it } from 'vitest'
import { type Batch, KEPT } from '../../src/otlp/batch.ts'
import { Outcomes } from '../../src/otlp/outcomes.ts'
import { newBatch } from '../../src/otlp/scan/index.ts'
import type { Deps, Processor } from '../../src/processors/processor.ts'
import type { LogsRequest } from '../otlp/proto.ts'
import { scanned } from './ottl/evaluate.ts'

/** What a processor under test is made from, and requests that it has something to do with. */
export type Subject = {
  readonly make: (deps: Deps) => Processor
  readonly requests: ReadonlyArray<LogsRequest>
}

export type TestDeps = Deps & {
  readonly warnings: { fields: object; message: string }[]
  nowMsValue: number
  failures: number
}

/** A world that stands still until a test moves it. */
export function testDeps(): TestDeps {
  const deps: TestDeps = {
    outcomes: new Outcomes(),
    nowMsValue: 1_700_000_000_000,
    nowMs: () => deps.nowMsValue,
    random: () => 0.5,
    failures: 0,
    evaluationFailed: () => void deps.failures++,
    warnings: [],
    log: { warn: (fields, message) => void deps.warnings.push({ fields, message }) },
  }
  return deps
}

export function verdictsOf(batch: Batch): number[] {
  return [...batch.verdicts.subarray(0, batch.records.count)]
}

/** Writes garbage over everything reachable from a batch: whoever kept a part of it now holds nonsense. */
export function scribble(batch: Batch): void {
  batch.bytes.fill(0xa5)
  for (const table of [batch.records, batch.resources, batch.scopes, batch.attributes]) {
    table.data.fill(0xa5a5a5a5)
    table.truncate(0)
  }
  batch.verdicts.fill(0xa5a5)
  batch.tenants.length = 0
}

/** Runs the requests, each as a commit of its own that becomes durable. */
function run(
  { make, requests }: Subject,
  batchOf: (i: number) => Batch,
  after: (batch: Batch) => void,
): number[][] {
  const processor = make(testDeps())
  return requests.map((request, i) => {
    const batch = scanned(request, batchOf(i))
    processor.process(batch, i)
    const verdicts = verdictsOf(batch)
    after(batch)
    processor.committed?.(i)
    return verdicts
  })
}

const BORROWED = 4242
const ALLOCATED_BYTES_MAX = 16_384

/**
 * What every processor must do, whatever it does (src/processors/processor.ts). Each check throws if it does not.
 */
export const CONTRACT: Readonly<Record<string, (subject: Subject) => void>> = {
  'keeps nothing of a batch after process returns'(subject) {
    const undisturbed = run(
      subject,
      () => newBatch('logs'),
      () => {},
    )
    const reused = newBatch('logs')
    expect(run(subject, () => reused, scribble)).toEqual(undisturbed)
  },

  'never unmarks or re-marks a record'({ make, requests }) {
    const processor = make(testDeps())
    requests.forEach((request, i) => {
      const batch = scanned(request)
      for (let record = 0; record < batch.records.count; record += 2) batch.verdicts[record] = BORROWED
      processor.process(batch, i)
      for (let record = 0; record < batch.records.count; record += 2)
        expect(batch.verdicts[record], `record ${record} of request ${i}`).toBe(BORROWED)
    })
  },

  'marks only with outcomes of its own name'({ make, requests }) {
    const deps = testDeps()
    const processor = make(deps)
    const marked = requests.flatMap((request, i) => {
      const batch = scanned(request)
      processor.process(batch, i)
      return verdictsOf(batch).filter((verdict) => verdict !== KEPT)
    })
    expect(marked.length, 'the requests give it nothing to do').toBeGreaterThan(0)
    for (const verdict of new Set(marked))
      expect(deps.outcomes.get(verdict)).toMatchObject({ reason: processor.name })
  },

  'does the same again, given the same world'(subject) {
    const once = run(
      subject,
      () => newBatch('logs'),
      () => {},
    )
    expect(
      run(
        subject,
        () => newBatch('logs'),
        () => {},
      ),
    ).toEqual(once)
  },

  'takes empty requests and empty records'({ make }) {
    const processor = make(testDeps())
    for (const request of [
      {},
      { resourceLogs: [{}] },
      { resourceLogs: [{ scopeLogs: [{ logRecords: [{}, {}] }] }] },
    ])
      processor.process(scanned(request), 0)
  },

  'forgets what a refused commit taught it'({ make, requests }) {
    const [untouched, disturbed] = [make(testDeps()), make(testDeps())]
    const expected = requests.map((request, i) => {
      const batch = scanned(request)
      untouched.process(batch, i)
      untouched.committed?.(i)
      return verdictsOf(batch)
    })
    // The same requests, each refused once before it is taken.
    const said = requests.map((request, i) => {
      disturbed.process(scanned(request), 2 * i)
      disturbed.refused?.(2 * i)
      const batch = scanned(request)
      disturbed.process(batch, 2 * i + 1)
      disturbed.committed?.(2 * i + 1)
      return verdictsOf(batch)
    })
    expect(said).toEqual(expected)
    expect(disturbed.rules?.()).toEqual(untouched.rules?.())
  },

  'hears of commits it had no part in, and stops twice'({ make }) {
    const processor = make(testDeps())
    processor.committed?.(7)
    processor.refused?.(8)
    processor.stop?.()
    processor.stop?.()
  },

  'allocates nothing per record once it is warm'({ make, requests }) {
    const processor = make(testDeps())
    const batch = scanned(repeated(requests, 2000))
    let least = Number.POSITIVE_INFINITY
    for (let round = 0; round < 60; round++) {
      batch.openVerdicts()
      const before = process.memoryUsage().heapUsed
      processor.process(batch, round)
      const allocated = process.memoryUsage().heapUsed - before
      processor.committed?.(round)
      // A collection in between makes a round useless, not wrong: the least of the others counts.
      if (allocated >= 0 && round >= 20) least = Math.min(least, allocated)
    }
    expect(least, 'bytes for 2,000 records').toBeLessThan(ALLOCATED_BYTES_MAX)
  },
}

/** The requests in one, again and again, until it holds that many records. */
export function repeated(requests: ReadonlyArray<LogsRequest>, records: number): LogsRequest {
  const all = requests.flatMap(({ resourceLogs = [] }) => resourceLogs)
  const each = scanned({ resourceLogs: all }).records.count
  return { resourceLogs: Array.from({ length: Math.ceil(records / each) }, () => all).flat() }
}

/** Registers the contract's checks as tests. */
export function itKeepsTheContract(subject: Subject): void {
  for (const [name, check] of Object.entries(CONTRACT)) it(name, () => check(subject))
}
