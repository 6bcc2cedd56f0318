import { aggregateKind } from './aggregate/kind.ts'
import { attributesKind } from './attributes/kind.ts'
import { cardinalityLimitKind } from './cardinality-limit/kind.ts'
import { dedupKind } from './dedup/kind.ts'
import { filterKind } from './filter/kind.ts'
import { intervalKind } from './interval/kind.ts'
import { hint } from './ottl/hint.ts'
import type { Deps, Issue, Processor, ProcessorKind } from './processor.ts'
import { redactKind } from './redact/kind.ts'
import { resourceKind } from './resource/kind.ts'
import { sampleKind } from './sample/kind.ts'
import { selectLogsKind } from './select-logs/kind.ts'
import { serviceGraphKind } from './service-graph/kind.ts'
import { severityKind } from './severity/kind.ts'
import { spanMetricsKind } from './span-metrics/kind.ts'
import { throttleKind } from './throttle/kind.ts'

/** A configured processor whose configuration is right: what is left is to build it. */
export type Prepared = {
  readonly name: string
  readonly warnings: ReadonlyArray<Issue>
  readonly build: (deps: Deps) => Processor
  /** As that of its kind. */
  readonly stateless?: 'drops' | 'changes' | undefined
}

type Prepare = (name: string, config: unknown) => Prepared | { readonly issues: ReadonlyArray<Issue> }

/** Hides what a kind's configuration looks like, so that kinds of all sorts can stand in one table. */
function entry<Config>(kind: ProcessorKind<Config>): readonly [string, Prepare] {
  const prepare: Prepare = (name, value) => {
    const parsed = kind.parse(value)
    if ('issues' in parsed) return parsed
    const { config, warnings } = parsed
    const { stateless } = kind
    return { name, warnings, build: (deps) => kind.build(name, config, deps), stateless }
  }
  return [kind.kind, prepare]
}

/** Every kind of processor: one line each. */
const KINDS: ReadonlyMap<string, Prepare> = new Map([
  entry(filterKind),
  entry(selectLogsKind),
  entry(severityKind),
  entry(attributesKind),
  entry(resourceKind),
  entry(redactKind),
  entry(aggregateKind),
  entry(cardinalityLimitKind),
  entry(spanMetricsKind),
  entry(serviceGraphKind),
  entry(sampleKind),
  entry(throttleKind),
  entry(dedupKind),
  entry(intervalKind),
])

export const KIND_NAMES: ReadonlyArray<string> = [...KINDS.keys()]

/** `kind` or `kind/name`. The name is a metric label and stands in the ledger, so it is short and printable. */
const NAME = /^([^/\s]+)(?:\/([^\s\p{Cc}]{1,100}))?$/u

/** Checks one entry of `processors` and prepares it. Pure. */
export function prepareProcessor(
  name: string,
  config: unknown,
): Prepared | { readonly issues: ReadonlyArray<Issue> } {
  const kind = NAME.exec(name)?.[1]
  if (kind === undefined)
    return {
      issues: [{ path: [], message: 'is no name for a processor: write kind or kind/name, without spaces' }],
    }
  const prepare = KINDS.get(kind)
  if (prepare !== undefined) return prepare(name, config)
  const near = hint(kind, KINDS.keys())
  return {
    issues: [{ path: [], message: `unknown kind of processor${near}; known: ${KIND_NAMES.join(', ')}` }],
  }
}
