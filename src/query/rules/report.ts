import { z } from 'zod'
import type { ProcessorReport } from '../../processors/rules-in-force.ts'
import type { LedgerSum } from './ledger.ts'

/** Records and bytes of one signal, and their share of what was received of it; null where nothing was. */
const amount = z.strictObject({
  signal: z.string(),
  records: z.number(),
  bytes: z.number(),
  recordsShare: z.number().nullable(),
  bytesShare: z.number().nullable(),
})
export type Amount = z.output<typeof amount>

const sample = z.strictObject({
  takenAt: z.string(),
  redacted: z.boolean(),
  request: z.record(z.string(), z.unknown()),
})

const rule = z.strictObject({
  processor: z.string(),
  rule: z.string(),
  id: z.string(),
  inForce: z.boolean(),
  condition: z.string().optional(),
  dryRun: z.boolean().optional(),
  /** Since the gateway started, of all tenants: also what rules change, and events of spans. */
  matched: z.number().optional(),
  failed: z.number().optional(),
  removed: z.array(amount),
  wouldRemove: z.array(amount),
  samples: z.array(sample).optional(),
})
export type RuleReport = z.output<typeof rule>

export const rulesAnswer = z.strictObject({
  start: z.string(),
  end: z.string(),
  received: z.array(z.strictObject({ signal: z.string(), records: z.number(), bytes: z.number() })),
  rules: z.array(rule),
})

type Received = z.output<typeof rulesAnswer>['received'][number]

export type Report = { readonly received: Received[]; readonly rules: RuleReport[] }

/** Rules in force in the order they are tried, then those that the ledger knows besides, as they were called. */
export function reportOf(inForce: ReadonlyArray<ProcessorReport>, sums: ReadonlyArray<LedgerSum>): Report {
  const received = sums
    .filter(({ kind }) => kind === 'received')
    .map(({ signal, records, bytes }) => ({ signal, records: Number(records), bytes: Number(bytes) }))
    .sort(bySignal)
  const byRule = new Map<string, LedgerSum[]>()
  for (const sum of sums) {
    if (sum.kind === 'received') continue
    const key = `${sum.reason}\0${sum.ruleId}`
    byRule.set(key, [...(byRule.get(key) ?? []), sum])
  }
  const amounts = (own: ReadonlyArray<LedgerSum>, kind: LedgerSum['kind']): Amount[] =>
    own
      .filter((sum) => sum.kind === kind)
      .map((sum) => amountOf(sum, received))
      .sort(bySignal)
  const removals = (own: ReadonlyArray<LedgerSum>) => ({
    removed: amounts(own, 'dropped'),
    wouldRemove: amounts(own, 'dry_run'),
  })
  const known = inForce.flatMap(({ processor, rules }) =>
    rules.map((one): RuleReport => {
      const key = `${processor}\0${one.id}`
      const own = byRule.get(key) ?? []
      byRule.delete(key)
      return { processor, ...one, inForce: true, ...removals(own) }
    }),
  )
  const isInForce = (processor: string, ruleId: string): boolean =>
    inForce.some((own) => own.processor === processor && own.rules.some(({ id }) => id === ruleId))
  const others = [...byRule.values()].map((own): RuleReport => {
    const { reason: processor, rule, ruleId: id } = own[0]!
    // A limit that takes labels off is in the ledger once more for each: `cardinality_limit strip user.id`.
    return { processor, rule, id, inForce: isInForce(processor.split(' ', 1)[0]!, id), ...removals(own) }
  })
  return { received, rules: [...known, ...others.sort(byName)] }
}

function amountOf({ signal, records, bytes }: LedgerSum, received: ReadonlyArray<Received>): Amount {
  const all = received.find((one) => one.signal === signal)
  return {
    signal,
    records: Number(records),
    bytes: Number(bytes),
    recordsShare: shareOf(Number(records), all?.records),
    bytesShare: shareOf(Number(bytes), all?.bytes),
  }
}

export function shareOf(part: number, whole = 0): number | null {
  return whole === 0 ? null : part / whole
}

function bySignal(a: { signal: string }, b: { signal: string }): number {
  return a.signal < b.signal ? -1 : 1
}

function byName(a: RuleReport, b: RuleReport): number {
  return `${a.processor} ${a.rule}` < `${b.processor} ${b.rule}` ? -1 : 1
}
