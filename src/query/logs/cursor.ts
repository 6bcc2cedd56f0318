import { createHash } from 'node:crypto'
import { z } from 'zod'
import { ApiError } from '../errors.ts'
import type { LogsParameters, TimeRange } from './parameters.ts'
import { NANOS_MAX, type Nanos } from './time.ts'

/** Where a page ended: the sort key of its last record, exact and unique. */
export type Position = { readonly timestamp: Nanos; readonly seq: bigint; readonly gatewayId: string }

export type Cursor = { readonly range: TimeRange; readonly after: Position }

const VERSION = 1
const SEQ_MAX = 2n ** 64n - 1n

const unsigned = (max: bigint) =>
  z
    .string()
    .regex(/^\d{1,20}$/)
    .transform(BigInt)
    .refine((value) => value <= max)

const encoded = z.tuple([
  z.literal(VERSION),
  z.string(),
  unsigned(NANOS_MAX),
  unsigned(NANOS_MAX),
  unsigned(NANOS_MAX),
  unsigned(SEQ_MAX),
  z.string().max(256),
])

/**
 * What a cursor belongs to: a position is only worth something under the same filters and order. Not a secret:
 * the tenant's wall is in the statement, this only keeps mistakes from looking like answers.
 */
function bindingOf(
  tenantId: string,
  { filter, direction }: Pick<LogsParameters, 'filter' | 'direction'>,
): string {
  const sorted = Object.entries(filter)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([tenantId, direction, sorted]))
    .digest('base64url')
    .slice(0, 16)
}

/** An opaque token that continues this query after `after`. It carries the range, so that "now" stands still. */
export function encodeCursor(
  tenantId: string,
  parameters: Pick<LogsParameters, 'filter' | 'direction'>,
  { range, after }: Cursor,
): string {
  const fields = [
    VERSION,
    bindingOf(tenantId, parameters),
    String(range.start),
    String(range.end),
    String(after.timestamp),
    String(after.seq),
    after.gatewayId,
  ]
  return Buffer.from(JSON.stringify(fields)).toString('base64url')
}

function unpack(text: string): unknown {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return undefined
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

/** Throws {@link ApiError} if the cursor is broken or was made by another query. */
export function decodeCursor(
  tenantId: string,
  parameters: LogsParameters & { readonly cursor: string },
): Cursor {
  const parsed = encoded.safeParse(unpack(parameters.cursor))
  if (!parsed.success)
    throw new ApiError(
      'invalid_cursor',
      'cursor is not one that Weir gave out: pass nextCursor on as it is, or start without one.',
    )
  const [, binding, start, end, timestamp, seq, gatewayId] = parsed.data
  const moved = (parameters.start ?? start) !== start || (parameters.end ?? end) !== end
  if (binding !== bindingOf(tenantId, parameters) || moved)
    throw new ApiError(
      'invalid_cursor',
      'cursor belongs to another query: keep every parameter but limit as it was, or start without a cursor.',
    )
  if (timestamp < start || timestamp >= end)
    throw new ApiError('invalid_cursor', 'cursor points outside its own range: start without one.')
  return { range: { start, end }, after: { timestamp, seq, gatewayId } }
}
