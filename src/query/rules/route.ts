import { z } from 'zod'
import { valueAt } from '../../config/path.ts'
import type { Config } from '../../config/schema.ts'
import type { RulesInForce } from '../../processors/rules-in-force.ts'
import type { Database } from '../../store/database.ts'
import type { ConfigControl } from '../config/control.ts'
import { readParameters } from '../http/parameters.ts'
import { parsed, rangeParameters } from '../parameters/fields.ts'
import { rangeOf, type TimeRange } from '../parameters/range.ts'
import { json, type Route } from '../route.ts'
import { createQueries } from '../sql/queries.ts'
import { type DeclaredTable, source } from '../sql/source.ts'
import { formatNanos, type Nanos } from '../time.ts'
import { type LedgerSum, ledgerStatement } from './ledger.ts'
import { type RuleReport, reportOf, rulesAnswer } from './report.ts'
import { shownCondition } from './written.ts'

export type RulesRouteOptions = {
  readonly rules: Pick<RulesInForce, 'report' | 'samples' | 'configOf' | 'names'>
  readonly config: ConfigControl
  readonly tenancy: Config['tenancy']
  readonly reader: Database
  readonly tables: { readonly ledger: DeclaredTable }
  readonly limits: Config['query']
  readonly nowMs: () => number
}

const parameters = z.object({
  start: rangeParameters.start.describe('First moment of the range, included; default: midnight UTC'),
  end: rangeParameters.end,
  samples: parsed((text) => {
    if (text === 'true') return true
    return text === 'false' ? false : { problem: 'is neither true nor false' }
  })
    .default(false)
    .describe('true: a few of the records that each rule removed lately'),
})

const DAY_NS: Nanos = 86_400_000_000_000n

/** `GET /api/v1/rules`: what each rule removed of a tenant, and what dry runs would have (docs/api.md). */
export function rulesRoute(options: RulesRouteOptions): Route {
  const { rules, config, tenancy, reader, tables, limits, nowMs } = options
  const queries = createQueries(reader, limits)
  const ledger = source(reader.name, tables.ledger)
  return {
    path: '/api/v1/rules',
    methods: ['GET'],
    access: 'tenant',
    doc: {
      summary: 'What each rule removed, in records, bytes and share, and what dry runs would have removed',
      parameters,
      answer: rulesAnswer,
    },
    async handle(request) {
      const { tenantId } = request
      const given = readParameters(parameters, request.query)
      const range = sinceMidnight(given.start, given.end, nowMs())
      const sums = await queries.rows<LedgerSum>(ledgerStatement(ledger, tenantId, range), request)
      const report = reportOf(rules.report(), sums)
      const written = valueAt(config.inForce().value, ['processors'])
      const shown = report.rules.map((rule) => {
        const samples =
          given.samples && rule.inForce
            ? rules.samples(rule.processor, { position: rule.rule, id: rule.id }, tenantId)
            : undefined
        return {
          ...conditionShown(rule, written),
          ...(samples === undefined ? {} : { samples: [...samples] }),
        }
      })
      return json({
        start: formatNanos(String(range.start)),
        end: formatNanos(String(range.end)),
        received: report.received,
        rules: tenancy.mode === 'multi' ? shown.map(ofTenant) : shown,
      })
    },
  }
}

/** Without a start: the UTC day that the range ends in. */
function sinceMidnight(start: Nanos | undefined, end: Nanos | undefined, nowMs: number): TimeRange {
  const range = rangeOf({ start, end }, nowMs)
  return start === undefined ? { ...range, start: range.end - 1n - ((range.end - 1n) % DAY_NS) } : range
}

function conditionShown(rule: RuleReport, written: unknown): RuleReport {
  if (rule.condition === undefined) return rule
  const block = valueAt(written, [rule.processor])
  return { ...rule, condition: shownCondition(block, rule.rule, rule.condition) }
}

/** Counts of all tenants, and conditions of rules that had nothing to do with this one, are not a tenant's to see. */
function ofTenant({ matched: _, failed: __, condition, ...rule }: RuleReport): RuleReport {
  const isConcerned = rule.removed.length > 0 || rule.wouldRemove.length > 0
  return { ...rule, ...(isConcerned && condition !== undefined ? { condition } : {}) }
}
