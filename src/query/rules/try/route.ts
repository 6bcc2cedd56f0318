import { setImmediate as turn } from 'node:timers/promises'
import { z } from 'zod'
import type { Config } from '../../../config/schema.ts'
import type { Signal } from '../../../otlp/batch.ts'
import type { ProcessorPlan } from '../../../processors/pipeline.ts'
import type { RulesInForce } from '../../../processors/rules-in-force.ts'
import type { Database } from '../../../store/database.ts'
import { ApiError } from '../../errors.ts'
import { readParameters } from '../../http/parameters.ts'
import { boundedText, rangeParameters } from '../../parameters/fields.ts'
import { rangeOf, type TimeRange } from '../../parameters/range.ts'
import { json, type Route, type TenantRequest } from '../../route.ts'
import { createQueries } from '../../sql/queries.ts'
import { type DeclaredTable, source } from '../../sql/source.ts'
import { type Coverage, readHistory } from '../history/read.ts'
import type { HistoryStore } from '../history/source.ts'
import { answerOf, tryAnswer } from './answer.ts'
import { planInForce, readBlock } from './block.ts'
import { Trial } from './trial.ts'

const TABLES = [
  'logs',
  'spans',
  'metricSeries',
  'resources',
  'samples',
  'histogramSamples',
  'expHistogramSamples',
  'summarySamples',
  'exemplars',
] as const

export type TryRouteOptions = {
  readonly rules: Pick<RulesInForce, 'configOf' | 'names'>
  readonly reader: Database
  readonly tables: Readonly<Record<(typeof TABLES)[number], DeclaredTable>>
  readonly limits: Config['query']
  readonly nowMs: () => number
}

const YAML_LENGTH_MAX = 262_144
const NAME_LENGTH_MAX = 256
/** Of the time that the request may take: what is left is for its last statement and the answer. */
const TIME_SHARE = 0.7

const parameters = z.object({
  processors: boundedText(YAML_LENGTH_MAX)
    .optional()
    .describe('Processors to try, as YAML: a processors section, or what stands in one'),
  rule: boundedText(NAME_LENGTH_MAX).optional().describe('A processor in force, such as filter/noisy'),
  ...rangeParameters,
})

/** `POST /api/v1/rules/try`: what processors would remove of stored history (docs/api.md). Nothing is written. */
export function tryRoute({ rules, reader, tables, limits, nowMs }: TryRouteOptions): Route {
  const store = historyStore(reader, tables, limits)
  let running = 0

  async function attempt(plan: ProcessorPlan, range: TimeRange, request: TenantRequest) {
    const trial = new Trial(plan, request.tenantId, Number(range.start / 1_000_000n))
    const deadlineMs = performance.now() + TIME_SHARE * request.limits.timeoutMs
    const isOverdue = (): boolean => performance.now() > deadlineMs
    const coverage = new Map<Signal, Coverage>()
    const options = {
      ...{ signals: trial.signals, range, rowsMax: limits.tryRowsMax },
      ...{ bySecond: trial.livesByTime, isOver: isOverdue },
    }
    const parts = { store, tenantId: request.tenantId, run: request }
    try {
      for await (const chunk of readHistory(parts, options, coverage)) {
        request.signal.throwIfAborted()
        trial.add(chunk)
        // Senders come first: a trial takes the turns that are left.
        await turn()
      }
      trial.finish()
      return answerOf(trial, plan.warnings, range, coverage, isOverdue())
    } finally {
      trial.stop()
    }
  }

  return {
    path: '/api/v1/rules/try',
    methods: ['POST'],
    access: 'tenant',
    doc: { summary: 'What processors would remove of stored history', parameters, answer: tryAnswer },
    async handle(request) {
      const given = readParameters(parameters, await request.form())
      const range = rangeOf({ start: given.start, end: given.end }, nowMs())
      const plan = planOf(given, rules)
      if (running >= limits.tryConcurrentMax)
        throw new ApiError('overloaded', 'Rules are being tried already: try again in a moment.', {
          retryAfterSeconds: 5,
        })
      running++
      try {
        return json(await attempt(plan, range, request))
      } finally {
        running--
      }
    },
  }
}

function planOf(
  { processors, rule }: { readonly processors?: string | undefined; readonly rule?: string | undefined },
  rules: TryRouteOptions['rules'],
): ProcessorPlan {
  if ((processors === undefined) === (rule === undefined))
    throw new ApiError(
      'invalid_parameter',
      'Give either processors, as YAML, or rule, the name of a processor in force.',
    )
  return processors === undefined ? planInForce(rules, rule!) : readBlock(processors)
}

function historyStore(
  reader: Database,
  tables: TryRouteOptions['tables'],
  limits: Config['query'],
): HistoryStore {
  const of = (name: (typeof TABLES)[number]) => source(reader.name, tables[name])
  return {
    queries: createQueries(reader, limits),
    logs: of('logs'),
    spans: of('spans'),
    series: of('metricSeries'),
    resources: of('resources'),
    samples: of('samples'),
    histograms: of('histogramSamples'),
    expHistograms: of('expHistogramSamples'),
    summaries: of('summarySamples'),
    exemplars: of('exemplars'),
  }
}
