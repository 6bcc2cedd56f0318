import type { Signal } from '../../otlp/batch.ts'
import type { Context } from '../ottl/contexts/context.ts'
import { dataPointContext } from '../ottl/contexts/data-point.ts'
import { logContext } from '../ottl/contexts/log.ts'
import { metricContext } from '../ottl/contexts/metric.ts'
import { resourceContext } from '../ottl/contexts/resource.ts'
import { scopeContext } from '../ottl/contexts/scope.ts'
import { spanContext } from '../ottl/contexts/span.ts'
import { spanEventContext } from '../ottl/contexts/span-event.ts'

/** What the collector's `filter` block has for one signal. */
export type SignalBlock = {
  readonly signal: Signal
  /** The lists of conditions in the block of the signal's name, and what each speaks of. */
  readonly lists: Readonly<Record<string, Context>>
  /** The key of the newer form. */
  readonly conditionsKey: 'log_conditions' | 'trace_conditions' | 'metric_conditions'
  /** What its groups may name as their context: in the order they are tried, from the whole to the part. */
  readonly contexts: ReadonlyMap<string, Context>
  /**
   * Contexts of conditions that don't name one: that of what is stored alone, and that of its parts, meant where a
   * path speaks of them.
   */
  readonly whole: Context
  readonly part?: Context
}

function contexts(...own: ReadonlyArray<Context>): ReadonlyMap<string, Context> {
  return new Map([resourceContext, scopeContext, ...own].map((context) => [context.prefix, context]))
}

export const SIGNAL_BLOCKS: ReadonlyArray<SignalBlock> = [
  {
    signal: 'logs',
    lists: { resource: resourceContext, log_record: logContext },
    conditionsKey: 'log_conditions',
    contexts: contexts(logContext),
    whole: logContext,
  },
  {
    signal: 'traces',
    lists: { resource: resourceContext, span: spanContext, spanevent: spanEventContext },
    conditionsKey: 'trace_conditions',
    contexts: contexts(spanContext, spanEventContext),
    whole: spanContext,
    part: spanEventContext,
  },
  {
    signal: 'metrics',
    lists: { resource: resourceContext, metric: metricContext, datapoint: dataPointContext },
    conditionsKey: 'metric_conditions',
    contexts: contexts(metricContext, dataPointContext),
    whole: metricContext,
    part: dataPointContext,
  },
]
