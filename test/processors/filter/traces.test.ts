import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Batch } from '../../../src/otlp/batch.ts'
import { EVENT, SPAN } from '../../../src/otlp/slots.ts'
import type { Span, TracesRequest } from '../../otlp/proto.ts'
import { itKeepsTheContract, testDeps } from '../kit.ts'
import { scannedAs } from '../ottl/evaluate.ts'
import { build, filtered, texts } from './build.ts'

function span(name: string, kind: number, ...events: string[]): Span {
  return { name, kind, events: events.map((event) => ({ name: event })) }
}

function request(service: string, ...spans: Span[]): TracesRequest {
  const attributes = [{ key: 'service.name', value: { stringValue: service } }]
  return { resourceSpans: [{ resource: { attributes }, scopeSpans: [{ scope: { name: 'lib' }, spans }] }] }
}

/** The names of each span's events, as the batch has them now. */
function eventsOf(batch: Batch): string[][] {
  const { count, data, stride } = batch.records
  return Array.from({ length: count }, (_, i) => {
    const first = data[i * stride + SPAN.eventsFirst]!
    const end = first + data[i * stride + SPAN.eventsCount]!
    return texts(batch, batch.events, EVENT.nameStart, first, end)
  })
}

const SPANS = [
  span('GET /livez', 2, 'log'),
  span('GET /pay', 2, 'log', 'exception', 'log', 'retry'),
  span('SELECT', 3, 'log', 'log'),
  span('quiet', 1),
]

const RULES = {
  traces: {
    span: ['IsMatch(name, "/livez$")', 'kind == SPAN_KIND_CLIENT and attributes["db"] != nil'],
    spanevent: ['name == "log"', 'IsMatch(name, "^re") and span.kind == SPAN_KIND_SERVER'],
  },
}

describe('filter for spans', () => {
  itKeepsTheContract({
    make: (deps) => build({ filter: RULES }, deps).processors[0]!,
    signal: 'traces',
    requests: [request('a', ...SPANS), request('b', ...SPANS.slice(1), {}), request('c', SPANS[0]!, {})],
  })

  it('drops spans, and the events of those it keeps', () => {
    const { batch, dropped, matched } = filtered('traces', RULES, request('a', ...SPANS))
    expect(dropped).toEqual([true, false, false, false])
    // The events of a span that is dropped are not asked about.
    expect(eventsOf(batch)).toEqual([['log'], ['exception'], [], []])
    expect(matched).toEqual([1, 0, 4, 1])
  })

  it('leaves what the sender counted as dropped, and the span when all its events are gone', () => {
    const sent = { ...span('x', 1, 'log', 'log'), droppedEventsCount: 7 }
    const { batch, dropped } = filtered('traces', RULES, request('a', sent))
    expect(batch.records.data[SPAN.droppedEventsCount]).toBe(7)
    expect([dropped, eventsOf(batch)]).toEqual([[false], [[]]])
  })

  it('under dryRun drops neither, and counts both', () => {
    const { batch, dropped, matched } = filtered('traces', { ...RULES, dryRun: true }, request('a', ...SPANS))
    expect(dropped).toEqual([false, false, false, false])
    expect(eventsOf(batch)).toEqual(SPANS.map(({ events }) => events!.map(({ name }) => name)))
    expect(matched).toEqual([1, 0, 4, 1])
  })

  it('asks nothing about spans that are not kept', () => {
    const pipeline = build({ filter: RULES }, testDeps())
    const batch = scannedAs('traces', request('a', ...SPANS))
    batch.verdicts[1] = 4242
    pipeline.process(batch, 1)
    expect(eventsOf(batch)[1]).toEqual(['log', 'exception', 'log', 'retry'])
  })

  it.each([
    { traces: { resource: ['attributes["service.name"] == "noisy"'] } },
    { trace_conditions: ['resource.attributes["service.name"] == "noisy"'] },
    { trace_conditions: [{ context: 'resource', conditions: ['attributes["service.name"] == "noisy"'] }] },
  ])('drops whole resources: %j', (rules) => {
    const sent = {
      resourceSpans: ['noisy', 'quiet'].flatMap((name) => request(name, ...SPANS).resourceSpans!),
    }
    const { dropped } = filtered('traces', rules, sent)
    expect(dropped).toEqual([true, true, true, true, false, false, false, false])
  })

  it.each([
    ['span.name == "GET /pay"', [false, true, false, false], 7],
    ['scope.name == "lib" and span.kind < 3', [true, true, false, true], 7],
    ['spanevent.name == "log" and span.name == "SELECT"', [false, false, false, false], 5],
    ['spanevent.event_index > 0', [false, false, false, false], 3],
  ])('infers whether a condition means the span or its event: %s', (condition, expected, left) => {
    const { batch, dropped } = filtered('traces', { trace_conditions: [condition] }, request('a', ...SPANS))
    expect(dropped).toEqual(expected)
    expect(eventsOf(batch).flat()).toHaveLength(left)
  })

  it('leaves logs and metrics alone', () => {
    const pipeline = build({ filter: RULES }, testDeps())
    expect([...pipeline.signals]).toEqual(['traces'])
    const logs = scannedAs('logs', { resourceLogs: [{ scopeLogs: [{ logRecords: [{}] }] }] })
    pipeline.process(logs, 1)
    expect(logs.verdicts[0]).toBe(0)
  })
})

