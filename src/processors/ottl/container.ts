import { type CompiledValue, computedValue, constantValue } from './compiled.ts'
import type { Frame } from './frame.ts'
import type { Kind, Level } from './kinds.ts'
import { materialize } from './materialize.ts'
import type { Plain } from './plain.ts'

/** A list or map that is written out: a constant if all its members are, else put together for each record. */
export function compileContainer(
  frame: Frame,
  kind: Kind,
  members: ReadonlyArray<CompiledValue>,
  join: (members: ReadonlyArray<Plain>) => Plain,
): CompiledValue {
  if (members.every(({ constant }) => constant)) {
    const plain = join(members.map(({ cell }) => materialize(cell, frame)))
    return { ...constantValue((cell) => cell.setPlain(kind, plain)), items: members }
  }
  const level = Math.max(...members.map((member) => member.level)) as Level
  const fallible = members.some((member) => member.fallible)
  const value = computedValue(frame, { level, kind, fallible }, (record, cell) => {
    const values: Plain[] = []
    for (const member of members) {
      if (!member.load(record)) return false
      values.push(materialize(member.cell, frame))
    }
    cell.setPlain(kind, join(values))
    return true
  })
  return { ...value, items: members }
}
