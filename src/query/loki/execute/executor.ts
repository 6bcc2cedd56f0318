import type { Config } from '../../../config/schema.ts'
import type { Database } from '../../../store/database.ts'
import { evaluateInstant, evaluateRange } from '../../logql/metrics/evaluate.ts'
import { DEFAULT_LIMITS, type EvaluationLimits } from '../../logql/metrics/source.ts'
import { createQueries } from '../../sql/queries.ts'
import { type DeclaredTable, source } from '../../sql/source.ts'
import { NO_USAGE, type UsageRecorder } from '../../usage/recorder.ts'
import { GroupedAttributes } from './grouped-attributes.ts'
import { LabelMapping, type LabelOptions } from './labels.ts'
import { runLogs } from './logs-result.ts'
import { Meter } from './meter.ts'
import { answered, withoutAliases } from './metric-answer.ts'
import { Query } from './query.ts'
import { ResourceReader } from './resource-rows.ts'
import type { Selection } from './selection.ts'
import { sourceOf } from './source.ts'
import type { LokiStore } from './store.ts'
import type { LokiExecutor, QueryRun, Stream } from './types.ts'
import { usedNames } from './used-names.ts'

export type ExecutorOptions = {
  readonly reader: Database
  readonly tables: { readonly logs: DeclaredTable; readonly resources: DeclaredTable }
  readonly limits: Config['query'] & LabelOptions
  readonly nowMs: () => number
  /** Told which labels queries use. */
  readonly usage?: UsageRecorder
  readonly evaluation?: EvaluationLimits
  /** Off, everything is evaluated here: what tests compare with. */
  readonly pushdown?: boolean
}

export function createLokiExecutor(options: ExecutorOptions): LokiExecutor {
  const {
    reader,
    tables,
    limits,
    nowMs,
    usage = NO_USAGE,
    evaluation = DEFAULT_LIMITS,
    pushdown = true,
  } = options
  const store: LokiStore = {
    queries: createQueries(reader, limits),
    logs: source(reader.name, tables.logs),
    resources: source(reader.name, tables.resources),
    labels: new LabelMapping(limits),
    groupedAttributes: new GroupedAttributes(),
  }
  const resources = new ResourceReader(store, nowMs)
  const open = (tenantIds: ReadonlyArray<string>, run: QueryRun, meter: Meter): Query =>
    new Query(store, resources, { tenantIds, run, meter })

  return {
    runLogs(query, run) {
      const meter = new Meter()
      usage.record(query.tenantIds, usedNames(query.expr))
      return runLogs(open(query.tenantIds, run, meter), query, pushdown)
    },
    runInstant({ tenantIds, expr, timeNs }, run) {
      const meter = new Meter()
      const query = open(tenantIds, run, meter)
      usage.record(tenantIds, usedNames(expr))
      const data = sourceOf(query, evaluation, pushdown)
      return answered(meter, async () => {
        const value = await evaluateInstant(withoutAliases(expr, query), timeNs, data, evaluation)
        meter.entriesReturned = value.kind === 'scalar' ? 1 : value.samples.length
        return value
      })
    },
    runRange({ tenantIds, expr, startNs, endNs, stepNs }, run) {
      const meter = new Meter()
      const query = open(tenantIds, run, meter)
      usage.record(tenantIds, usedNames(expr))
      const data = sourceOf(query, evaluation, pushdown)
      const count = endNs < startNs ? 0 : Number((endNs - startNs) / stepNs) + 1
      return answered(meter, async () => {
        const grid = { startNs, stepNs: Number(stepNs), count }
        const value = await evaluateRange(withoutAliases(expr, query), grid, data, evaluation)
        for (const { points } of value) meter.entriesReturned += points.length
        return value
      })
    },
    async streams({ tenantIds, matchers, startNs, endNs }, run) {
      const query = open(tenantIds, run, new Meter())
      return distinctStreams(await query.select({ matchers }, startNs, endNs))
    },
  }
}

function distinctStreams({ resources }: Selection): Stream[] {
  const streams = new Map<string, Stream>()
  for (const { tenantId, stream } of resources)
    streams.set(JSON.stringify([tenantId, ...stream]), { tenantId, labels: stream })
  return [...streams.values()]
}
