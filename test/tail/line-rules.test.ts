import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LivePipeline } from '../../src/processors/live-pipeline.ts'
import type { Pipeline } from '../../src/processors/pipeline.ts'
import type { RowFacts } from '../../src/query/loki/execute/labels.ts'
import { factsOf } from '../../src/tail/row-facts.ts'
import { type LineOutcomes, LineRules } from '../../src/tail/rules/line-rules.ts'
import { stringAttributes } from '../otlp/proto.ts'
import { build, reasons } from '../processors/filter/build.ts'
import { testDeps } from '../processors/kit.ts'
import { scanned } from '../processors/ottl/evaluate.ts'
import { lineBatch, type WrittenLine } from './support/line-batch.ts'

/**
 * Scenario: lines that a kubelet gave, before a collector sends them. Guarantees: they are marked with the rule that drops the
 * same lines once they come as OTLP (encoded by another library, through the pipeline in force), and changed as those are;
 * what a rule masks is masked also where another drops it; asking leaves no trace.
 */

const SHOP = { 'k8s.namespace.name': 'shop', 'k8s.pod.name': 'shop-0', 'k8s.pod.label.tier': 'front' }

const PROCESSORS: Readonly<Record<string, object>> = {
  'filter/health': { logs: { log_record: ['body == "healthz"'] } },
  'filter/noise': { logs: { log_record: ['IsMatch(body, "(?i)noise")'] } },
  'filter/dry': { dryRun: true, logs: { log_record: ['true'] } },
  'filter/debug': {
    logs: { log_record: ['severity_number > 0 and severity_number < SEVERITY_NUMBER_INFO'] },
  },
  'filter/late': { logs: { log_record: ['time_unix_nano >= 1700000000123456789'] } },
  'filter/front': { logs: { log_record: ['resource.attributes["tier"] == "front" and body == "x"'] } },
  'filter/traces': { traces: { span: ['true'] } },
  'filter/failing': { error_mode: 'ignore', logs: { log_record: ['Int(ParseJSON(body)["status"]) < 400'] } },
  severity: {},
  redact: { custom: { noise: 'noise' } },
  'attributes/app': { actions: [{ key: 'app', value: 'shop', action: 'upsert' }] },
  'resource/tier': { attributes: [{ key: 'tier', from_attribute: 'k8s.pod.label.tier', action: 'upsert' }] },
  'select_logs/shop': { exclude: [{ namespaces: ['kube-*'] }] },
}

const text = fc.oneof(
  fc.constantFrom(
    'healthz',
    'some noise',
    'NOISE',
    'x',
    'x  \t',
    '',
    '  ',
    'level=debug msg=hi',
    'ERROR: no',
    '{"status":200}',
  ),
  fc.constantFrom(
    '{"status":"200","level":"debug"}',
    '{"status":500}',
    'I0102 03:04:05.000000 1 main.go:1] hi',
    'päivää\r',
  ),
  fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.replaceAll('\n', '')),
)
const line: fc.Arbitrary<WrittenLine & { text: string }> = fc.record({
  text,
  seconds: fc.oneof(fc.constantFrom(1_700_000_000, 0, 2 ** 32 - 1), fc.nat({ max: 2 ** 32 - 1 })),
  nanos: fc.oneof(fc.constantFrom(123_456_788, 123_456_789, 999_999_999), fc.nat({ max: 999_999_999 })),
})
const resource = fc.constantFrom<Record<string, string>>(
  SHOP,
  {},
  { 'k8s.namespace.name': 'kube-system' },
  { 'k8s.namespace.name': 'shop', leer: '' },
)

/** As a collector sends it: white space at a line's end is not kept. */
function request(attributes: Readonly<Record<string, string>>, lines: ReadonlyArray<Required<WrittenLine>>) {
  const logRecords = lines.map(({ text: written, seconds, nanos }) => {
    const timeUnixNano = String(BigInt(seconds) * 1_000_000_000n + BigInt(nanos))
    const stringValue = String(written).replace(/[ \t-\r]+$/, '')
    return { timeUnixNano, observedTimeUnixNano: timeUnixNano, body: { stringValue } }
  })
  return {
    resourceLogs: [{ resource: { attributes: stringAttributes(attributes) }, scopeLogs: [{ logRecords }] }],
  }
}

/** Of a line that no rule changes. */
function lineFacts(body: string): RowFacts {
  const nothing = { keys: [], values: [], scopeKeys: [], scopeValues: [] }
  const none = { scopeName: '', scopeVersion: '', traceId: '', spanId: '', severityText: '', eventName: '' }
  const zero = { scopeDropped: 0, flags: 0, severityNumber: 0, dropped: 0, observedTime: '0' }
  return { body, ...nothing, ...none, ...zero }
}

function named(names: Iterable<string>): Readonly<Record<string, unknown>> {
  return Object.fromEntries([...names].map((name) => [name, PROCESSORS[name]]))
}
const rulesOf = (pipeline: Pipeline): LineRules => new LineRules({ pipeline })

/** Of each line: text and what else is stored, where that is not the line itself. */
const textsOf = (outcomes: LineOutcomes | undefined, count: number) =>
  Array.from({ length: count }, (_, i) => outcomes?.changed?.[i]?.body)

