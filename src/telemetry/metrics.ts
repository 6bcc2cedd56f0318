import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { METRICS, type MetricRow } from './metric-table.ts'
import type { PromFamily } from './own-metrics/families.ts'

/** A value that hot code changes with plain arithmetic; it is read when somebody scrapes. */
export type Cell = { value: number }

type ValuesOf<Names extends ReadonlyArray<string>> = { readonly [K in keyof Names]: string }

/** Counters and gauges. Keep the cell: `cell(...)` looks it up, and does not belong in a loop over records. */
export type CellFamily<Labels extends ReadonlyArray<string>> = {
  /** The cell of these label values, in the order of the table. */
  cell(...labels: Labels): Cell
  /** For a gauge that is computed: called at each scrape, before the cells are read. */
  onScrape(refresh: (family: CellFamily<Labels>) => void): void
}

/** Its methods are for once per request, commit or query. */
export type HistogramFamily<Labels extends ReadonlyArray<string>> = {
  observe(seconds: number, ...labels: Labels): void
}

type FamilyOf<Row extends MetricRow> = Row['type'] extends 'histogram'
  ? HistogramFamily<ValuesOf<Row['labels']>>
  : CellFamily<ValuesOf<Row['labels']>>

type MetricTable = Readonly<Record<string, MetricRow>>

export type MetricsOf<Table extends MetricTable> = {
  readonly [Name in keyof Table]: FamilyOf<Table[Name]>
} & {
  /** The Prometheus text of all metrics. */
  render(): Promise<string>
  /** The same as values. */
  collect(): Promise<ReadonlyArray<PromFamily>>
}

export type Metrics = MetricsOf<typeof METRICS>

/** Label sets of one family; whatever comes after them is counted under `other`. */
const CELLS_MAX = 5000

/** Those of a gateway. */
export const createMetrics = (): Metrics => createMetricsOf(METRICS)

/** A registry of its own, so that two gateways in one process do not share figures. */
export function createMetricsOf<Table extends MetricTable>(table: Table): MetricsOf<Table> {
  const registry = new Registry()
  // Node's own: CPU, memory, event loop delay, garbage collection.
  collectDefaultMetrics({ register: registry })
  const families = Object.entries(table).map(([key, row]) => [key, family(row, registry)])
  return {
    ...(Object.fromEntries(families) as { [Name in keyof Table]: FamilyOf<Table[Name]> }),
    render: () => registry.metrics(),
    collect: () => registry.getMetricsAsJSON(),
  }
}

function family(row: MetricRow, registry: Registry): CellFamily<string[]> | HistogramFamily<string[]> {
  return row.type === 'histogram' ? histogram(row, registry) : cells(row, registry)
}

function cells(row: MetricRow, registry: Registry): CellFamily<string[]> {
  const byKey = new Map<string, Cell & { readonly labels: ReadonlyArray<string> }>()
  let refresh: ((family: CellFamily<string[]>) => void) | undefined
  const result: CellFamily<string[]> = {
    cell(...labels) {
      const key = labels.join('\0')
      const known = byKey.get(key)
      if (known !== undefined) return known
      if (byKey.size >= CELLS_MAX && labels.some((label) => label !== 'other'))
        return result.cell(...labels.map(() => 'other'))
      const cell = { value: 0, labels }
      byKey.set(key, cell)
      return cell
    },
    onScrape(callback) {
      refresh = callback
    },
  }
  const Kind = row.type === 'counter' ? Counter : Gauge
  const metric: Counter | Gauge = new Kind({
    name: row.name,
    help: row.help,
    labelNames: [...row.labels],
    registers: [registry],
    collect() {
      refresh?.(result)
      metric.reset()
      for (const { labels, value } of byKey.values()) metric.inc(labelObject(row.labels, labels), value)
    },
  })
  // A family without labels is there from the start, so that an alert on it has something to look at.
  if (row.labels.length === 0) result.cell()
  return result
}

function histogram(row: MetricRow, registry: Registry): HistogramFamily<string[]> {
  const metric = new Histogram({
    name: row.name,
    help: row.help,
    labelNames: [...row.labels],
    buckets: [...(row.buckets ?? [])],
    registers: [registry],
  })
  const seen = new Set<string>()
  return {
    observe(seconds, ...labels) {
      const key = labels.join('\0')
      const room = seen.has(key) || seen.size < CELLS_MAX
      if (room) seen.add(key)
      metric.observe(labelObject(row.labels, room ? labels : labels.map(() => 'other')), seconds)
    },
  }
}

function labelObject(names: ReadonlyArray<string>, values: ReadonlyArray<string>): Record<string, string> {
  return Object.fromEntries(names.map((name, i) => [name, values[i]!]))
}
