/** What a condition must say of the one item of an export request. */
export const OUTCOMES = ['true', 'false', 'load-error', 'eval-error'] as const
export type Outcome = (typeof OUTCOMES)[number]

export const CONTEXTS = ['log', 'span', 'spanevent', 'metric', 'datapoint', 'resource', 'scope'] as const
export type ContextName = (typeof CONTEXTS)[number]

export type Case = {
  readonly context: ContextName
  /** An OTLP/JSON export request with one item. */
  readonly otlp: unknown
  readonly condition: string
  readonly expect: Outcome
}

/** A line that is no case: what is wrong with it. */
export class CaseError extends Error {}

function oneOf<T extends string>(what: string, value: unknown, known: ReadonlyArray<T>): T {
  const found = known.find((each) => each === String(value))
  if (found === undefined) throw new CaseError(`${what} must be one of ${known.join(', ')}`)
  return found
}

/** Reads one line. Throws {@link CaseError}. */
export function parseCase(line: string): Case {
  const value = parseLine(line)
  if (typeof value !== 'object' || value === null) throw new CaseError('a line is a JSON object')
  const { condition, context, expect, otlp } = value as Readonly<Record<string, unknown>>
  if (typeof condition !== 'string') throw new CaseError('condition must be a string')
  if (otlp === undefined) throw new CaseError('otlp must be an export request')
  return {
    context: oneOf('context', context, CONTEXTS),
    otlp,
    condition,
    expect: oneOf('expect', expect, OUTCOMES),
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    if (error instanceof SyntaxError) throw new CaseError('the line is no JSON')
    throw error
  }
}
