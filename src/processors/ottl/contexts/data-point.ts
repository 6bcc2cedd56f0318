import { MetricType, NO_RECORDED_VALUE, POINT, ValueKind } from '../../../otlp/slots.ts'
import { doubleOf } from '../../../otlp/words.ts'
import { Form } from '../cell.ts'
import type { Fill } from '../compiled.ts'
import type { Frame } from '../frame.ts'
import { Kind, Level } from '../kinds.ts'
import type { Context, PathEntry } from './context.ts'
import {
  double,
  fixed64,
  message,
  messages,
  recordAttributes,
  recordTime,
  recordTimeUnixNano,
  signed32,
  unsigned32,
} from './fields.ts'
import { METRIC_ENUMS, METRIC_PATHS } from './metric.ts'
import { ofTypes } from './metric-types.ts'
import { RESOURCE_PATHS } from './resource.ts'
import { SCOPE_PATHS } from './scope.ts'

const { record } = Level
const NUMBERS = [MetricType.gauge, MetricType.sum]
const HISTOGRAM = [MetricType.histogram]
const EXPONENTIAL = [MetricType.exponentialHistogram]
const COUNTING = [MetricType.histogram, MetricType.exponentialHistogram, MetricType.summary]
const WITH_EXEMPLARS = [...NUMBERS, MetricType.histogram, MetricType.exponentialHistogram]

/** As in pdata: of a point that holds an int, 0. */
const valueDouble: PathEntry = {
  level: record,
  kind: Kind.double,
  fill:
    (frame: Frame): Fill =>
    (index, cell) => {
      const { records } = frame
      const row = frame.row(record, index)
      const isDouble = records[row + POINT.valueKind] === ValueKind.double
      cell.setDouble(isDouble ? doubleOf(records[row + POINT.valueLow]!, records[row + POINT.valueHigh]!) : 0)
      return true
    },
}

/** As in pdata: of a point that holds a double, 0. */
const valueInt: PathEntry = {
  level: record,
  kind: Kind.int,
  fill:
    (frame: Frame): Fill =>
    (index, cell) => {
      const { records } = frame
      const row = frame.row(record, index)
      if (records[row + POINT.valueKind] === ValueKind.int)
        cell.setInt(records[row + POINT.valueLow]!, records[row + POINT.valueHigh]!)
      else cell.setInt(0, 0)
      return true
    },
}

/** Numbers in one of the batch's arrays, as a list. */
function elements(firstSlot: number, array: 0 | 1, form: typeof Form.ints | typeof Form.doubles): PathEntry {
  const fill =
    (frame: Frame): Fill =>
    (index, cell) => {
      const row = frame.row(record, index) + firstSlot
      cell.setElements(form, frame.arrays[array], frame.records[row]!, frame.records[row + 1]!)
      return true
    }
  return { level: record, kind: Kind.list, fill }
}

const { countsFirst, boundsFirst } = POINT

const OWN: ReadonlyMap<string, PathEntry> = new Map([
  ['attributes', recordAttributes],
  ['bucket_counts', ofTypes(HISTOGRAM, elements(countsFirst, 0, Form.ints))],
  ['count', ofTypes(COUNTING, fixed64(record, POINT.countLow, Kind.int))],
  ['exemplars', ofTypes(WITH_EXEMPLARS, messages(record, POINT.exemplarsCount))],
  ['explicit_bounds', ofTypes(HISTOGRAM, elements(boundsFirst, 1, Form.doubles))],
  ['flags', unsigned32(record, POINT.flags)],
  ['negative', ofTypes(EXPONENTIAL, message(record))],
  ['negative.bucket_counts', ofTypes(EXPONENTIAL, elements(boundsFirst, 1, Form.ints))],
  ['negative.offset', ofTypes(EXPONENTIAL, signed32(record, POINT.negativeOffset))],
  ['positive', ofTypes(EXPONENTIAL, message(record))],
  ['positive.bucket_counts', ofTypes(EXPONENTIAL, elements(countsFirst, 0, Form.ints))],
  ['positive.offset', ofTypes(EXPONENTIAL, signed32(record, POINT.positiveOffset))],
  ['quantile_values', ofTypes([MetricType.summary], messages(record, POINT.quantilesCount))],
  ['scale', ofTypes(EXPONENTIAL, signed32(record, POINT.scale))],
  ['start_time', fixed64(record, POINT.startTimeLow, Kind.time)],
  ['start_time_unix_nano', fixed64(record, POINT.startTimeLow, Kind.int)],
  ['sum', ofTypes(COUNTING, double(record, POINT.sumLow))],
  ['time', recordTime],
  ['time_unix_nano', recordTimeUnixNano],
  ['value_double', ofTypes(NUMBERS, valueDouble)],
  ['value_int', ofTypes(NUMBERS, valueInt)],
  ['zero_count', ofTypes(EXPONENTIAL, fixed64(record, POINT.zeroCountLow, Kind.int))],
])

/** The collector's ottldatapoint context. */
export const dataPointContext: Context = {
  name: 'data point',
  prefix: 'datapoint',
  own: OWN,
  shared: new Map([...METRIC_PATHS, ...RESOURCE_PATHS, ...SCOPE_PATHS]),
  enums: new Map([...METRIC_ENUMS, ['FLAG_NONE', 0n], ['FLAG_NO_RECORDED_VALUE', BigInt(NO_RECORDED_VALUE)]]),
  unit: record,
}
