import { ValueKind } from '../../otlp/slots.ts'
import { Varint } from '../../otlp/wire/varint.ts'
import { ValueReader } from '../ottl/any-value.ts'
import { type Finding, Role } from './finding.ts'
import type { Scale } from './levels.ts'

const reader = new ValueReader()
const varint = new Varint()
const NOTHING = new Uint8Array(0)

/** Looks at the members of a body that was sent as a map. */
export function findInMap(bytes: Uint8Array, start: number, end: number, finding: Finding): void {
  reader.enter(bytes, start, end)
  while (!finding.isComplete && reader.nextPair()) {
    const role = finding.roleOf(bytes, reader.keyStart, reader.keyEnd)
    if (role === Role.none) continue
    if (reader.kind === ValueKind.string) finding.value(role, bytes, reader.start, reader.end)
    else if (reader.kind === ValueKind.int && finding.severity === 0 && role <= Role.pythonLevel) {
      varint.read(bytes, reader.start, reader.end)
      const isSmall = varint.high === 0 && varint.low >= 0 && varint.low < 100
      // A number on the wire has no digits that the text could point at.
      if (isSmall) finding.setSeverity(finding.levels.ofNumber(varint.low, role as Scale), 0, 0)
    }
  }
  reader.enter(NOTHING, 0, 0)
}
