import { guarded } from './json.ts'
import { eachField, MalformedJson, skipSpace, textOf } from './json-scan.ts'
import { KeyNames } from './label-name.ts'
import type { Step } from './step.ts'

const ENTRY = '_entry'

/** Takes apart what Promtail's `pack` stage made: `_entry` is the line, other strings are labels. */
export function compileUnpack(): Step {
  const names = new KeyNames()
  const found: string[] = []
  return (state) =>
    guarded(state, () => {
      const { line } = state
      if (line === '') return
      const start = skipSpace(line, 0)
      if (line[start] !== '{') throw new MalformedJson('expecting json object(6), but it is not')
      found.length = 0
      let entry: string | undefined
      eachField(line, start, (key, value) => {
        if (value.kind === 'string') {
          if (key === ENTRY) entry = textOf(line, value)
          else found.push(names.get(key), textOf(line, value))
        }
        return false
      })
      // Without an entry, the line was not packed.
      if (entry === undefined) return
      for (let i = 0; i < found.length; i += 2) state.extract(found[i]!, found[i + 1]!)
      state.line = entry
    })
}
