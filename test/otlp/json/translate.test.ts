import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MalformedJsonError } from '../../../src/otlp/json/json-path.ts'
import { translateJson } from '../../../src/otlp/json/translate.ts'
import { requestMessage } from '../../../src/otlp/scan/index.ts'
import { request as plainRequest } from '../../e2e/support/random-request.ts'
import { decodeLogsRequest, decodeMessage, encodeLogsRequest } from '../proto.ts'

const translate = (json: unknown): Buffer =>
  translateJson(requestMessage('logs'), Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)))

/** A plain message of the generator as OTLP/JSON, written down from the specification's rules alone. */
function otlpJson(value: unknown, name = ''): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array)
    return Buffer.from(value).toString(name === 'traceId' || name === 'spanId' ? 'hex' : 'base64')
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  // JSON.stringify drops the sign.
  if (Object.is(value, -0)) return '-0'
  if (Array.isArray(value)) return value.map((item) => otlpJson(item, name))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, otlpJson(item, key)]))
}

const record = (fields: object): object => ({ resourceLogs: [{ scopeLogs: [{ logRecords: [fields] }] }] })
const only = (bytes: Buffer) => decodeLogsRequest(bytes).resourceLogs![0]!.scopeLogs![0]!.logRecords![0]!

/**
 * Scenario: requests as JSON. Guarantees: the protobuf bytes made of them are, read by protobufjs, the same message as
 * protobufjs makes of the plain object. Does not prove: what becomes of the message later (one path for both).
 */
