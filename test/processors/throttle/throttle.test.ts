import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Batch } from '../../../src/otlp/batch.ts'
import { parseProcessors } from '../../../src/processors/pipeline.ts'
import { type LogsRequest, stringAttributes } from '../../otlp/proto.ts'
import { runSteps, steps } from '../commits.ts'
import { build, reasons } from '../filter/build.ts'
import { itKeepsTheContract, testDeps } from '../kit.ts'
import { scannedAs } from '../ottl/evaluate.ts'
import { readmeOf } from '../readme.ts'

type Sent = {
  readonly tenant: string
  readonly pods: ReadonlyArray<string>
  readonly severityNumber?: number
}

function requestOf({ pods, severityNumber = 9 }: Sent): LogsRequest {
  return {
    resourceLogs: pods.map((pod) => ({
      resource: { attributes: stringAttributes({ 'k8s.pod.name': pod }) },
      scopeLogs: [{ logRecords: [{ severityNumber, body: { stringValue: 'x' } }] }],
    })),
  }
}

function scan(sent: Sent): Batch {
  const batch = scannedAs('logs', requestOf(sent))
  batch.tenants.push(sent.tenant)
  return batch
}

const { processors, rows } = readmeOf('throttle')

it('does what its README says', () => {
  const deps = testDeps()
  const pipeline = build(processors[0]!, deps)
  const startMs = deps.nowMsValue
  const said = rows.map(([input]) => {
    const [ms, , pod, severity] = input!.replaceAll('`', '').split(' ')
    deps.nowMsValue = startMs + Number(ms)
    const batch = scan({ tenant: 'a', pods: [pod!], severityNumber: severity === 'ERROR' ? 17 : 9 })
    pipeline.process(batch, 1)
    return reasons(batch, deps)[0] === '' ? 'kept' : 'dropped'
  })
  expect(said).toEqual(rows.map(([, out]) => out))
  pipeline.committed(1)
  expect(pipeline.rules().get('throttle')).toMatchObject([{ matched: 3, failed: 0 }])
})

/** Per key its tokens and when they were counted; whole tokens a millisecond, so that nothing is rounded. */
class Reference {
  readonly #rate: number
  readonly #burst: number
  readonly #keys = new Map<string, { tokens: number; ms: number }>()
  #taken: { commit: number; key: string }[] = []

  constructor(ratePerMs: number, burst: number) {
    this.#rate = ratePerMs
    this.#burst = burst
  }

  takes(key: string, ms: number, commit: number): boolean {
    const known = this.#keys.get(key) ?? { tokens: this.#burst, ms }
    const tokens = Math.min(this.#burst, known.tokens + (ms - known.ms) * this.#rate)
    const takes = tokens >= 1
    this.#keys.set(key, { tokens: takes ? tokens - 1 : tokens, ms })
    if (takes) this.#taken.push({ commit, key })
    return takes
  }

  ended(commit: number, durable: boolean): void {
    const own = this.#taken.filter((taken) => taken.commit === commit)
    this.#taken = this.#taken.filter((taken) => taken.commit !== commit)
    if (durable) return
    for (const { key } of own) {
      const known = this.#keys.get(key)!
      known.tokens = Math.min(this.#burst, known.tokens + 1)
    }
  }
}

const sent = fc.record({
  tenant: fc.constantFrom('a', 'b'),
  pods: fc.array(fc.constantFrom('p', 'q', 'r'), { minLength: 1, maxLength: 8 }),
})

it('is a token bucket per tenant and key, which refused commits give back to', () => {
  fc.assert(
    fc.property(
      steps(sent, fc.nat(5)),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 8 }),
      (all, ratePerMs, burst) => {
        const deps = testDeps()
        const config = { recordsPerSecond: ratePerMs * 1000, burst, by: ['k8s.pod.name'] }
        const pipeline = build({ throttle: config }, deps)
        const reference = new Reference(ratePerMs, burst)
        runSteps(all, pipeline, deps, scan, {
          sent({ pods, tenant }, batch, commit) {
            const expected = pods.map((pod) =>
              reference.takes(`${tenant} ${pod}`, deps.nowMsValue, commit) ? '' : 'throttle',
            )
            expect(reasons(batch, deps)).toEqual(expected)
          },
          ended: (commit, durable) => reference.ended(commit, durable),
        })
      },
    ),
    { numRuns: 150 },
  )
})

