import type { Requests } from '../evaluate.ts'
import type { World } from '../reference.ts'
import { nanos, sender, shape, smallInt, string, value, within } from '../worlds.ts'

export const LOG_SHAPE = shape(
  {
    severity_number: smallInt,
    flags: smallInt,
    dropped_attributes_count: smallInt,
    severity_text: string,
    event_name: string,
    body: value,
    time_unix_nano: nanos,
  },
  ['attributes'],
  ['body'],
)

export function logsRequestOf(world: World): Requests['logs'] {
  const { attributes, int, long, text, value: anyValue } = sender(world)
  const logRecords = [
    {
      timeUnixNano: long('time_unix_nano'),
      severityNumber: int('severity_number'),
      severityText: text('severity_text'),
      eventName: text('event_name'),
      flags: int('flags'),
      droppedAttributesCount: int('dropped_attributes_count'),
      body: anyValue('body'),
      attributes: attributes('attributes'),
    },
  ]
  const { resource, scope } = within(world, { logRecords })
  return { resourceLogs: [{ resource, scopeLogs: [scope] }] }
}
