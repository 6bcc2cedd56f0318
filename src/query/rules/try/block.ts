import { parseConfigDocument } from '../../../config/document.ts'
import { type ConfigPath, formatPath } from '../../../config/path.ts'
import { hasSubstitution } from '../../../config/substitute.ts'
import { type ProcessorPlan, parseProcessors } from '../../../processors/pipeline.ts'
import { ApiError } from '../../errors.ts'

const ISSUES_SHOWN = 5

/**
 * The processors of a YAML text: a whole `processors` section, or what stands in one. Nothing is put in for `${…}`: it
 * would be the gateway's. Throws {@link ApiError} with line and column of what is wrong.
 */
export function readBlock(yaml: string): ProcessorPlan {
  const document = parseConfigDocument(yaml)
  const fail = (issues: ReadonlyArray<{ readonly path: ConfigPath; readonly message: string }>): never => {
    const lines = issues.slice(0, ISSUES_SHOWN).map((issue) => {
      const { line, column } = { ...document.at(issue.path), ...issue } as { line?: number; column?: number }
      const where = [line === undefined ? '' : `line ${line}, column ${column}`, formatPath(issue.path)]
      return [...where.filter((part) => part !== ''), issue.message].join(': ')
    })
    throw new ApiError('invalid_query', `The processors can not be tried: ${lines.join('; ')}.`)
  }
  if (document.issues.length > 0) return fail(document.issues)
  const { value } = document
  if (!isMap(value) || Object.keys(value).length === 0)
    return fail([{ path: [], message: 'expected a map of processors, such as filter/noisy: {…}' }])
  const prefix = 'processors' in value ? ['processors'] : []
  const block = 'processors' in value ? value.processors : value
  if (!isMap(block)) return fail([{ path: ['processors'], message: 'expected a map of processors' }])
  if (hasSubstitution(block))
    return fail([
      { path: prefix, message: 'takes something from the environment or a file: write what stands for it' },
    ])
  const parsed = parseProcessors(block)
  if ('issues' in parsed)
    return fail(parsed.issues.map(({ path, message }) => ({ path: [...prefix, ...path], message })))
  return parsed.plan
}

/** A processor in force, by its name. Throws {@link ApiError}. */
export function planInForce(
  rules: { configOf(processor: string): unknown; readonly names: ReadonlyArray<string> },
  name: string,
): ProcessorPlan {
  const config = rules.configOf(name)
  if (config === undefined) {
    const known = rules.names.length === 0 ? 'there is none' : `there are ${rules.names.join(', ')}`
    throw new ApiError(
      'invalid_parameter',
      `rule=${JSON.stringify(name)} is no processor in force: ${known}.`,
    )
  }
  const parsed = parseProcessors({ [name]: config })
  if ('plan' in parsed) return parsed.plan
  throw new Error(`BUG: the processor ${name} in force does not load`)
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
