import { METRIC, MetricType } from '../../../otlp/slots.ts'
import type { Fill } from '../compiled.ts'
import type { Frame } from '../frame.ts'
import { countPoints, pointFunctions } from '../functions/on-data-point.ts'
import { Kind, Level } from '../kinds.ts'
import type { Context, PathEntry } from './context.ts'
import { attributes, prefixed, signed32, text } from './fields.ts'
import { ofTypes } from './metric-types.ts'
import { RESOURCE_PATHS } from './resource.ts'
import { SCOPE_PATHS } from './scope.ts'

const { metric } = Level

/** In the order of pdata's numbers for them, from 0. */
const TYPES: ReadonlyArray<readonly [name: string, type: MetricType]> = [
  ['NONE', MetricType.none],
  ['GAUGE', MetricType.gauge],
  ['SUM', MetricType.sum],
  ['HISTOGRAM', MetricType.histogram],
  ['EXPONENTIAL_HISTOGRAM', MetricType.exponentialHistogram],
  ['SUMMARY', MetricType.summary],
]
const NUMBERS = new Map(TYPES.map(([, type], number) => [type as number, number]))

const type: PathEntry = {
  level: metric,
  kind: Kind.int,
  fill:
    (frame: Frame): Fill =>
    (record, cell) => {
      cell.setInt(NUMBERS.get(frame.metrics[frame.row(metric, record) + METRIC.type]!) ?? 0, 0)
      return true
    },
}

const isMonotonic: PathEntry = {
  level: metric,
  kind: Kind.bool,
  fill:
    (frame: Frame): Fill =>
    (record, cell) => {
      cell.setBool(frame.metrics[frame.row(metric, record) + METRIC.isMonotonic] !== 0)
      return true
    },
}

const dataPoints: PathEntry = {
  level: metric,
  kind: Kind.messages,
  fill:
    (frame: Frame): Fill =>
    (record, cell) => {
      cell.setInt(countPoints(frame, record), 0)
      cell.kind = Kind.messages
      return true
    },
}

const OWN: ReadonlyMap<string, PathEntry> = new Map([
  [
    'aggregation_temporality',
    ofTypes(
      [MetricType.sum, MetricType.histogram, MetricType.exponentialHistogram],
      signed32(metric, METRIC.temporality),
    ),
  ],
  [
    'data_points',
    ofTypes(
      TYPES.flatMap(([, each]) => (each === MetricType.none ? [] : [each])),
      dataPoints,
    ),
  ],
  ['description', text(metric, METRIC.descriptionStart)],
  ['is_monotonic', ofTypes([MetricType.sum], isMonotonic)],
  ['metadata', attributes(metric)],
  ['name', text(metric, METRIC.nameStart)],
  ['type', type],
  ['unit', text(metric, METRIC.unitStart)],
])

/** `metric.` paths, for the context of its data points. */
export const METRIC_PATHS = prefixed('metric', OWN)

const TEMPORALITIES = ['UNSPECIFIED', 'DELTA', 'CUMULATIVE']

export const METRIC_ENUMS: ReadonlyMap<string, bigint> = new Map([
  ...TYPES.map(([name], number): [string, bigint] => [`METRIC_DATA_TYPE_${name}`, BigInt(number)]),
  ...TEMPORALITIES.map((name, number): [string, bigint] => [
    `AGGREGATION_TEMPORALITY_${name}`,
    BigInt(number),
  ]),
])

/** The collector's ottlmetric context, with the functions that its filter adds. */
export const metricContext: Context = {
  name: 'metric',
  prefix: 'metric',
  own: OWN,
  shared: new Map([...RESOURCE_PATHS, ...SCOPE_PATHS]),
  enums: METRIC_ENUMS,
  unit: Level.record,
  functions: pointFunctions,
}
