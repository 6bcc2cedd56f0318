import type { Backend, Got } from './backend.ts'
import { difference } from './compare.ts'
import { parseScript } from './parse-script.ts'
import type { Command, Expectation } from './script.ts'

export type Eval = Extract<Command, { kind: 'eval' }>
export type Outcome = {
  readonly command: Eval
  /** Undefined if the eval gave what it should. */
  readonly failure:
    | { readonly expected: ReadonlyArray<string>; readonly got: ReadonlyArray<string> }
    | undefined
}

/** Runs one script, and tells of each eval. Throws ScriptError for a text that is no script. */
export async function runScript(text: string, backend: Backend): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  await backend.clear()
  for (const command of parseScript(text)) {
    if (command.kind === 'clear') await backend.clear()
    else if (command.kind === 'load') await backend.load(command.streams)
    else if (command.kind === 'eval') outcomes.push({ command, failure: await judge(command, backend) })
  }
  return outcomes
}

async function judge(command: Eval, backend: Backend): Promise<Outcome['failure']> {
  const { expected, tolerance } = command
  let got: Got
  try {
    got = await evaluate(command, backend)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (expected.kind === 'fail' && isWanted(expected, message)) return undefined
    const wanted =
      expected.kind === 'fail' ? (expected.message ?? expected.pattern?.text ?? '') : expected.kind
    return {
      expected: [`${expected.kind === 'fail' ? 'an error with' : 'a result:'} ${wanted}`],
      got: [`error: ${message}`],
    }
  }
  return difference(expected, got, tolerance)
}

function evaluate({ mode, query }: Eval, backend: Backend): Promise<Got> {
  switch (mode.kind) {
    case 'instant':
      return backend.evalInstant(query, mode)
    case 'range':
      return backend.evalRange(query, mode)
    case 'select':
      return backend.evalLogs(query, mode)
  }
}

function isWanted(expected: Extract<Expectation, { kind: 'fail' }>, message: string): boolean {
  if (expected.message !== undefined) return message.includes(expected.message)
  return expected.pattern?.test(message) ?? true
}
