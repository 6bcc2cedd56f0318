import { createHash } from 'node:crypto'
import { z } from 'zod'
import { ApiError } from '../errors.ts'
import type { GivenRange, TimeRange } from '../parameters/range.ts'
import { NANOS_MAX } from '../time.ts'

/** A cursor's content: the range, so that "now" stands still, and where the page before ended. */
export type Cursor<Position> = { readonly range: TimeRange; readonly after: Position }

/** How an endpoint's cursors keep a position: as texts, in an order of their own. */
export type CursorFormat<Position> = {
  encode(position: Position): ReadonlyArray<string>
  /** Undefined if these are not a position of this endpoint. */
  decode(fields: ReadonlyArray<string>): Position | undefined
  /** Whether a page of the range can end there; left out where positions are no times. */
  isWithin?(range: TimeRange, position: Position): boolean
}

/**
 * What a cursor belongs to: a position is only worth something under the same tenant, filters and order. Not a secret:
 * the tenant's wall is in the statement, this only keeps mistakes from looking like answers.
 */
export type Binding = {
  readonly tenantId: string
  /** Which order the pages have, in which endpoint. */
  readonly order: string
  readonly filter: object
}

const VERSION = 1
const SEQ_MAX = 2n ** 64n - 1n
const FIELDS_MAX = 8
const FIELD_LENGTH_MAX = 1024

const unsigned = (max: bigint) =>
  z
    .string()
    .regex(/^\d{1,20}$/)
    .transform(BigInt)
    .refine((value) => value <= max)

/** Fields of positions, for `decode`. */
export const nanosField = unsigned(NANOS_MAX)
export const uint64Field = unsigned(SEQ_MAX)

const encoded = z.tuple(
  [z.literal(VERSION), z.string(), nanosField, nanosField],
  z.string().max(FIELD_LENGTH_MAX),
)

function hashOf({ tenantId, order, filter }: Binding): string {
  const sorted = Object.entries(filter)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const text = JSON.stringify([tenantId, order, sorted], (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  return createHash('sha256').update(text).digest('base64url').slice(0, 16)
}

/** An opaque token that continues this query after `after`. */
export function encodeCursor<Position>(
  format: CursorFormat<Position>,
  binding: Binding,
  { range, after }: Cursor<Position>,
): string {
  const fields = [VERSION, hashOf(binding), String(range.start), String(range.end), ...format.encode(after)]
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

function notOurs(): ApiError {
  return new ApiError(
    'invalid_cursor',
    'cursor is not one that Weir gave out: pass nextCursor on as it is, or start without one.',
  )
}

/** Throws {@link ApiError} if the cursor is broken or was made by another query. */
export function decodeCursor<Position>(
  format: CursorFormat<Position>,
  binding: Binding,
  given: GivenRange,
  text: string,
): Cursor<Position> {
  const parsed = encoded.safeParse(unpack(text))
  if (!parsed.success) throw notOurs()
  const [, hash, start, end, ...fields] = parsed.data
  const moved = (given.start ?? start) !== start || (given.end ?? end) !== end
  if (hash !== hashOf(binding) || moved)
    throw new ApiError(
      'invalid_cursor',
      'cursor belongs to another query: keep every parameter but limit as it was, or start without a cursor.',
    )
  const after = fields.length > FIELDS_MAX ? undefined : format.decode(fields)
  if (after === undefined) throw notOurs()
  if (format.isWithin?.({ start, end }, after) === false)
    throw new ApiError('invalid_cursor', 'cursor points outside its own range: start without one.')
  return { range: { start, end }, after }
}
