import { type Cell, intToDouble } from '../cell.ts'
import { setTruncated } from '../int64.ts'
import { KIND_NAMES, Kind } from '../kinds.ts'
import { textOfCell } from '../text-of-cell.ts'
import type { FunctionSpec } from './function.ts'
import { parseDouble, setParsedInt } from './numbers-in-text.ts'
import { failed, target, valueFunction } from './value-function.ts'

/** Conversions between kinds: nil stays nil, and what can't be converted is an error. */
type Convert = (cell: Cell, source: Cell) => boolean

function setInt(cell: Cell, source: Cell): boolean {
  if (source.kind === Kind.int) cell.setInt(source.low, source.high)
  else if (source.kind === Kind.double) setTruncated(cell, source.number)
  else if (source.kind === Kind.bool) cell.setInt(source.low, 0)
  else if (source.kind === Kind.nil) cell.setNil()
  else return source.kind === Kind.string && setParsedInt(cell, source.bytes, source.start, source.end, 10)
  return true
}

function setDouble(cell: Cell, source: Cell): boolean {
  if (source.kind === Kind.nil) cell.setNil()
  else {
    const value = source.kind === Kind.string ? parseDouble(source.text()) : numberOf(source)
    if (value === undefined) return false
    cell.setDouble(value)
  }
  return true
}

function numberOf({ kind, low, high, number }: Cell): number | undefined {
  if (kind === Kind.double) return number
  if (kind === Kind.int) return intToDouble(low, high)
  return kind === Kind.bool ? low : undefined
}

const TRUTHS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((text): [string, boolean] => [text, true]),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text): [string, boolean] => [text, false]),
])
const TRUTH_LENGTH_MAX = 5

function setBool(cell: Cell, source: Cell): boolean {
  if (source.kind === Kind.nil) cell.setNil()
  else {
    const value = source.kind === Kind.string ? truthOf(source) : numberOf(source)
    if (value === undefined) return false
    cell.setBool(Number(value) !== 0)
  }
  return true
}

function truthOf(source: Cell): boolean | undefined {
  return source.end - source.start > TRUTH_LENGTH_MAX ? undefined : TRUTHS.get(source.text())
}

const WORD = new DataView(new ArrayBuffer(8))

/** Hexadecimal digits of an int's or double's 8 bytes, of a bool's one, and of a text's or bytes' own; of nil none. */
function setHex(cell: Cell, source: Cell): boolean {
  if (source.kind === Kind.nil) cell.setText('')
  else if (source.kind === Kind.bool) cell.setText(source.low === 0 ? '00' : '01')
  else if (source.kind === Kind.int || source.kind === Kind.double) {
    if (source.kind === Kind.double) WORD.setFloat64(0, source.number)
    else {
      WORD.setInt32(0, source.high)
      WORD.setInt32(4, source.low)
    }
    cell.setText(Buffer.from(WORD.buffer).toString('hex'))
  } else if (isBytes(source.kind)) cell.setText(source.bytes.toString('hex', source.start, source.end))
  else return false
  return true
}

function isBytes(kind: Kind): boolean {
  return kind === Kind.string || kind === Kind.bytes || kind === Kind.traceId || kind === Kind.spanId
}

function conversion(name: string, convert: Convert): FunctionSpec {
  return valueFunction(
    name,
    [target],
    undefined,
    (frame) => (cell, source) =>
      convert(cell, source) || failed(frame, `${name} can't convert the ${KIND_NAMES[source.kind]}`),
  )
}

/** The text of anything; of nil, nil. A text is not copied. */
const string = valueFunction('String', [target], undefined, (frame) => (cell, source) => {
  if (source.kind === Kind.nil) cell.setNil()
  else if (source.kind === Kind.string) cell.copyFrom(source)
  else {
    const text = textOfCell(source, frame)
    if (text === undefined) return failed(frame, 'NaN and the infinities have no text in OTTL')
    cell.setText(text)
  }
  return true
})

/** The natural logarithm. */
const log = valueFunction('Log', [target], Kind.double, (frame) => (cell, source) => {
  if (!setDouble(cell, source) || cell.kind === Kind.nil) return failed(frame, 'Log needs a number')
  if (cell.number <= 0) return failed(frame, 'Log needs a number above zero')
  cell.setDouble(Math.log(cell.number))
  return true
})

export const conversionFunctions: ReadonlyArray<FunctionSpec> = [
  conversion('Bool', setBool),
  conversion('Double', setDouble),
  conversion('Hex', setHex),
  conversion('Int', setInt),
  string,
  log,
]
