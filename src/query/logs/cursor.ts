import { z } from 'zod'
import {
  type Binding,
  type CursorFormat,
  type Cursor as CursorOf,
  decodeCursor as decode,
  encodeCursor as encode,
  nanosField,
  uint64Field,
} from '../parameters/cursor.ts'
import type { Nanos } from '../time.ts'
import type { LogsParameters } from './parameters.ts'

/** Where a page ended: the sort key of its last record, exact and unique. */
export type Position = { readonly timestamp: Nanos; readonly seq: bigint; readonly gatewayId: string }

export type Cursor = CursorOf<Position>

const fieldsOf = z.tuple([nanosField, uint64Field, z.string().max(256)])

const FORMAT: CursorFormat<Position> = {
  encode: ({ timestamp, seq, gatewayId }) => [String(timestamp), String(seq), gatewayId],
  decode: (fields) => {
    const { data } = fieldsOf.safeParse(fields)
    return data && { timestamp: data[0], seq: data[1], gatewayId: data[2] }
  },
  isWithin: ({ start, end }, { timestamp }) => timestamp >= start && timestamp < end,
}

const bindingOf = (
  tenantId: string,
  { filter, direction }: Pick<LogsParameters, 'filter' | 'direction'>,
): Binding => ({ tenantId, order: direction, filter })

/** An opaque token that continues this query after the cursor's position. */
export function encodeCursor(
  tenantId: string,
  parameters: Pick<LogsParameters, 'filter' | 'direction'>,
  cursor: Cursor,
): string {
  return encode(FORMAT, bindingOf(tenantId, parameters), cursor)
}

/** Throws {@link ApiError} if the cursor is broken or was made by another query. */
export function decodeCursor(
  tenantId: string,
  parameters: LogsParameters & { readonly cursor: string },
): Cursor {
  return decode(FORMAT, bindingOf(tenantId, parameters), parameters, parameters.cursor)
}
