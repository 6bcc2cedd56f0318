import type { LogRange, RangeAggregation, Selector, Stage } from '../../logql/ast.ts'
import type { LogBatch } from '../../logql/metrics/source.ts'
import { printLogRange } from '../../logql/print.ts'
import { FoundResources } from './found-resources.ts'
import type { Meter } from './meter.ts'
import { LabelValues } from './pushdown/label-value.ts'
import { type PushedStages, pushStages } from './pushdown/stages.ts'
import type { ResourceReader } from './resource-rows.ts'
import { RecordMaker, type StoredRecord } from './rows.ts'
import { type Selection, selectResources } from './selection.ts'
import { type RowsQuery, readSlices } from './slices.ts'
import type { LokiStore } from './store.ts'
import type { QueryRun, StagePlan, Tenants } from './types.ts'

/** One query under way: what its parts share. */
export class Query {
  readonly store: LokiStore
  readonly meter: Meter
  readonly run: QueryRun
  /** Selectors as they were written, of those that the evaluator gets without short names. */
  readonly written = new WeakMap<object, Selector>()
  readonly #tenantIds: Tenants
  readonly #reader: ResourceReader

  constructor(
    store: LokiStore,
    reader: ResourceReader,
    { tenantIds, run, meter }: { readonly tenantIds: Tenants; readonly run: QueryRun; readonly meter: Meter },
  ) {
    this.store = store
    this.meter = meter
    this.run = run
    this.#tenantIds = tenantIds
    this.#reader = reader
  }

  /** The resources of a selector on the days of a range. Throws ApiError. */
  async select(selector: Pick<Selector, 'matchers'>, startNs: bigint, endNs: bigint): Promise<Selection> {
    const { matchers } = this.written.get(selector) ?? selector
    const query = { tenantIds: this.#tenantIds, matchers, startNs, endNs }
    const selection = await selectResources(this.store, this.#reader, query, this.meter.statement(this.run))
    this.meter.streams += selection.resources.length
    return selection
  }

  /** A selection that is made of the rows that {@link records} gives. */
  found({ matchers }: Pick<Selector, 'matchers'>, startNs: bigint, endNs: bigint): FoundResources {
    const query = { tenantIds: this.#tenantIds, matchers, startNs, endNs }
    return new FoundResources(this.store, this.#reader, query)
  }

  /** What of the stages ClickHouse takes over as conditions. */
  pushed(stages: ReadonlyArray<Stage>, selection: Selection): PushedStages {
    const labels = new LabelValues(this.store, selection)
    return pushStages(this.store, stages, (name) => labels.get(name))
  }

  /** The rows that a pipeline may keep, as records, slice by slice. */
  async *records(query: RowsQuery): AsyncGenerator<StoredRecord[], void, undefined> {
    const maker = new RecordMaker(query.selection, this.store.labels)
    const { selection } = query
    for await (const rows of readSlices(this.store, query, this.meter, this.run)) {
      if (selection.learn !== undefined)
        this.meter.streams += await selection.learn(rows, this.meter.statement(this.run))
      const records: StoredRecord[] = []
      for (const row of rows) {
        const record = maker.make(row)
        if (record !== undefined) records.push(record)
      }
      yield records
    }
  }

  /** The records of a range aggregation, oldest first, in (fromNs, toNs]. */
  async *recordsOf(
    range: LogRange,
    fromNs: bigint,
    toNs: bigint,
    pushdown: boolean,
  ): AsyncGenerator<LogBatch, void, undefined> {
    const startNs = fromNs + 1n
    const endNs = toNs + 1n
    const selection = await this.select(range.selector, startNs, endNs)
    const { conditions, exactStages, few } = this.pushed(pushdown ? range.stages : [], selection)
    this.plan({
      query: printLogRange(range),
      where: 'evaluator',
      stagesInSql: exactStages,
      stages: range.stages.length,
    })
    yield* this.records({
      selection,
      startNs,
      endNs,
      direction: 'forward',
      conditions,
      few,
      columns: { whole: false, sourceTime: false },
      wanted: () => undefined,
    })
  }

  plan(part: StagePlan): void {
    this.meter.plan.push(part)
  }

  planned({ range }: RangeAggregation, where: StagePlan['where'], stagesInSql: number): void {
    this.plan({ query: printLogRange(range), where, stagesInSql, stages: range.stages.length })
  }
}
