import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Batch } from '../../../src/otlp/batch.ts'
import { runSteps, type Step, steps } from '../commits.ts'
import { build, reasons } from '../filter/build.ts'
import { testDeps } from '../kit.ts'
import { requestOf, scan, summariesOf } from './summaries.ts'

type Sent = { readonly tenant: string; readonly lines: ReadonlyArray<number> }
const sent: fc.Arbitrary<Sent> = fc.record({
  tenant: fc.constantFrom('a', 'b'),
  lines: fc.array(fc.nat(4), { minLength: 1, maxLength: 8 }),
})
const scanSent = ({ lines, tenant }: Sent): Batch =>
  scan(requestOf(lines.map((line) => ({ body: { stringValue: String(line) } }))), tenant)

/**
 * Guarantee: of what was acknowledged each line is stored, or counted in a summary that is stored. Commits and summaries are refused now and then, the store
 * takes nothing now and then, and there may be room for few lines only.
 */
it('every line that was taken is a row, or counted in one', () => {
  fc.assert(
    fc.property(
      steps(sent, fc.constantFrom(1, 5000, 10_000)),
      fc.constantFrom(1, 3, 100),
      fc.constantFrom(1024, 1 << 20),
      (all, keysMax, bytesMax) => {
        const deps = testDeps()
        const pipeline = build({ dedup: { keysMax, bytesMax } }, deps)
        const came = new Map<string, number>()
        const stored = new Map<string, number>()
        const add = (to: Map<string, number>, key: string, count: number): void =>
          void to.set(key, (to.get(key) ?? 0) + count)
        let open: { commit: number; key: string; kept: boolean }[] = []
        runSteps(all, pipeline, deps, scanSent, {
          sent({ lines, tenant }, batch, commit) {
            const said = reasons(batch, deps)
            open.push(...lines.map((line, i) => ({ commit, key: `${tenant} ${line}`, kept: said[i] === '' })))
          },
          ended(commit, durable) {
            const own = open.filter((one) => one.commit === commit)
            open = open.filter((one) => one.commit !== commit)
            const made = deps.generated.filter((one) => one.commit === commit)
            if (!durable) return
            for (const { key, kept } of own) {
              add(came, key, 1)
              if (kept) add(stored, key, 1)
            }
            for (const { attributes, record, tenantId } of summariesOf({ ...deps, generated: made }))
              add(stored, `${tenantId} ${record.body!.stringValue}`, Number(attributes.log_count))
          },
        })
        expect(stored).toEqual(came)
        const total = [...came.values()].reduce((sum, count) => sum + count, 0)
        const [rule] = pipeline.rules().get('dedup')!
        expect(rule!.matched).toBeLessThanOrEqual(total)
        expect(deps.warnings).toEqual([])
      },
    ),
    { numRuns: 200 },
  )
})

it('without refusals only the first of an interval passes', () => {
  fc.assert(
    fc.property(steps(sent, fc.constantFrom(1000, 4000), false), (all) => {
      const deps = testDeps()
      const pipeline = build({ dedup: {} }, deps)
      let seen = new Set<string>()
      let startedMs: number | undefined
      // A window that was closed while one of its commits was open is in the way of the next only until that has ended.
      const settled = all.flatMap((step): Step<Sent>[] =>
        step.do === 'wait'
          ? [
              { do: 'end' as const, durable: true },
              { do: 'seal' as const },
              { do: 'end' as const, durable: true },
              { ...step, storeRefuses: false },
            ]
          : [step],
      )
      runSteps(settled, pipeline, deps, scanSent, {
        waited() {
          if (startedMs === undefined || deps.nowMsValue - startedMs < 10_000) return
          seen = new Set()
          startedMs = undefined
        },
        sent({ lines, tenant }, batch) {
          startedMs ??= deps.nowMsValue
          const expected = lines.map((line) => {
            const isNew = !seen.has(`${tenant} ${line}`)
            seen.add(`${tenant} ${line}`)
            return isNew ? '' : 'dedup'
          })
          expect(reasons(batch, deps)).toEqual(expected)
        },
      })
    }),
    { numRuns: 200 },
  )
})
