import { EVENT, SPAN } from '../../../otlp/slots.ts'
import type { Fill } from '../compiled.ts'
import type { Frame } from '../frame.ts'
import { Kind, Level } from '../kinds.ts'
import type { Context, PathEntry } from './context.ts'
import { attributes, fixed64, text, unsigned32 } from './fields.ts'
import { RESOURCE_PATHS } from './resource.ts'
import { SCOPE_PATHS } from './scope.ts'
import { SPAN_ENUMS, SPAN_PATHS } from './span.ts'

const { event } = Level

/** Its place among the events of its span, from 0. */
const eventIndex: PathEntry = {
  level: event,
  kind: Kind.int,
  fill:
    (frame: Frame): Fill =>
    (row, cell) => {
      cell.setInt(row - frame.records[frame.row(Level.record, row) + SPAN.eventsFirst]!, 0)
      return true
    },
}

const OWN: ReadonlyMap<string, PathEntry> = new Map([
  ['attributes', attributes(event)],
  ['dropped_attributes_count', unsigned32(event, EVENT.droppedAttributesCount)],
  ['event_index', eventIndex],
  ['name', text(event, EVENT.nameStart)],
  ['time', fixed64(event, EVENT.timeLow, Kind.time)],
  ['time_unix_nano', fixed64(event, EVENT.timeLow, Kind.int)],
])

/** The collector's ottlspanevent context. */
export const spanEventContext: Context = {
  name: 'span event',
  prefix: 'spanevent',
  own: OWN,
  shared: new Map([...SPAN_PATHS, ...RESOURCE_PATHS, ...SCOPE_PATHS]),
  enums: SPAN_ENUMS,
  unit: event,
}
