import type { LogfmtStage } from '../ast.ts'
import { StageError } from '../error.ts'
import { KeyNames, sanitizeKey } from './label-name.ts'
import type { LineState } from './line-state.ts'
import { LogfmtScanner } from './logfmt-scan.ts'
import type { Step } from './step.ts'

export const LOGFMT_ERROR = 'LogfmtParserErr'

/** Throws {@link StageError}. */
export function compileLogfmt(stage: LogfmtStage): Step {
  return stage.extractions.length === 0 ? compileAll(stage) : compileChosen(stage)
}

function compileAll({ strict, keepEmpty }: LogfmtStage): Step {
  const names = new KeyNames()
  const scanner = new LogfmtScanner()
  return (state) => {
    scanner.reset(state.line)
    while (scanner.next()) {
      if (scanner.problem !== '') {
        if (!strict) continue
        state.fail(LOGFMT_ERROR, scanner.problem)
        return true
      }
      const name = names.get(scanner.key)
      if (name !== '' && (keepEmpty || scanner.value !== '')) state.extract(name, scanner.value)
    }
    return true
  }
}

const KEY = /^(?:\[?"(.*)"\]?|([A-Za-z_][A-Za-z0-9_-]*))$/

/** Of what was asked for, everything gets a label: an empty one, if the line does not have it. */
function compileChosen({ strict, extractions }: LogfmtStage): Step {
  const names = new KeyNames()
  const scanner = new LogfmtScanner()
  const byKey = new Map<string, string[]>()
  for (const { label, expression } of extractions) {
    const [, quoted, plain] = KEY.exec(expression) ?? []
    const key = sanitizeKey(quoted ?? plain ?? '')
    if (key === '')
      throw new StageError(
        `cannot parse expression ${JSON.stringify(expression)}: write a key, in quotes if it has other characters than letters, digits, _ and -`,
      )
    byKey.set(key, [...(byKey.get(key) ?? []), label])
  }
  return (state) => {
    scanner.reset(state.line)
    while (scanner.next()) {
      if (scanner.problem === '') extractTo(state, byKey.get(names.get(scanner.key)), scanner.value)
      else if (strict) {
        state.fail(LOGFMT_ERROR, scanner.problem)
        return true
      }
    }
    for (const { label } of extractions) if (state.get(label) === undefined) state.extract(label, '')
    return true
  }
}

function extractTo(state: LineState, labels: ReadonlyArray<string> | undefined, value: string): void {
  if (labels !== undefined) for (const label of labels) state.extract(label, value)
}
