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

/** The name of a processor, or a file's text if there is such a file. */
function blockOf(rule: string): { readonly processors: string } | { readonly rule: string } {
  const size = statSync(rule, { throwIfNoEntry: false })?.size
  if (size === undefined) {
    if (/\.ya?ml$/.test(rule)) throw new CommandError(EXIT.refused, `There is no file ${rule}.`)
    return { rule }
  }
  if (size > FILE_BYTES_MAX)
    throw new CommandError(EXIT.refused, `${rule} is bigger than ${FILE_BYTES_MAX} bytes.`)
  return { processors: readFileSync(rule, 'utf8') }
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
