import type { Requests } from '../evaluate.ts'
import type { World } from '../reference.ts'
import { nanos, sender, shape, smallInt, string, within } from '../worlds.ts'

/** Spans have their fields under both names in their own context. */
const SPAN_FIELDS = {
  'span.name': string,
  'span.kind': smallInt,
  'span.status.code': smallInt,
  'span.status.message': string,
  'span.flags': smallInt,
  'span.dropped_events_count': smallInt,
  'span.start_time_unix_nano': nanos,
  'span.end_time_unix_nano': nanos,
}

export const SPAN_SHAPE = shape(SPAN_FIELDS, ['span.attributes'])

export const EVENT_SHAPE = shape(
  {
    ...SPAN_FIELDS,
    name: string,
    'spanevent.dropped_attributes_count': smallInt,
    time_unix_nano: nanos,
  },
  ['attributes', 'span.attributes'],
)

/** The span, with another event before the one that the conditions are about. */
export function tracesRequestOf(world: World): Requests['traces'] {
  const { attributes, int, long, text } = sender(world)
  const isOfEvent = world.tables.attributes !== undefined
  const event = isOfEvent
    ? {
        name: text('name'),
        timeUnixNano: long('time_unix_nano'),
        droppedAttributesCount: int('spanevent.dropped_attributes_count'),
        attributes: attributes('attributes'),
      }
    : {}
  const spans = [
    {
      name: text('span.name'),
      kind: int('span.kind'),
      status: { code: int('span.status.code'), message: text('span.status.message') },
      flags: int('span.flags'),
      droppedEventsCount: int('span.dropped_events_count'),
      startTimeUnixNano: long('span.start_time_unix_nano'),
      endTimeUnixNano: long('span.end_time_unix_nano'),
      attributes: attributes('span.attributes'),
      events: [{ name: 'first' }, event],
    },
  ]
  const { resource, scope } = within(world, { spans })
  return { resourceSpans: [{ resource, scopeSpans: [scope] }] }
}
