import type { RegexpStage } from '../ast.ts'
import { StageError } from '../error.ts'
import { compileRegex } from '../regex.ts'
import type { Step } from './step.ts'

/** `(?P<name>` or `(?<name>`, where it is no text of a class or an escape. */
const NAMED_GROUP = /\\.|\[(?:\\.|[^\]\\])*\]|\(\?P?<([^>=!][^>]*)>/g

/** `| regexp "(?P<method>\\w+)"`: named groups become labels. Throws {@link StageError}. */
export function compileRegexp({ pattern }: RegexpStage): Step {
  const names = [...pattern.matchAll(NAMED_GROUP)].flatMap(([, name]) => (name === undefined ? [] : [name]))
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new StageError(`duplicate extracted label name '${twice}'`)
  const regex = compileRegex(pattern)
  if (names.length === 0)
    throw new StageError('at least one named capture must be supplied, such as (?P<method>\\w+)')
  const wrong = names.find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
  if (wrong !== undefined) throw new StageError(`invalid extracted label name '${wrong}'`)
  return (state) => {
    const matcher = regex.matcher(state.line)
    if (matcher.find()) for (const name of names) state.extract(name, matcher.group(name) ?? '')
    return true
  }
}
