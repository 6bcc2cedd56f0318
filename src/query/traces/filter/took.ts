import { ApiError } from '../../errors.ts'
import type { Nanos } from '../../time.ts'
import type { Expr } from '../../traceql/ast.ts'

export type Durations = {
  readonly minDuration?: Nanos | undefined
  readonly maxDuration?: Nanos | undefined
}

/** Throws {@link ApiError} where no span could be as long. */
export function assertDurations({ minDuration, maxDuration }: Durations): void {
  if (minDuration !== undefined && maxDuration !== undefined && minDuration > maxDuration)
    throw new ApiError('invalid_parameter', 'minDuration is longer than maxDuration: swap them.')
}

/** How long the span took. Throws {@link ApiError}. */
export function tookWithin(durations: Durations): Expr[] {
  assertDurations(durations)
  const took = (op: '>=' | '<=', ns: Nanos | undefined): Expr[] =>
    ns === undefined
      ? []
      : [
          {
            kind: 'comparison',
            field: { kind: 'intrinsic', name: 'duration' },
            op,
            value: { kind: 'duration', ns: Number(ns) },
          },
        ]
  return [...took('>=', durations.minDuration), ...took('<=', durations.maxDuration)]
}