describe('OTLP/JSON', () => {
  test('any request is the same message as in protobuf', () => {
    fc.assert(
      fc.property(plainRequest, (request) => {
        expect(decodeLogsRequest(translate(otlpJson(request)))).toEqual(
          decodeLogsRequest(encodeLogsRequest(request)),
        )
      }),
      { numRuns: 300 },
    )
  })

  test.each<[string, object, object]>([
    [
      '64-bit integers as strings',
      { timeUnixNano: '1795515630123456789' },
      { timeUnixNano: 1795515630123456789n },
    ],
    [
      '64-bit integers as numbers keep every digit',
      { timeUnixNano: '@1795515630123456789' },
      { timeUnixNano: 1795515630123456789n },
    ],
    [
      'negative ones too',
      { body: { intValue: '@-9223372036854775808' } },
      { body: { intValue: -9223372036854775808n } },
    ],
    ['integers written as 1e3', { droppedAttributesCount: '@1e3' }, { droppedAttributesCount: 1000 }],
    ['enums as numbers', { severityNumber: 17 }, { severityNumber: 17 }],
    ['enums as names', { severityNumber: 'SEVERITY_NUMBER_ERROR4' }, { severityNumber: 20 }],
    [
      'ids in hex of either case',
      { traceId: '5B8EFFF798038103D269B633813FC60C' },
      { traceId: Buffer.from('5b8efff798038103d269b633813fc60c', 'hex') },
    ],
    [
      'bytes in URL-safe base64',
      { body: { bytesValue: '-_8' } },
      { body: { bytesValue: Buffer.from([0xfb, 0xff]) } },
    ],
    [
      'doubles as names',
      { body: { doubleValue: '-Infinity' } },
      { body: { doubleValue: Number.NEGATIVE_INFINITY } },
    ],
    ['doubles in strings', { body: { doubleValue: '1.5' } }, { body: { doubleValue: 1.5 } }],
    [
      'a long integer where a double is meant',
      { body: { doubleValue: '@12345678901234567' } },
      { body: { doubleValue: 12345678901234568 } },
    ],
    ['null is absent', { severityText: null, body: null, attributes: null }, {}],
    ['names that are not known', { future: { deep: [1] }, severityText: 'x' }, { severityText: 'x' }],
    [
      "the .proto files' own names",
      { severity_text: 'x', time_unix_nano: '5' },
      { severityText: 'x', timeUnixNano: 5n },
    ],
    ['an empty value', { body: {} }, { body: {} }],
    ['a lone surrogate', { severityText: '\ud800' }, { severityText: '\ufffd' }],
    [
      'names of Object.prototype are names like others',
      { constructor: 1, toString: 2, severityText: 'x' },
      { severityText: 'x' },
    ],
  ])('%s', (_, fields, expected) => {
    // '@123' stands for an unquoted number of these digits.
    const json = JSON.stringify(record(fields)).replace(/"@([^"]*)"/g, '$1')
    expect(only(translate(json))).toEqual(expected)
  })

  test('an empty request', () => {
    expect(decodeMessage('ExportLogsServiceRequest', translate('{}'))).toEqual({})
  })

  const at = 'resourceLogs[0].scopeLogs[0].logRecords[0]'
  test.each<[unknown, string]>([
    ['', 'the body is no JSON: Unexpected end of JSON input'],
    ['[]', 'the request: an array where an object is expected'],
    ['7', 'the request: 7 where an object is expected'],
    [{ resourceLogs: {} }, 'resourceLogs: an object where an array is expected'],
    [{ resourceLogs: ['x'] }, 'resourceLogs[0]: "x" where an object is expected'],
    [
      record({ severityNumber: 'SEVERE' }),
      `${at}.severityNumber: "SEVERE" where an integer from -2147483648 to 2147483647 is expected`,
    ],
    [
      record({ severityNumber: 'constructor' }),
      `${at}.severityNumber: "constructor" where an integer from -2147483648 to 2147483647 is expected`,
    ],
    [
      record({ body: { doubleValue: 'toString' } }),
      `${at}.body.doubleValue: "toString" where a number is expected`,
    ],
    [
      record({ droppedAttributesCount: -1 }),
      `${at}.droppedAttributesCount: -1 where an integer from 0 to 4294967295 is expected`,
    ],
    [record({ severityText: 5 }), `${at}.severityText: 5 where a string is expected`],
    [
      record({ timeUnixNano: 1.5 }),
      `${at}.timeUnixNano: 1.5 where an integer from -9223372036854775808 to 18446744073709551615 is expected`,
    ],
    [
      record({ timeUnixNano: '99999999999999999999' }),
      `${at}.timeUnixNano: "99999999999999999999" where an integer from -9223372036854775808 to 18446744073709551615 is expected`,
    ],
    [record({ flags: -1 }), `${at}.flags: -1 where an integer from 0 to 4294967295 is expected`],
    [record({ traceId: 'xyz' }), `${at}.traceId: "xyz" where hex digits, two a byte, is expected`],
    [record({ body: 'text' }), `${at}.body: "text" where an object is expected`],
    [record({ body: { boolValue: 'true' } }), `${at}.body.boolValue: "true" where true or false is expected`],
    [record({ body: { bytesValue: '***' } }), `${at}.body.bytesValue: "***" where base64 is expected`],
    [record({ attributes: { a: 1 } }), `${at}.attributes: an object where an array is expected`],
    [
      record({ attributes: [{ key: 'k', value: { arrayValue: { values: [{ intValue: 'x' }] } } }] }),
      `${at}.attributes[0].value.arrayValue.values[0].intValue: "x" where an integer from -9223372036854775808 to 9223372036854775807 is expected`,
    ],
  ])('%j is malformed, and the path is named', (json, message) => {
    let caught: unknown
    try {
      translate(json)
    } catch (error) {
      caught = error
    }
    expect(caught).toBeInstanceOf(MalformedJsonError)
    expect((caught as Error).message).toBe(message)
  })

  test('values nested without end', () => {
    let value: object = { intValue: 1 }
    for (let i = 0; i < 200; i++) value = { arrayValue: { values: [value] } }
    expect(() => translate(record({ body: value }))).toThrow(/nested deeper than 100/)
    expect(() => translate(`${'['.repeat(900_000)}`)).toThrow(MalformedJsonError)
  })

  test('no text at all makes anything else than that error', () => {
    const valid = JSON.stringify(otlpJson(fc.sample(plainRequest, 1)[0]))
    fc.assert(
      fc.property(fc.nat(valid.length), fc.string({ maxLength: 3 }), fc.nat(5), (start, insert, cut) => {
        try {
          translate(valid.slice(0, start) + insert + valid.slice(start + cut))
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedJsonError)
        }
      }),
      { numRuns: 500 },
    )
  })
})
