import { describe, expect, it } from 'vitest'
import { MalformedError } from '../../src/otlp/malformed.ts'
import { newBatch, scanRequest } from '../../src/otlp/scan/index.ts'
import { SCAN_OUTCOMES } from './scan-outcomes.ts'
import { hex, len, requestOf, tag } from './wire.ts'

const LIMITS = { recordsPerRequestMax: 1000, attributesPerRecordMax: 100 }

function messageOf(bytes: Buffer): string {
  try {
    scanRequest(newBatch('logs'), bytes, LIMITS, SCAN_OUTCOMES)
    return 'taken'
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedError)
    return (error as MalformedError).message
  }
}

/** A record's fields start at byte 6 of the request. */
describe('a malformed record is refused with what, where and why', () => {
  it.each([
    ['08 01', 'LogRecord.time_unix_nano: wire type 0 where 1 is expected (at byte 7)'],
    ['15 00000000', 'LogRecord.severity_number: wire type 5 where 0 is expected (at byte 7)'],
    ['28 00', 'LogRecord.body: wire type 0 where 2 is expected (at byte 7)'],
    ['2b 2c', 'LogRecord.body: wire type 3 where 2 is expected (at byte 7)'],
    ['2a 02 08 01', 'AnyValue.string_value: wire type 0 where 2 is expected (at byte 9)'],
    ['32 03 0a 01 ', 'LogRecord.attributes: needs 3 bytes where the message has 2 left (at byte 7)'],
    ['32 02 0a 01', 'KeyValue.key: needs 1 bytes where the message has 0 left (at byte 9)'],
    ['09 01020304050607', 'LogRecord.time_unix_nano: needs 8 bytes where the message has 7 left (at byte 7)'],
    ['45 010203', 'LogRecord.flags: needs 4 bytes where the message has 3 left (at byte 7)'],
    ['2a 03 21 0000', 'AnyValue.double_value: needs 8 bytes where the message has 2 left (at byte 9)'],
    [
      '1a',
      'LogRecord.severity_text: length runs past the end of the message or is longer than 10 bytes (at byte 7)',
    ],
    [
      '1a ff',
      'LogRecord.severity_text: length runs past the end of the message or is longer than 10 bytes (at byte 7)',
    ],
    [
      '1a ffffffffffffffffff01',
      'LogRecord.severity_text: needs 18446744073709552000 bytes where the message has 0 left (at byte 7)',
    ],
    [
      '1a 808080801080',
      'LogRecord.severity_text: needs 4294967296 bytes where the message has 1 left (at byte 7)',
    ],
    [
      '10',
      'LogRecord.severity_number: number runs past the end of the message or is longer than 10 bytes (at byte 7)',
    ],
    [
      '10 8080808080808080808000',
      'LogRecord.severity_number: number runs past the end of the message or is longer than 10 bytes (at byte 7)',
    ],
    ['02 00', 'LogRecord: field number 0 (at byte 7)'],
    ['8000', 'LogRecord: field number 0 (at byte 8)'],
    ['80', 'LogRecord: tag runs past the end or is longer than 10 bytes (at byte 6)'],
    ['808080808001 00', 'LogRecord: field number out of range (at byte 6)'],
    ['6c', 'LogRecord, field 13: malformed value of wire type 4 (at byte 7)'],
    ['6e', 'LogRecord, field 13: malformed value of wire type 6 (at byte 7)'],
    ['6f', 'LogRecord, field 13: malformed value of wire type 7 (at byte 7)'],
    ['6a 05 00', 'LogRecord, field 13: malformed value of wire type 2 (at byte 7)'],
    ['6a 8080808010', 'LogRecord, field 13: malformed value of wire type 2 (at byte 7)'],
    ['69 00', 'LogRecord, field 13: malformed value of wire type 1 (at byte 7)'],
    ['6d 00', 'LogRecord, field 13: malformed value of wire type 5 (at byte 7)'],
    ['68 80', 'LogRecord, field 13: malformed value of wire type 0 (at byte 7)'],
    ['6b', 'LogRecord, field 13: malformed value of wire type 3 (at byte 7)'],
    ['6b 74', 'LogRecord, field 13: malformed value of wire type 3 (at byte 7)'],
    ['6b 04', 'LogRecord, field 13: malformed value of wire type 3 (at byte 7)'],
    ['6b 0a 05 6c', 'LogRecord, field 13: malformed value of wire type 3 (at byte 7)'],
    [
      '2a 06 2a 04 0a 02 0a 05',
      'AnyValue.string_value: needs 5 bytes where the message has 0 left (at byte 13)',
    ],
    ['2a 06 32 04 0a 02 12 05', 'KeyValue.value: needs 5 bytes where the message has 0 left (at byte 13)'],
    // A length of two bytes whose second is the tag of string_value: not the attribute it looks like.
    [
      `32 8501 0a 01 6b 12 800a 7e ${'78'.repeat(126)}`,
      'KeyValue.value: needs 1280 bytes where the message has 127 left (at byte 16)',
    ],
    [
      `32 8601 0a 01 6b 12 810a 7f ${'78'.repeat(127)}`,
      'KeyValue.value: needs 1281 bytes where the message has 128 left (at byte 16)',
    ],
  ])('%s', (fields, message) => {
    expect(messageOf(requestOf(hex(fields)))).toBe(message)
  })

  it.each([
    ['an unknown group', '6b 08 01 73 74 6c'],
    ['a group with known numbers and wrong types inside', '6b 28 01 4d 00000000 6c'],
    ['a field number of 29 bits', 'faffffff0f 01 00'],
    ['a tag of 10 bytes', 'e880808080808080 8000 01'],
    ['a length of 10 bytes', '1a 8180808080808080 8000 41'],
    ['a varint of 10 bytes with bits above the 64th', '10 ffffffffffffffffff7f'],
  ])('takes %s', (_, fields) => {
    expect(messageOf(requestOf(hex(fields)))).toBe('taken')
  })
})

