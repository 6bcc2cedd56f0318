import { readFileSync, statSync } from 'node:fs'
import { askJson, doorOf } from '../door.ts'
import { CommandError, EXIT } from '../exit-code.ts'
import type { ReadContext, ReadOptions } from '../read-command.ts'
import { startOfSince } from '../since.ts'
import { readRulesAnswer, readTryAnswer } from './answers.ts'
import { rulesTable, tryTable } from './tables.ts'

export type RulesOptions = ReadOptions & { readonly since?: string; readonly samples?: boolean }
export type TryOptions = ReadOptions & { readonly since: string }

export const RULES_FORMATS = ['default', 'json'] as const

const FILE_BYTES_MAX = 262_144

/** `weir rules`. Resolves with the exit code; nothing is thrown that a person should read. */
export function runRules(options: RulesOptions, context: ReadContext): Promise<number> {
  return answered(context, async () => {
    const start = options.since === undefined ? undefined : startOfSince(options.since, context.nowMs())
    const query = { start, ...(options.samples ? { samples: 'true' } : {}) }
    const { signal } = context
    const answer = await askJson(doorOf(options), 'api/v1/rules', { query, signal })
    return options.output === 'json' ? line(answer) : rulesTable(readRulesAnswer(answer), context.terminal)
  })
}

/** `weir rules try`. Likewise. */
export function runTry(rule: string, options: TryOptions, context: ReadContext): Promise<number> {
  return answered(context, async () => {
    const start = startOfSince(options.since, context.nowMs())
    const form = new URLSearchParams({ ...blockOf(rule), start })
    const { signal } = context
    const answer = await askJson(doorOf(options), 'api/v1/rules/try', { form, signal })
    return options.output === 'json' ? line(answer) : tryTable(readTryAnswer(answer), context.terminal)
  })
}

/** The name of a processor, a file's text if there is such a file, or a filter of what looks like a condition. */
function blockOf(rule: string): { readonly processors: string } | { readonly rule: string } {
  const found = statSync(rule, { throwIfNoEntry: false })
  if (found === undefined) {
    if (/\.ya?ml$/.test(rule)) throw new CommandError(EXIT.refused, `There is no file ${rule}.`)
    return LIKE_A_CONDITION.test(rule) ? { processors: filterOf(rule) } : { rule }
  }
  if (!found.isFile()) throw new CommandError(EXIT.refused, `${rule} is no file.`)
  if (found.size > FILE_BYTES_MAX)
    throw new CommandError(EXIT.refused, `${rule} is bigger than ${FILE_BYTES_MAX} bytes.`)
  const processors = readFileSync(rule, 'utf8')
  if (processors.trim() === '') throw new CommandError(EXIT.refused, `${rule} is empty.`)
  return { processors }
}

/** Names of processors have none of these. */
const LIKE_A_CONDITION = /[\s()=<>"]/
/** The lists of conditions that take their context from the prefixes of their paths; without a prefix it is about logs. */
const LISTS = [
  ['trace_conditions', /\b(?:span|spanevent)\./],
  ['metric_conditions', /\b(?:metric|datapoint)\./],
  ['log_conditions', /\blog\./],
] as const

function filterOf(condition: string): string {
  const list = LISTS.find(([, prefix]) => prefix.test(condition))?.[0]
  const filter = list === undefined ? { logs: { log_record: [condition] } } : { [list]: [condition] }
  // JSON is YAML.
  return JSON.stringify({ 'filter/try': filter })
}

function line(answer: unknown): string {
  return `${JSON.stringify(answer)}\n`
}

async function answered({ signal, terminal }: ReadContext, ask: () => Promise<string>): Promise<number> {
  try {
    await terminal.out(await ask())
    return EXIT.done
  } catch (error) {
    if (signal.aborted) return EXIT.interrupted
    if (!(error instanceof CommandError)) throw error
    terminal.error(`${error.message}\n`)
    return error.exitCode
  }
}
