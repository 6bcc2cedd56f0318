import { describe, expect, it } from 'vitest'
import { Conditions } from '../../../src/processors/ottl/conditions.ts'
import { logContext } from '../../../src/processors/ottl/contexts/log.ts'
import { resourceContext } from '../../../src/processors/ottl/contexts/resource.ts'
import { scopeContext } from '../../../src/processors/ottl/contexts/scope.ts'
import { CASES } from './cases.ts'
import { evaluate, outcome, requestOf, scanned } from './evaluate.ts'
import { BODIES, SAMPLE, withBody } from './record.ts'

for (const [name, cases] of Object.entries(CASES))
  describe(`conditions: ${name}`, () => {
    it.each(cases)('%s', (condition, expected) => {
      expect(outcome(evaluate(condition, SAMPLE))).toBe(expected)
    })
  })

describe('bodies that are no string', () => {
  it.each([
    ['body["level"] == "debug"', BODIES.map, true],
    ['body["http.status"] >= 500', BODIES.map, true],
    ['body["list"][1] == 20', BODIES.map, true],
    ['body["missing"] == nil', BODIES.map, true],
    ['body[0] == "zero"', BODIES.map, 'error'],
    ['IsMap(body) and body["level"] == "debug"', BODIES.map, true],
    ['body == {"level": "debug", "http.status": 500, "list": [10, 20]}', BODIES.map, true],
    ['IsMatch(body, "\\"http.status\\":500")', BODIES.map, true],
    ['body.string == "{\\"http.status\\":500,\\"level\\":\\"debug\\",\\"list\\":[10,20]}"', BODIES.map, true],
    ['body[0] == "zero"', BODIES.list, true],
    ['body[2] == nil', BODIES.list, 'error'],
    ['body["x"] == nil', BODIES.list, 'error'],
    ['body.string == "[\\"zero\\",1]"', BODIES.list, true],
    ['body == 17', BODIES.int, true],
    ['body < 18', BODIES.int, true],
    ['body.string == "17"', BODIES.int, true],
    ['body == "17"', BODIES.int, false],
    ['body == 0.25', BODIES.double, true],
    ['body.string == "0.25"', BODIES.double, true],
    ['body == true', BODIES.bool, true],
    ['body.string == "true"', BODIES.bool, true],
    ['body == 0x616263', BODIES.bytes, true],
    ['body.string == "YWJj"', BODIES.bytes, true],
    ['body == nil', undefined, true],
    ['body.string == ""', undefined, true],
    ['IsMatch(body, "")', undefined, false],
    ['IsMatch(body.string, "^$")', undefined, true],
    ['body["x"] == nil', undefined, 'error'],
  ])('%s', (condition, body, expected) => {
    expect(outcome(evaluate(condition, withBody(body)))).toBe(expected)
  })
})

it.each([
  [1e21, '1e+21'],
  [1e20, '100000000000000000000'],
  [1.5e-7, '1.5e-7'],
  [0.0000015, '0.0000015'],
  [-2.5e22, '-2.5e+22'],
  [-0, '-0'],
  [Number.NaN, 'json: unsupported value: NaN'],
  [Number.POSITIVE_INFINITY, 'json: unsupported value: +Inf'],
  [Number.NEGATIVE_INFINITY, 'json: unsupported value: -Inf'],
  [0.1, '0.1'],
])('a double as text is as pdata writes it (Value.AsString): %s', (doubleValue, text) => {
  expect(evaluate(`body.string == "${text}"`, withBody({ doubleValue }))).toBe(true)
})

