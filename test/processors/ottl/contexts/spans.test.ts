import { describe, expect, it } from 'vitest'
import { SPAN as SLOT } from '../../../../src/otlp/slots.ts'
import { spanContext } from '../../../../src/processors/ottl/contexts/span.ts'
import { spanEventContext } from '../../../../src/processors/ottl/contexts/span-event.ts'
import { ask, outcome, scannedAs } from '../evaluate.ts'
import { EVENT_CASES, SPAN_CASES } from './span-cases.ts'
import { SPAN, tracesOf } from './trace-sample.ts'

const batch = scannedAs('traces', tracesOf(SPAN))

for (const [name, cases] of Object.entries(SPAN_CASES))
  describe(`conditions on a span: ${name}`, () => {
    it.each(cases)('%s', (condition, expected) => {
      expect(outcome(ask(condition, spanContext, batch))).toBe(expected)
    })
  })

for (const [name, cases] of Object.entries(EVENT_CASES))
  describe(`conditions on a span's event: ${name}`, () => {
    it.each(cases)('%s', (condition, expected) => {
      expect(outcome(ask(condition, spanEventContext, batch, 1))).toBe(expected)
    })
  })

it.each([
  'trace_state == ""',
  'trace_state["a"] == ""',
  'IsRootSpan()',
  'parent_span_id == SpanID(0x0000000000000000)',
  'name == "" and kind == SPAN_KIND_UNSPECIFIED and kind.string == "Unspecified"',
  'status.code == STATUS_CODE_UNSET and status.message == ""',
  'start_time_unix_nano == 0 and end_time_unix_nano == 0 and flags == 0',
  'IsEmpty(events) and Len(links) == 0',
])('a span that sets nothing: %s', (condition) => {
  expect(ask(condition, spanContext, scannedAs('traces', tracesOf({})))).toBe(true)
})

it('a kind or status that no one knows has a number and no name', () => {
  const odd = scannedAs('traces', tracesOf({ kind: 17, status: { code: -3 } }))
  expect(ask('kind == 17 and kind.string == "" and kind.deprecated_string == ""', spanContext, odd)).toBe(
    true,
  )
  expect(ask('status.code == -3', spanContext, odd)).toBe(true)
})

describe('what can not be asked', () => {
  it.each([
    [spanContext, 'spanevent.name == "x"', /a span has no spanevent.name/],
    [spanContext, 'nme == "x"', /a span has no nme \(did you mean name\?\)/],
    [spanContext, 'events[0] == 1', /column 7: events can't be indexed/],
    [spanContext, 'trace_state["a"]["b"] == ""', /column 12: trace_state takes exactly one key/],
    [spanContext, 'trace_state[0] == ""', /column 12: a key of trace_state is a string, not int/],
    [spanContext, 'IsMatch(links, "x")', /messages have none/],
    [spanContext, 'IsRootSpan(1)', /takes 0 arguments, but got 1/],
    [spanContext, 'HasAttrKeyOnDatapoint("x")', /unknown function HasAttrKeyOnDatapoint/],
    [spanContext, 'kind == SEVERITY_NUMBER_INFO', /unknown enum SEVERITY_NUMBER_INFO/],
    [spanEventContext, 'kind == 1', /a span event has no kind/],
    [spanEventContext, 'IsRootSpan()', /unknown function IsRootSpan/],
  ])('%s: %s', (context, condition, expected) => {
    expect(ask(condition, context, batch)).toMatch(expected)
  })
})

it('conditions on events see each span, scope and resource of theirs', () => {
  const event = (name: string) => ({ name })
  const span = (name: string, ...events: string[]) => ({ name, events: events.map(event) })
  const batchOfMany = scannedAs('traces', {
    resourceSpans: ['1', '2'].map((r) => ({
      resource: { attributes: [{ key: 'r', value: { stringValue: r } }] },
      scopeSpans: [{ spans: [span(`a${r}`, 'x', 'y'), span(`b${r}`), span(`c${r}`, 'x')] }],
    })),
  })
  const condition =
    'span.name == "a2" or (resource.attributes["r"] == "1" and name == "x") or Len(span.events) == 1'
  const said: boolean[] = []
  const { data, stride, count } = batchOfMany.records
  for (let owner = 0; owner < count; owner++) {
    const first = data[owner * stride + SLOT.eventsFirst]!
    const events = data[owner * stride + SLOT.eventsCount]!
    for (let row = first; row < first + events; row++)
      said.push(ask(condition, spanEventContext, batchOfMany, row, owner) as boolean)
  }
  expect(said).toEqual([true, false, true, true, true, true])
})