describe('malformed around the records', () => {
  it.each([
    ['resource', hex('0a 02 08 01'), 'ResourceLogs.resource: wire type 0 where 2 is expected (at byte 3)'],
    [
      'scope',
      hex('0a 06 12 04 0a 02 08 01'),
      'InstrumentationScope.name: wire type 0 where 2 is expected (at byte 7)',
    ],
    [
      'request',
      hex('0a 7f'),
      'ExportLogsServiceRequest.resource_logs: needs 127 bytes where the message has 0 left (at byte 1)',
    ],
    [
      'text',
      Buffer.from('{"resourceLogs":[]}'),
      'ExportLogsServiceRequest, field 15: malformed value of wire type 3 (at byte 1)',
    ],
    [
      'HTML',
      Buffer.from('<html>'),
      'ExportLogsServiceRequest, field 7: malformed value of wire type 4 (at byte 1)',
    ],
  ])('%s', (_, bytes, message) => {
    expect(messageOf(bytes)).toBe(message)
  })
})

describe('nesting', () => {
  /** Each array is two messages deep: ArrayValue and AnyValue. The body's own AnyValue is the fifth message. */
  function arrays(count: number): Buffer {
    let value: Buffer = Buffer.alloc(0)
    for (let i = 0; i < count; i++) value = len(5, len(1, value))
    return requestOf(len(5, value))
  }

  it('goes 100 messages deep and no deeper', () => {
    expect(messageOf(arrays(47))).toBe('taken')
    expect(messageOf(arrays(48))).toMatch(/^AnyValue: messages nested deeper than 100/)
  })

  it('does not exhaust the stack, whatever comes', () => {
    expect(messageOf(arrays(5000))).toMatch(/^AnyValue: messages nested deeper than 100/)
    const groups = (count: number): Buffer =>
      Buffer.concat([...Array(count).fill(tag(13, 3)), ...Array(count).fill(tag(13, 4))])
    // The record is the fourth message.
    expect(messageOf(requestOf(groups(96)))).toBe('taken')
    const refused = /^LogRecord, field 13: malformed value of wire type 3/
    expect(messageOf(requestOf(groups(97)))).toMatch(refused)
    expect(messageOf(requestOf(groups(500_000)))).toMatch(
      /^LogRecord, field 13: malformed value of wire type 3/,
    )
  })
})
