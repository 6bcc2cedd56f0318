import { describe, expect, it } from 'vitest'
import { TraceStateReader, TraceStateResult } from '../../../src/processors/ottl/trace-state.ts'

const reader = new TraceStateReader()

/** The member's value; undefined if it is not there, null if the whole is no trace state. */
function lookUp(text: string, key: string): string | null | undefined {
  const [bytes, name] = [Buffer.from(`<${text}>`), Buffer.from(`<${key}>`)]
  const found = reader.find(bytes, 1, bytes.length - 1, name, 1, name.length - 1)
  if (found === TraceStateResult.invalid) return null
  if (found === TraceStateResult.missing) return undefined
  return bytes.toString('latin1', reader.valueStart, reader.valueEnd)
}

const members = (count: number) => Array.from({ length: count }, (_, i) => `k${i}=v`).join(',')

describe('tracestate, by W3C Trace Context 3.3', () => {
  it.each([
    ['', 'a', undefined],
    ['a=1', 'a', '1'],
    ['a=1,b=2', 'b', '2'],
    ['a=1 , \tb=2\t ', 'b', '2'],
    ['a=1,,b=2,', 'b', '2'],
    ['a= 1', 'a', ' 1'],
    ['a=1', 'b', undefined],
    ['ab=1', 'a', undefined],
    ['a1_-*/z=1', 'a1_-*/z', '1'],
    ['1t@sys=1', '1t@sys', '1'],
    [`a${'b'.repeat(255)}=1`, 'a', undefined],
    [`a=${'1'.repeat(256)}`, 'b', undefined],
    [`${'t'.repeat(241)}@${'s'.repeat(14)}=1`, 'b', undefined],
    [members(32), 'k31', 'v'],
    // No trace states.
    ['a', 'a', null],
    ['a=', 'a', null],
    ['=1', 'a', null],
    ['a=1=2', 'a', null],
    ['a =1', 'a', null],
    ['A=1', 'A', null],
    ['1=1', '1', null],
    ['a@1s=1', 'a', null],
    ['@s=1', 'a', null],
    ['a@=1', 'a', null],
    ['a=\u00e9', 'a', null],
    ['a=1, ,b=2', 'b', null],
    ['a=1,a=2', 'a', null],
    ['a=1,b=2,c', 'b', null],
    [`a${'b'.repeat(256)}=1`, 'a', null],
    [`a=${'1'.repeat(257)}`, 'a', null],
    [`${'t'.repeat(242)}@s=1`, 'a', null],
    [`t@${'s'.repeat(15)}=1`, 'a', null],
    [members(33), 'k0', null],
  ])('%j[%j]', (text, key, expected) => {
    expect(lookUp(text, key)).toBe(expected)
  })
})