describe('rules on live lines', () => {
  it('drop and change them as the same lines that come as OTLP', () => {
    const pipelines = fc.shuffledSubarray(Object.keys(PROCESSORS), { minLength: 1 })
    const lines = fc.array(line, { maxLength: 8 })
    fc.assert(
      fc.property(pipelines, resource, lines, fc.nat({ max: 40 }), (names, attributes, written, before) => {
        const deps = testDeps()
        const pipeline = build(named(names), deps)
        const batch = lineBatch(written, before)
        const bytes = Buffer.from(batch.bytes)
        const asked = rulesOf(pipeline)
        // What was asked before makes no difference.
        asked.apply(SHOP, lineBatch([{ text: '{"level":"debug"}' }, ...written]))
        const outcomes = asked.apply(attributes, batch)
        const sent = scanned(request(attributes, written as Required<WrittenLine>[]))
        pipeline.process(sent, 1)
        const expected = reasons(sent, deps).map((reason) => (reason === '' ? undefined : reason))
        expect(outcomes?.droppedBy ?? written.map(() => undefined)).toEqual(expected)
        for (let i = 0; i < written.length; i++) {
          if (expected[i] !== undefined) continue
          const stored = { ...factsOf(sent, i), observedTime: '0' }
          expect(outcomes?.changed?.[i] ?? lineFacts(stored.body)).toEqual(stored)
        }
        expect(batch.bytes).toEqual(bytes)
      }),
      { numRuns: 600 },
    )
  })

  it('say nothing where nothing is dropped or changed', () => {
    const lines = lineBatch([{ text: 'x' }])
    for (const names of [[], ['severity', 'redact'], ['filter/traces'], ['filter/dry']])
      expect(rulesOf(build(named(names), testDeps())).apply(SHOP, lines)).toBeUndefined()
    expect(rulesOf(build(named(['filter/noise']), testDeps())).apply(SHOP, lineBatch([]))).toBeUndefined()
  })

  const REDACT = { redact: { custom: { order: 'order-[0-9]+' } } }
  const DROP = { 'filter/orders': { logs: { log_record: ['IsMatch(body, "order")'] } } }
  const DROP_MASKED = { 'filter/masked': { logs: { log_record: ['IsMatch(body, "[*]{3}")'] } } }
  it.each<[string, processors: object, droppedBy: string | undefined]>([
    ['nothing drops it', REDACT, undefined],
    ['a rule before drops it', { ...DROP, ...REDACT }, 'filter/orders'],
    ['a rule behind drops it, by what it is then', { ...REDACT, ...DROP, ...DROP_MASKED }, 'filter/masked'],
    ['rules on both sides drop it', { ...DROP, ...REDACT, ...DROP_MASKED }, 'filter/orders'],
  ])('mask a secret where %s', (_, processors, droppedBy) => {
    const rules = rulesOf(build({ ...processors }, testDeps()))
    const outcomes = rules.apply(SHOP, lineBatch([{ text: 'paid: order-4711 ' }, { text: 'none' }]))
    expect(textsOf(outcomes, 2)).toEqual(['paid: ***', undefined])
    expect(outcomes?.droppedBy).toEqual(droppedBy && [droppedBy, undefined])
  })

  it('take any bytes', () => {
    const rules = rulesOf(build(named(Object.keys(PROCESSORS)), testDeps()))
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 5 }), (bytes) => {
        const found = rules.apply(SHOP, lineBatch(bytes.map((one) => ({ text: one }))))
        for (const of of [found?.droppedBy, found?.changed])
          if (of !== undefined) expect(of.length).toBe(bytes.length)
      }),
    )
  })

  it('leave no trace: no count, no failure, no log line, no series', () => {
    const deps = testDeps()
    const limit = { cardinality_limit: { limits: [{ metric: '*', limit: 1 }] } }
    const pipeline = build({ ...named(Object.keys(PROCESSORS)), ...limit }, deps)
    const before = JSON.stringify([...pipeline.rules()])
    const outcomes = deps.outcomes.size
    const rules = rulesOf(pipeline)
    for (let i = 0; i < 100; i++)
      rules.apply(SHOP, lineBatch([{ text: 'noise' }, { text: '{"status":"x"}' }, { text: 'healthz' }]))
    expect(JSON.stringify([...pipeline.rules()])).toBe(before)
    expect([deps.failures, deps.warnings, deps.outcomes.size]).toEqual([0, [], outcomes])
    // What comes in afterwards is counted as if nobody had asked.
    const sent = scanned(request(SHOP, [{ text: 'some noise', seconds: 0, nanos: 0 }]))
    pipeline.process(sent, 7)
    pipeline.committed(7)
    expect(pipeline.rules().get('filter/noise')![0]).toMatchObject({ matched: 1, failed: 0 })
  })

  it('are those of the rules in force, also after a reload', () => {
    const live = new LivePipeline(build(named(['filter/noise']), testDeps()))
    const rules = new LineRules(live)
    const lines = lineBatch([{ text: 'noise' }, { text: 'healthz' }])
    const dropped = () => rules.apply(SHOP, lines)?.droppedBy
    expect(dropped()).toEqual(['filter/noise', undefined])
    const { version } = rules
    live.swap(build(named(['filter/health']), testDeps()))
    expect(dropped()).toEqual([undefined, 'filter/health'])
    expect(rules.version).not.toBe(version)
    live.swap(build({ redact: { custom: { health: 'health' } } }, testDeps()))
    expect(textsOf(rules.apply(SHOP, lines), 2)).toEqual([undefined, '***z'])
    live.swap(build({}, testDeps()))
    expect(rules.apply(SHOP, lines)).toBeUndefined()
  })
})
