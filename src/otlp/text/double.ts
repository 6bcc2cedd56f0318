import type { TextSink } from '../text-sink.ts'
import { writeSafeInteger } from './integer.ts'
import { writeAscii } from './range.ts'

/**
 * Writes the shortest decimal text that reads back as the same double, in JavaScript's notation (`0.1`, `1e+21`,
 * `-5e-324`, `NaN`, `-Infinity`), but for negative zero: `-0`, where JavaScript's `0` would lose the sign.
 */
export function writeDouble(value: number, sink: TextSink): void {
  // Whole numbers are common (sizes, milliseconds) and need no string.
  if (Object.is(value, -0)) writeAscii('-0', sink)
  else if (Number.isSafeInteger(value)) writeSafeInteger(value, sink)
  else writeAscii(String(value), sink)
}
