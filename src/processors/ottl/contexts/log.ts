import { LOG } from '../../../otlp/slots.ts'
import type { Fill } from '../compiled.ts'
import type { Frame } from '../frame.ts'
import { Kind, Level } from '../kinds.ts'
import { materialize } from '../materialize.ts'
import { plainText } from '../plain.ts'
import type { Context, PathEntry } from './context.ts'
import {
  anyValue,
  fixed64,
  id,
  idText,
  recordAttributes,
  recordTime,
  recordTimeUnixNano,
  signed32,
  text,
  unsigned32,
} from './fields.ts'
import { RESOURCE_PATHS } from './resource.ts'
import { SCOPE_PATHS } from './scope.ts'

const { record } = Level
const body = anyValue(record, LOG.bodyKind)

/** The body as text, whatever it is; of no body, the empty text. A body that is a string is not copied. */
const bodyText: PathEntry = {
  level: record,
  kind: Kind.string,
  fill: (frame: Frame): Fill => {
    const fill = body.fill(frame)
    return (index, cell) => {
      fill(index, cell)
      if (cell.kind === Kind.string) return true
      const bytes = Buffer.from(plainText(materialize(cell, frame)))
      cell.setRange(Kind.string, bytes, 0, bytes.length)
      return true
    }
  },
}

const OWN: ReadonlyMap<string, PathEntry> = new Map([
  ['attributes', recordAttributes],
  ['body', body],
  ['body.string', bodyText],
  ['dropped_attributes_count', unsigned32(record, LOG.droppedAttributesCount)],
  ['event_name', text(record, LOG.eventNameStart)],
  ['flags', unsigned32(record, LOG.flags)],
  ['observed_time', fixed64(record, LOG.observedTimeLow, Kind.time)],
  ['observed_time_unix_nano', fixed64(record, LOG.observedTimeLow, Kind.int)],
  ['severity_number', signed32(record, LOG.severityNumber)],
  ['severity_text', text(record, LOG.severityTextStart)],
  ['span_id', id(record, LOG.spanIdStart, Kind.spanId, 8)],
  ['span_id.string', idText(record, LOG.spanIdStart, 8)],
  ['time', recordTime],
  ['time_unix_nano', recordTimeUnixNano],
  ['trace_id', id(record, LOG.traceIdStart, Kind.traceId, 16)],
  ['trace_id.string', idText(record, LOG.traceIdStart, 16)],
])

const SEVERITIES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']

/** SeverityNumber of opentelemetry/proto/logs/v1/logs.proto: four steps per name, from 1. */
function severityNumbers(): Map<string, bigint> {
  const numbers = new Map([['SEVERITY_NUMBER_UNSPECIFIED', 0n]])
  for (const name of SEVERITIES)
    for (const step of ['', '2', '3', '4'])
      numbers.set(`SEVERITY_NUMBER_${name}${step}`, BigInt(numbers.size))
  return numbers
}

/** The collector's ottllog context. */
export const logContext: Context = {
  name: 'log',
  prefix: 'log',
  own: OWN,
  shared: new Map([...RESOURCE_PATHS, ...SCOPE_PATHS]),
  enums: severityNumbers(),
  unit: record,
}
