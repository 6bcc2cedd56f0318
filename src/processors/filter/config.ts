import { z } from 'zod'
import type { Signal } from '../../otlp/batch.ts'
import type { Context } from '../ottl/contexts/context.ts'
import type { Issue } from '../processor.ts'
import { inferContext } from './infer-context.ts'
import { schemaIssues } from './schema-issues.ts'
import { SIGNAL_BLOCKS, type SignalBlock } from './signals.ts'
import { unsupportedIssues } from './unsupported.ts'

export type ErrorMode = 'ignore' | 'silent' | 'propagate'

/** One condition of the configuration. */
export type Rule = {
  readonly signal: Signal
  readonly context: Context
  readonly text: string
  readonly errorMode: ErrorMode
  readonly path: Issue['path']
}

export type FilterConfig = {
  readonly dryRun: boolean
  /** By signal, in the order they are tried: of the resource first, then the scope, then what is in it, as the collector. */
  readonly rules: ReadonlyArray<Rule>
}

const CONDITIONS_MAX = 1000

const errorMode = z
  .string()
  .toLowerCase()
  .pipe(z.enum(['ignore', 'silent', 'propagate']))
const conditions = z.array(z.string()).optional()
const groups = z.array(z.unknown()).optional()
const schema = z.strictObject({
  error_mode: errorMode.optional(),
  dryRun: z.boolean().optional(),
  logs: z.strictObject({ resource: conditions, log_record: conditions }).optional(),
  traces: z.strictObject({ resource: conditions, span: conditions, spanevent: conditions }).optional(),
  metrics: z.strictObject({ resource: conditions, metric: conditions, datapoint: conditions }).optional(),
  log_conditions: groups,
  trace_conditions: groups,
  metric_conditions: groups,
})

/** Reads the collector's `filter` block, and Weir's `dryRun`. Checks its shape, not yet the conditions. */
export function readFilterConfig(
  value: unknown,
): { readonly config: FilterConfig } | { readonly issues: ReadonlyArray<Issue> } {
  const unsupported = unsupportedIssues(value)
  if (unsupported.length > 0) return { issues: unsupported }
  const parsed = schema.safeParse(withoutNothing(value) ?? {})
  if (!parsed.success) return { issues: schemaIssues(parsed.error, [], knownKeys) }
  const { dryRun, error_mode } = parsed.data
  const mode = error_mode ?? 'ignore'
  const issues: Issue[] = []
  const rules = SIGNAL_BLOCKS.flatMap((block) => {
    const { conditionsKey, contexts, lists, signal } = block
    const own: Readonly<Record<string, ReadonlyArray<string> | undefined>> = parsed.data[signal] ?? {}
    const found = [
      ...Object.entries(lists).flatMap(([key, context]) =>
        (own[key] ?? []).map((text, i) => ({
          ...{ signal, context, text },
          ...{ errorMode: mode, path: [signal, key, i] },
        })),
      ),
      ...(parsed.data[conditionsKey] ?? []).flatMap((item, i) =>
        groupRules(block, withoutNothing(item), mode, [conditionsKey, i], issues),
      ),
    ]
    return [...contexts.values()].flatMap((context) => found.filter((rule) => rule.context === context))
  })
  if (rules.length > CONDITIONS_MAX)
    issues.push({
      path: [],
      message: `has ${rules.length} conditions; at most ${CONDITIONS_MAX} are allowed`,
    })
  return issues.length > 0 ? { issues } : { config: { dryRun: dryRun ?? false, rules } }
}

/** A key whose block is commented out is null in YAML: as if it were not there. */
function withoutNothing(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const present = Object.entries(value).filter(([, item]) => item !== null)
  const isBlock = (key: string): boolean => SIGNAL_BLOCKS.some(({ signal }) => signal === key)
  return Object.fromEntries(present.map(([key, item]) => [key, isBlock(key) ? withoutNothing(item) : item]))
}

const group = z.strictObject({
  context: z.string().toLowerCase().optional(),
  error_mode: errorMode.optional(),
  conditions,
})

/** An entry of `trace_conditions`, …: a condition, or a group of them with a context and an error mode of its own. */
function groupRules(
  block: SignalBlock,
  item: unknown,
  mode: ErrorMode,
  path: Issue['path'],
  issues: Issue[],
): Rule[] {
  if (typeof item === 'string') return inferredRule(block, item, mode, path, issues)
  const names = [...block.contexts.keys()]
  const parsed = group
    .extend({ context: group.shape.context.unwrap().pipe(z.enum(names)).optional() })
    .safeParse(item)
  if (!parsed.success) {
    issues.push(...schemaIssues(parsed.error, path, () => Object.keys(group.shape)))
    return []
  }
  const { conditions: texts = [], context: name, error_mode: errorMode = mode } = parsed.data
  const context = name === undefined ? undefined : block.contexts.get(name)
  return texts.flatMap((text, i) => {
    const own = [...path, 'conditions', i]
    if (context === undefined) return inferredRule(block, text, errorMode, own, issues)
    return [{ signal: block.signal, context, text, errorMode, path: own }]
  })
}

function inferredRule(
  block: SignalBlock,
  text: string,
  errorMode: ErrorMode,
  path: Issue['path'],
  issues: Issue[],
): Rule[] {
  const inferred = inferContext(text, block)
  if ('context' in inferred)
    return [{ signal: block.signal, context: inferred.context, text, errorMode, path }]
  issues.push({ path, message: inferred.problem })
  return []
}

function knownKeys(path: Issue['path']): ReadonlyArray<string> {
  const block = SIGNAL_BLOCKS.find(({ signal }) => signal === path[0])
  return block === undefined ? Object.keys(schema.shape) : Object.keys(block.lists)
}
