import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Batch } from '../../../src/otlp/batch.ts'
import type { Context } from '../../../src/processors/ottl/contexts/context.ts'
import { dataPointContext } from '../../../src/processors/ottl/contexts/data-point.ts'
import { logContext } from '../../../src/processors/ottl/contexts/log.ts'
import { metricContext } from '../../../src/processors/ottl/contexts/metric.ts'
import { spanContext } from '../../../src/processors/ottl/contexts/span.ts'
import { spanEventContext } from '../../../src/processors/ottl/contexts/span-event.ts'
import { ask, outcome, scannedAs } from './evaluate.ts'
import { type Condition, interpret, textOf, type World } from './reference.ts'
import { Failed } from './reference-failed.ts'
import { LOG_SHAPE, logsRequestOf } from './worlds/logs.ts'
import { METRIC_SHAPE, metricsRequestOf, metricWorlds, POINT_SHAPE } from './worlds/metrics.ts'
import { EVENT_SHAPE, SPAN_SHAPE, tracesRequestOf } from './worlds/traces.ts'
import { conditionOf, type Shape, worldOf } from './worlds.ts'

function expected(of: Condition, about: World): boolean | 'error' {
  try {
    return interpret(of, about)
  } catch (error) {
    if (error instanceof Failed) return 'error'
    throw error
  }
}

/** What a context's conditions are asked about. */
type Subject = {
  readonly context: Context
  readonly shape: Shape
  readonly worlds?: fc.Arbitrary<World>
  readonly batchOf: (world: World) => Batch
  /** The row in its table that the world is. */
  readonly row?: number
}

const traces = (world: World): Batch => scannedAs('traces', tracesRequestOf(world))
const metrics = (world: World): Batch => scannedAs('metrics', metricsRequestOf(world))

const SUBJECTS: ReadonlyArray<Subject> = [
  {
    context: logContext,
    shape: LOG_SHAPE,
    batchOf: (world) => scannedAs('logs', logsRequestOf(world)),
  },
  { context: spanContext, shape: SPAN_SHAPE, batchOf: traces },
  { context: spanEventContext, shape: EVENT_SHAPE, batchOf: traces, row: 1 },
  { context: metricContext, shape: METRIC_SHAPE, worlds: metricWorlds(METRIC_SHAPE), batchOf: metrics },
  { context: dataPointContext, shape: POINT_SHAPE, worlds: metricWorlds(POINT_SHAPE), batchOf: metrics },
]

/** What would fail for every record. */
const REFUSED =
  /must be .*, not|this always fails|needs numbers, times|there is no \S+ [-+*/]|needs a number, but|can't be indexed/

it.each(SUBJECTS)(
  'random conditions on a random $context.name say what a plain interpreter says',
  ({ batchOf, context, row, shape, worlds }) => {
    const seen = { true: 0, false: 0, error: 0 }
    fc.assert(
      fc.property(conditionOf(shape), worlds ?? worldOf(shape), (of, about) => {
        const said = outcome(ask(textOf(of), context, batchOf(about), row))
        const wanted = expected(of, about)
        // A literal where no record can make the call succeed is refused when it is loaded.
        if (typeof said === 'string' && said !== 'error') expect(said).toMatch(REFUSED)
        else {
          expect(said).toBe(wanted)
          seen[`${wanted}`]++
        }
      }),
      { numRuns: 1000 },
    )
    // The generator must reach all three, or it proves little.
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(25)
  },
)
