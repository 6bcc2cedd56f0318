import { z } from 'zod'
import { type Binding, type CursorFormat, nanosField, uint64Field } from '../pages/cursor.ts'
import type { RowPosition } from '../pages/row-order.ts'
import type { LogsParameters } from './parameters.ts'

const fieldsOf = z.tuple([nanosField, uint64Field, z.string().max(256)])

/** A page ends at the sort key of its last record, exact and unique. */
export const LOGS_CURSOR: CursorFormat<RowPosition> = {
  encode: ({ timestamp, seq, gatewayId }) => [String(timestamp), String(seq), gatewayId],
  decode: (fields) => {
    const { data } = fieldsOf.safeParse(fields)
    return data && { timestamp: data[0], seq: data[1], gatewayId: data[2] }
  },
  isWithin: ({ start, end }, { timestamp }) => timestamp >= start && timestamp < end,
}

export function logsBinding(
  tenantId: string,
  { filter, direction }: Pick<LogsParameters, 'filter' | 'direction'>,
): Binding {
  return { tenantId, order: direction, filter }
}
