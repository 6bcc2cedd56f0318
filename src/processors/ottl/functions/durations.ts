import { Cell, intToDouble } from '../cell.ts'
import { setDifference, setProduct, setQuotient, setSafe } from '../int64.ts'
import { Kind } from '../kinds.ts'
import type { FunctionSpec, Parameter } from './function.ts'
import { parseDuration } from './numbers-in-text.ts'
import { failed, STRING, valueFunction } from './value-function.ts'

const durationParameter: Parameter = { name: 'duration', kinds: [Kind.duration] }

const duration = valueFunction(
  'Duration',
  [{ name: 'duration', kinds: STRING }],
  Kind.duration,
  (frame) => (cell, source) => {
    const ns = parseDuration(source.text())
    if (ns === undefined) return failed(frame, 'Duration needs a text such as 1h30m, 2.5s or 300ms')
    cell.setDuration(Number(BigInt.asIntN(32, ns)), Number(BigInt.asIntN(32, ns >> 32n)))
    return true
  },
)

/** Whole units, towards zero. */
function whole(name: string, unitNs: number): FunctionSpec {
  return valueFunction(name, [durationParameter], Kind.int, () => (cell, source) => {
    setQuotient(cell, source.low, source.high, unitNs, 0)
    return true
  })
}

/** Units with a fraction: whole ones and the rest apart, as Go adds them up. */
function fractional(name: string, unitNs: number): FunctionSpec {
  const unit = new Cell()
  setSafe(unit, unitNs)
  const rest = new Cell()
  return valueFunction(name, [durationParameter], Kind.double, () => (cell, source) => {
    setQuotient(cell, source.low, source.high, unit.low, unit.high)
    const units = intToDouble(cell.low, cell.high)
    setProduct(rest, cell.low, cell.high, unit.low, unit.high)
    setDifference(rest, source.low, source.high, rest.low, rest.high)
    cell.setDouble(units + intToDouble(rest.low, rest.high) / unitNs)
    return true
  })
}

export const durationFunctions: ReadonlyArray<FunctionSpec> = [
  duration,
  fractional('Hours', 3.6e12),
  fractional('Minutes', 6e10),
  fractional('Seconds', 1e9),
  whole('Milliseconds', 1e6),
  whole('Microseconds', 1e3),
  whole('Nanoseconds', 1),
]