describe('a record that sets nothing', () => {
  it.each([
    ['severity_number == SEVERITY_NUMBER_UNSPECIFIED', true],
    ['severity_text == ""', true],
    ['event_name == ""', true],
    ['body == nil', true],
    ['attributes == {}', true],
    ['trace_id == TraceID(0x00000000000000000000000000000000)', true],
    ['span_id == SpanID("0000000000000000")', true],
    ['trace_id.string == "00000000000000000000000000000000"', true],
    ['span_id.string == "0000000000000000"', true],
    ['IsEmpty(trace_id) and IsEmpty(span_id)', true],
    ['time_unix_nano == 0', true],
    ['scope.name == ""', true],
    ['resource.attributes["service.name"] == nil', true],
    ['resource.schema_url == ""', true],
  ])('%s', (condition, expected) => {
    expect(evaluate(condition, {})).toBe(expected)
  })

  it('a severity below zero stays below zero', () => {
    expect(evaluate('severity_number < 0', { record: { severityNumber: -5 } })).toBe(true)
  })
})

describe('contexts of resource and scope', () => {
  it.each([
    ['attributes["service.name"] == "checkout"', resourceContext, true],
    ['resource.attributes["service.name"] == "checkout"', resourceContext, true],
    ['dropped_attributes_count == 4', resourceContext, true],
    ['name == "com.example.gateway"', scopeContext, true],
    ['scope.attributes["lib"] == "http"', scopeContext, true],
    ['resource.attributes["host.name"] == "pod-7"', scopeContext, true],
  ])('%s', (condition, context, expected) => {
    expect(evaluate(condition, SAMPLE, context)).toBe(expected)
  })

  it('know nothing of the record', () => {
    expect(evaluate('body == nil', SAMPLE, resourceContext)).toMatch(/^load-error.*a resource has no body/)
  })
})

it('conditions see each resource, scope and record of a batch, not the one before', () => {
  const texts = [
    'resource.attributes["r"] == "1"',
    'scope.name == "b"',
    'attributes["k"] == "x" and resource.attributes["r"] == "2"',
    'IsMatch(body, "o.e") and not IsMatch(body, "on.$")',
  ]
  const compiled = Conditions.compile(logContext, texts)
  if ('issues' in compiled) throw new Error(compiled.issues[0]!.message)
  const { conditions } = compiled
  const text = (stringValue: string) => ({ stringValue })
  const record = (body: string, k: string) => ({
    body: text(body),
    attributes: [{ key: 'k', value: text(k) }],
  })
  const resource = (r: string, ...scopes: string[]) => ({
    resource: { attributes: [{ key: 'r', value: text(r) }] },
    scopeLogs: scopes.map((name) => ({
      scope: { name },
      logRecords: [record('one', 'x'), record('ode', 'y')],
    })),
  })
  for (const [request, expected] of [
    [
      [resource('1', 'a', 'b'), resource('2', 'b')],
      ['1000', '1001', '1100', '1101', '0110', '0101'],
    ],
    // The same conditions again, on a batch whose first row differs.
    [
      [resource('2', 'a'), resource('1', 'a')],
      ['0010', '0001', '1000', '1001'],
    ],
  ] as const) {
    const batch = scanned({ resourceLogs: [...request] })
    conditions.begin(batch)
    const said = expected.map((_, i) => texts.map((_text, c) => conditions.tests[c]!(i)).join(''))
    conditions.end()
    expect(said).toEqual(expected)
  }
})

it('nothing remembered of one batch is believed of the next', () => {
  const texts = [
    'resource.attributes["r"] == "1"',
    'scope.name == "1"',
    'attributes["k"] == "1"',
    'IsMatch(body, "[1]")',
    'HasPrefix(attributes["k"], "1")',
  ]
  const compiled = Conditions.compile(logContext, texts)
  if ('issues' in compiled) throw new Error(compiled.issues[0]!.message)
  const { conditions } = compiled
  const said = ['1', '2', '1'].map((stringValue) => {
    const value = { stringValue }
    const batch = scanned(
      requestOf({
        resource: { attributes: [{ key: 'r', value }] },
        scope: { scope: { name: stringValue } },
        record: { body: value, attributes: [{ key: 'k', value }] },
      }),
    )
    conditions.begin(batch)
    return conditions.tests.map((test) => test(0)).join('')
  })
  expect(said).toEqual(['11111', '00000', '11111'])
})
