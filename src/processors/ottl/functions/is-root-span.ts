import { SPAN } from '../../../otlp/slots.ts'
import { Level, Result } from '../kinds.ts'
import type { FunctionSpec } from './function.ts'

/** Has the span no parent? */
export const isRootSpan: FunctionSpec = {
  name: 'IsRootSpan',
  parameters: [],
  build: (frame) => {
    const level = Level.record
    const test = (record: number): Result =>
      frame.records[frame.row(level, record) + SPAN.parentSpanIdLength] === 0 ? Result.yes : Result.no
    return { test: { level, fallible: false, test } }
  },
}
