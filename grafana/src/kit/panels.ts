import type * as cog from '@grafana/grafana-foundation-sdk/cog'
import {
  BigValueGraphMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  LogsSortOrder,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import {
  DashboardLinkBuilder,
  DashboardLinkType,
  PanelBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder as LogsPanel } from '@grafana/grafana-foundation-sdk/logs'
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as TimeseriesPanel } from '@grafana/grafana-foundation-sdk/timeseries'

/** Panels as all dashboards have them: a unit, a sentence on what is shown, and one for when there is nothing. */

export type Target = cog.Builder<cog.Dataquery> & { refId(refId: string): Target }
type Options = {
  readonly title: string
  /** What it shows, and what to do about it. */
  readonly description: string
  /** An id of Grafana's units. */
  readonly unit: string
  /** Shown where no series is: what would have to send something. */
  readonly empty: string
  readonly targets: ReadonlyArray<Target>
  /** Of 24 columns. */
  readonly width?: number
  readonly height?: number
  readonly links?: ReadonlyArray<DashboardLinkBuilder>
}

const HEIGHT = 8
const WIDTH = 12
/** The least distance of points in panels of logs; that of metrics is the data source's `timeInterval`. */
const LOGS_INTERVAL = '1m'

/** A, B, C, …: the names that tables have for the values of several. */
const lettered = (targets: ReadonlyArray<Target>): Target[] =>
  targets.map((target, i) => target.refId(String.fromCharCode(65 + i)))

/** A link of a value to another dashboard, with what is chosen and the time range. */
export const dataLink = (title: string, url: string): DashboardLinkBuilder =>
  new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(url)

/** Lines over time. */
export function lines(
  options: Options & { readonly stacked?: boolean; readonly max?: number },
): TimeseriesPanel {
  const panel = new TimeseriesPanel()
    .title(options.title)
    .description(options.description)
    .unit(options.unit)
    .noValue(options.empty)
    .min(0)
    .targets(lettered(options.targets))
    .span(options.width ?? WIDTH)
    .height(options.height ?? HEIGHT)
    .lineWidth(1)
    .fillOpacity(options.stacked === true ? 30 : 8)
    .legend(legend())
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
  if (options.stacked === true) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
  if (options.max !== undefined) panel.max(options.max)
  return options.links === undefined ? panel : panel.dataLinks([...options.links])
}

/** Counts of logs over time, as bars. */
export function logBars(options: Options): TimeseriesPanel {
  return lines({ ...options, stacked: true })
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(80)
    .lineWidth(0)
    .interval(LOGS_INTERVAL)
}

function legend(): VizLegendOptionsBuilder {
  return new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .showLegend(true)
}

/** One number: the last of the series. */
export function number(options: Options): StatPanel {
  const panel = new StatPanel()
    .title(options.title)
    .description(options.description)
    .unit(options.unit)
    .noValue(options.empty)
    .targets(lettered(options.targets))
    .span(options.width ?? 4)
    .height(options.height ?? 4)
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
  return options.links === undefined ? panel : panel.dataLinks([...options.links])
}

/** A row per series, of queries at the end of the time range. Several are joined by their labels. */
export function table(
  options: Options & {
    /** What the columns are called, by the label or `Value #<refId>`, in their order. */
    readonly columns: Readonly<Record<string, string>>
    /** Units of columns that have another. */
    readonly units?: Readonly<Record<string, string>>
  },
): TablePanel {
  const names = Object.keys(options.columns)
  const panel = new TablePanel()
    .title(options.title)
    .description(options.description)
    .unit(options.unit)
    .noValue(options.empty)
    .targets(lettered(options.targets))
    .span(options.width ?? WIDTH)
    .height(options.height ?? HEIGHT)
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true },
        indexByName: Object.fromEntries(names.map((name, i) => [name, i])),
        renameByName: options.columns,
      },
    })
  for (const [column, unit] of Object.entries(options.units ?? {}))
    panel.overrideByName(options.columns[column] ?? column, [{ id: 'unit', value: unit }])
  return options.links === undefined ? panel : panel.dataLinks([...options.links])
}

/** Lines of logs, newest first; details of a line link to its trace (the data source's derived fields). */
export function logLines(options: Omit<Options, 'unit'>): LogsPanel {
  return new LogsPanel()
    .title(options.title)
    .description(options.description)
    .noValue(options.empty)
    .targets(lettered(options.targets))
    .span(options.width ?? 24)
    .height(options.height ?? 12)
    .showTime(true)
    .wrapLogMessage(true)
    .enableLogDetails(true)
    .sortOrder(LogsSortOrder.Descending)
}

/** Traces found; their ids open them. */
export function traceTable(options: Omit<Options, 'unit'>): TablePanel {
  return new TablePanel()
    .title(options.title)
    .description(options.description)
    .noValue(options.empty)
    .targets(lettered(options.targets))
    .span(options.width ?? 24)
    .height(options.height ?? 10)
}

/** Services and who calls whom. */
export function serviceGraph(options: Omit<Options, 'unit'>): PanelBuilder {
  return new PanelBuilder()
    .type('nodeGraph')
    .title(options.title)
    .description(options.description)
    .noValue(options.empty)
    .targets(lettered(options.targets))
    .span(options.width ?? 24)
    .height(options.height ?? 12)
}