it('lets no more through than the burst and the rate, whatever keys come and go', () => {
  const key = fc.record({
    tenant: fc.constant('a'),
    pods: fc.array(fc.nat(30).map(String), { minLength: 1, maxLength: 5 }),
  })
  fc.assert(
    fc.property(steps(key, fc.nat(3000), false), fc.integer({ min: 1, max: 5 }), (all, keysMax) => {
      const deps = testDeps()
      const config = { recordsPerSecond: 1, burst: 2, keysMax, by: ['k8s.pod.name'] }
      const pipeline = build({ throttle: config }, deps)
      const startMs = deps.nowMsValue
      const passed = new Map<string, number>()
      const most = (): number => 2 + (deps.nowMsValue - startMs) / 1000
      runSteps(all, pipeline, deps, scan, {
        sent({ pods }, batch) {
          reasons(batch, deps).forEach((reason, i) => {
            if (reason === '') passed.set(pods[i]!, (passed.get(pods[i]!) ?? 0) + 1)
          })
          // A key may have had its own bucket and a part of the shared one.
          for (const count of passed.values()) expect(count).toBeLessThanOrEqual(2 * most())
          const all = [...passed.values()].reduce((sum, count) => sum + count, 0)
          expect(all).toBeLessThanOrEqual((passed.size + 1) * most())
        },
      })
    }),
    { numRuns: 200 },
  )
})

describe('when there are more keys than it may know', () => {
  const config = { recordsPerSecond: 1, burst: 2, keysMax: 2, by: ['k8s.pod.name'] }
  const pods = (
    deps: ReturnType<typeof testDeps>,
    pipeline: ReturnType<typeof build>,
    ...names: string[]
  ): string[] => {
    const batch = scan({ tenant: 'a', pods: names })
    pipeline.process(batch, 1)
    return reasons(batch, deps).map((reason) => (reason === '' ? 'kept' : 'dropped'))
  }

  it('the others share a bucket, and one that is full again makes room', () => {
    const deps = testDeps()
    const pipeline = build({ throttle: config }, deps)
    expect(pods(deps, pipeline, 'a', 'b', 'c', 'd', 'e')).toEqual(['kept', 'kept', 'kept', 'kept', 'dropped'])
    pipeline.committed(1)
    deps.nowMsValue += 60_000
    expect(pods(deps, pipeline, 'f', 'f', 'f', 'g', 'g')).toEqual(['kept', 'kept', 'dropped', 'kept', 'kept'])
  })

  it('a bucket that an open commit took from keeps its place', () => {
    const deps = testDeps()
    const pipeline = build({ throttle: config }, deps)
    pods(deps, pipeline, 'a', 'a', 'b', 'b')
    deps.nowMsValue += 60_000
    expect(pods(deps, pipeline, 'c', 'd', 'e')).toEqual(['kept', 'kept', 'dropped'])
  })
})

describe('the configuration', () => {
  it.each<[object, string]>([
    [{}, 'recordsPerSecond expected a number above 0 and at most 1000000000'],
    [{ recordsPerSecond: 0 }, 'recordsPerSecond expected a number above 0 and at most 1000000000'],
    [{ recordsPerSecond: 1, burst: 0.5 }, 'burst expected a whole number from 1 to 1000000000'],
    [{ recordsPerSecond: 1, keyMax: 1 }, 'keyMax unknown key (did you mean keysMax?)'],
    [{ recordsPerSecond: 1, by: ['a', 'a'] }, 'by names an attribute twice'],
    [{ recordsPerSecond: 1, signals: ['log'] }, 'signals.0 expected logs, traces or metrics'],
    [{ recordsPerSecond: 1, conditions: ['bod == 1'] }, 'conditions.0 line 1, column 1'],
  ])('%j: %s', (config, message) => {
    const parsed = parseProcessors({ throttle: config })
    if (!('issues' in parsed)) throw new Error('it was accepted')
    const [{ message: said, path }] = parsed.issues as [{ message: string; path: string[] }]
    expect(`${path.slice(1).join('.')} ${said}`).toContain(message)
  })

  it('a burst that is not written is what a second brings', () => {
    const deps = testDeps()
    const pipeline = build({ throttle: { recordsPerSecond: 2.5 } }, deps)
    const batch = scan({ tenant: 'a', pods: ['a', 'b', 'c', 'd'] })
    pipeline.process(batch, 1)
    expect(reasons(batch, deps)).toEqual(['', '', '', 'throttle'])
  })

  it('a dry run drops nothing, and counts what it would have', () => {
    const deps = testDeps()
    const pipeline = build({ throttle: { recordsPerSecond: 1, dryRun: true } }, deps)
    const batch = scan({ tenant: 'a', pods: ['a', 'b', 'c'] })
    pipeline.process(batch, 1)
    pipeline.committed(1)
    expect(reasons(batch, deps)).toEqual(['', '', ''])
    expect(pipeline.rules().get('throttle')).toMatchObject([{ matched: 2, dryRun: true }])
  })

  it('a condition that only logs have leaves other signals alone', () => {
    const config = { recordsPerSecond: 1, conditions: ['body == "x"'], signals: ['logs', 'metrics'] }
    expect([...build({ throttle: config }, testDeps()).signals]).toEqual(['logs'])
  })
})

describe('the contract', () => {
  itKeepsTheContract({
    make: (deps) => build({ throttle: { recordsPerSecond: 2, by: ['k8s.pod.name'] } }, deps).processors[0]!,
    requests: [
      requestOf({ tenant: '', pods: ['a', 'a', 'a', 'b'] }),
      requestOf({ tenant: '', pods: ['c', 'b', 'b'] }),
    ],
  })
})
