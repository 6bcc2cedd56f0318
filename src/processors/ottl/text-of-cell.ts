import type { Cell } from './cell.ts'
import type { Frame } from './frame.ts'
import { Kind } from './kinds.ts'
import { materialize } from './materialize.ts'
import { matchedText } from './plain.ts'
import { formatRfc3339 } from './time/rfc3339.ts'

/**
 * The text of a value where OTTL wants one and gets something else (StringLikeGetter): JSON, bytes in hexadecimal.
 * Undefined for what has none: NaN and the infinities, messages.
 */
export function textOfCell(cell: Cell, frame: Frame): string | undefined {
  if (cell.kind === Kind.messages) return undefined
  if (cell.kind === Kind.time) return `"${formatRfc3339(cell.low, cell.high, cell.number)}"`
  return matchedText(materialize(cell, frame))
}
