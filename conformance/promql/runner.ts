import type { Backend, Got } from './backend.ts'
import { type Difference, difference } from './compare.ts'
import { parseScript } from './parse-script.ts'
import type { EvalCommand, ExpectedNotes, ExpectedText } from './script.ts'

export type Outcome = {
  readonly command: EvalCommand
  /** Undefined if the eval gave what it should. */
  readonly failure: Difference | undefined
}

/** Runs one script, and tells of each eval. Throws ScriptError for a text that is no script. */
export async function runScript(text: string, backend: Backend): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const commands = parseScript(text)
  await backend.clear()
  for (const command of commands) {
    if (command.kind === 'clear') await backend.clear()
    else if (command.kind === 'load') await backend.load(command.series)
    else outcomes.push({ command, failure: await judge(command, backend) })
  }
  return outcomes
}

async function judge(command: EvalCommand, backend: Backend): Promise<Difference | undefined> {
  const { expected, notes, mode, query } = command
  let got: Got
  try {
    got = await (mode.kind === 'instant' ? backend.evalInstant(query, mode) : backend.evalRange(query, mode))
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    if (expected.kind === 'fail' && notes.fail.every((one) => isText(one, message))) return undefined
    const wanted = expected.kind === 'fail' ? notes.fail.map(printText) : ['a result']
    return {
      expected: wanted.map((one) => (expected.kind === 'fail' ? `the error ${one}` : one)),
      got: [`error: ${message}`],
    }
  }
  return difference(expected, got) ?? notesDifference(notes, got)
}

/** Every expected note must be there; where some are expected, no others may be. */
function notesDifference({ warn, info, noWarn, noInfo }: ExpectedNotes, got: Got): Difference | undefined {
  return (
    kindDifference('warning', warn, noWarn, got.warnings) ?? kindDifference('info', info, noInfo, got.infos)
  )
}

function kindDifference(
  kind: string,
  expected: ReadonlyArray<ExpectedText>,
  none: boolean,
  got: ReadonlyArray<string>,
): Difference | undefined {
  const missing = expected.some((one) => !got.some((text) => isText(one, text)))
  const unexpected = expected.length > 0 && got.some((text) => !expected.some((one) => isText(one, text)))
  if (!missing && !unexpected && !(none && got.length > 0)) return undefined
  return {
    expected: none ? [`no ${kind}`] : expected.map((one) => `${kind} ${printText(one)}`),
    got: got.length === 0 ? [`no ${kind}`] : got.map((text) => `${kind} ${text}`),
  }
}

function isText({ text, pattern }: ExpectedText, message: string): boolean {
  if (text !== undefined) return message === text
  return pattern === undefined || new RegExp(pattern).test(message)
}

function printText({ text, pattern }: ExpectedText): string {
  return text ?? pattern ?? 'whatever it is'
}