describe('a condition on a span or an event that can not be evaluated', () => {
  const attributes = [{ key: 'n', value: { intValue: 5 } }]
  const sent = request(
    'a',
    { name: 'x', attributes, events: [{ name: 'log' }, { name: 'log', attributes }] },
    {
      name: 'y',
      attributes: [{ key: 'n', value: { stringValue: '/x' } }],
      events: [{ name: 'log', attributes }],
    },
  )
  const failing = 'HasPrefix(attributes["n"], "/")'

  it.each([
    // Of the first span nothing is asked any more, not even about its events.
    ['propagate', [false, true], [['log', 'log'], ['log']], 1],
    ['ignore', [false, true], [[], ['log']], 1],
    ['silent', [false, true], [[], ['log']], 1],
  ])('on a span: %s', (error_mode, droppedSpans, events, failures) => {
    const rules = { error_mode, traces: { span: [failing], spanevent: ['name == "log"'] } }
    const { batch, dropped, deps } = filtered('traces', rules, sent)
    expect([dropped, eventsOf(batch), deps.failures]).toEqual([droppedSpans, events, failures])
    expect(deps.warnings).toHaveLength(error_mode === 'silent' ? 0 : 1)
  })

  it.each([
    ['propagate', [['log', 'log'], ['log']], 3],
    ['ignore', [[], []], 3],
  ])('on an event: %s', (error_mode, events, failures) => {
    const rules = { error_mode, traces: { spanevent: [failing, 'name == "log"'] } }
    const { batch, dropped, deps } = filtered('traces', rules, sent)
    expect([dropped, eventsOf(batch), deps.failures]).toEqual([[false, false], events, failures])
  })
})

it('keeps of random traces what a plain filter keeps', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd')
  const spans = fc.array(fc.record({ name, events: fc.array(fc.record({ name }), { maxLength: 5 }) }), {
    maxLength: 5,
  })
  const names = fc.uniqueArray(name, { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(fc.array(spans, { maxLength: 3 }), names, names, (resources, spanNames, eventNames) => {
      const rules = {
        traces: {
          span: spanNames.map((each) => `name == "${each}"`),
          spanevent: eventNames.map((each) => `name == "${each}"`),
        },
      }
      const sent = { resourceSpans: resources.map((own) => ({ scopeSpans: [{ spans: own }] })) }
      const { batch, dropped } = filtered('traces', rules, sent)
      const kept = eventsOf(batch).filter((_, i) => !dropped[i])
      const wanted = resources
        .flat()
        .filter((each) => !spanNames.includes(each.name))
        .map(({ events }) => events.map((event) => event.name).filter((each) => !eventNames.includes(each)))
      expect(kept).toEqual(wanted)
    }),
    { numRuns: 200 },
  )
})
