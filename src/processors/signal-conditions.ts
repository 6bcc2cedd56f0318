import { z } from 'zod'
import type { Signal } from '../otlp/batch.ts'
import { checkCondition, Gate } from './attribute-actions/gate.ts'
import { listOf } from './config-issues.ts'
import { type ConditionIssue, conditionMessage } from './ottl/conditions.ts'
import type { Context } from './ottl/contexts/context.ts'
import { dataPointContext } from './ottl/contexts/data-point.ts'
import { logContext } from './ottl/contexts/log.ts'
import { spanContext } from './ottl/contexts/span.ts'
import type { Issue } from './processor.ts'

/** Conditions of a processor that is for several signals: each is asked of the signals that have what it speaks of. */

export const SIGNALS = ['logs', 'traces', 'metrics'] as const

/** What a condition on the records of a signal may speak of. */
export const SIGNAL_CONTEXTS: Readonly<Record<Signal, Context>> = {
  logs: logContext,
  traces: spanContext,
  metrics: dataPointContext,
}

const CONDITIONS_MAX = 1000

export const conditionList = listOf(z.string({ error: 'expected a condition' }), CONDITIONS_MAX, 'conditions')

export const signalList = listOf(
  z.enum(SIGNALS, { error: 'expected logs, traces or metrics' }),
  SIGNALS.length,
  'signals',
)

/** The signals that a condition can be asked of: `body` is of logs alone. What can be asked of none is wrong. */
export function signalsOf(
  text: string,
  signals: ReadonlyArray<Signal>,
  path: Issue['path'],
  issues: Issue[],
): Signal[] {
  const failures: ConditionIssue[] = []
  const able = signals.filter((signal) => {
    const issue = checkCondition(SIGNAL_CONTEXTS[signal], text)
    if (issue !== undefined) failures.push(issue)
    return issue === undefined
  })
  // The signal in which the parser got furthest is most likely the one that was meant.
  const [nearest] = failures.sort((a, b) => b.line - a.line || b.column - a.column)
  if (able.length === 0 && nearest !== undefined) issues.push({ path, message: conditionMessage(nearest) })
  return able
}

/** By signal, the conditions of a list that can be asked of it. Absent: the list can't say anything of that signal. */
export type SignalConditions = Readonly<Partial<Record<Signal, ReadonlyArray<string>>>>

/** Sorts a list of the configuration by signal; puts what is wrong into `issues`. */
export function bySignal(
  texts: ReadonlyArray<string>,
  signals: ReadonlyArray<Signal>,
  key: string,
  issues: Issue[],
): SignalConditions {
  const able = texts.map((text, i) => signalsOf(text, signals, [key, i], issues))
  const of = (signal: Signal): string[] => texts.filter((_, i) => able[i]!.includes(signal))
  return Object.fromEntries(
    signals.map((signal) => [signal, of(signal)]).filter(([, own]) => own!.length > 0),
  )
}

/** A gate per signal that conditions were given for; see {@link Gate.admits} and {@link Gate.protects}. */
export function gatesOf(conditions: SignalConditions, failed: () => void): ReadonlyMap<Signal, Gate> {
  return new Map(
    SIGNALS.flatMap((signal) => {
      const texts = conditions[signal]
      return texts === undefined
        ? []
        : [[signal, Gate.of(SIGNAL_CONTEXTS[signal], [], texts, failed)] as const]
    }),
  )
}
