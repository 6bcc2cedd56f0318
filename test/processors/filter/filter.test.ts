import { describe, expect, it } from 'vitest'
import type { LogRecord, LogsRequest } from '../../otlp/proto.ts'
import { itKeepsTheContract, testDeps } from '../kit.ts'
import { scanned } from '../ottl/evaluate.ts'
import { build, reasons } from './build.ts'

function log(
  body: string,
  severityNumber: number,
  attributes: Readonly<Record<string, string | number>> = {},
): LogRecord {
  return {
    body: { stringValue: body },
    severityNumber,
    attributes: Object.entries(attributes).map(([key, value]) => ({
      key,
      value: typeof value === 'string' ? { stringValue: value } : { intValue: value },
    })),
  }
}

function request(service: string, ...logRecords: LogRecord[]): LogsRequest {
  const attributes = [{ key: 'service.name', value: { stringValue: service } }]
  return { resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords }] }] }
}

const LOGS = [
  log('GET /healthz 200', 9, { route: '/healthz' }),
  log('payment failed', 17, { route: '/pay' }),
  log('cache miss', 5),
  log('GET /healthz 500', 17, { route: '/healthz' }),
]

function dropped(processors: Readonly<Record<string, unknown>>, sent: LogsRequest): string[] {
  const deps = testDeps()
  const batch = scanned(sent)
  build(processors, deps).process(batch, 1)
  return reasons(batch, deps)
}

const RULES = {
  logs: {
    log_record: [
      'severity_number < SEVERITY_NUMBER_INFO',
      'attributes["route"] == "/healthz" and IsMatch(body, "200$")',
    ],
  },
}

describe('filter', () => {
  itKeepsTheContract({
    make: (deps) => build({ filter: RULES }, deps).processors[0]!,
    requests: [
      request('a', ...LOGS),
      request('b', ...LOGS.slice(1), {}),
      request('c', log('x', 1), log('y', 20)),
    ],
  })

  it('drops what any of its conditions is true for, under its own name', () => {
    expect(dropped({ 'filter/noisy': RULES }, request('a', ...LOGS))).toEqual([
      'filter/noisy',
      '',
      'filter/noisy',
      '',
    ])
  })

  it('names the first of several that would drop a record', () => {
    const debug = { log_conditions: ['log.severity_number < 9'] }
    expect(
      dropped(
        { 'filter/debug': debug, filter: { logs: { log_record: ['severity_number < 17'] } } },
        request('a', ...LOGS),
      ),
    ).toEqual(['filter', '', 'filter/debug', ''])
  })

  it('drops whole resources', () => {
    const sent = {
      resourceLogs: [request('noisy', ...LOGS), request('quiet', ...LOGS)].flatMap((r) => r.resourceLogs!),
    }
    for (const rules of [
      { logs: { resource: ['attributes["service.name"] == "noisy"'] } },
      { log_conditions: ['resource.attributes["service.name"] == "noisy"'] },
      { log_conditions: [{ context: 'resource', conditions: ['attributes["service.name"] == "noisy"'] }] },
    ])
      expect(dropped({ filter: rules }, sent)).toEqual([...Array(4).fill('filter'), ...Array(4).fill('')])
  })

  it('under dryRun drops nothing and counts what it would drop', () => {
    const deps = testDeps()
    const pipeline = build({ 'filter/try': { ...RULES, dryRun: true } }, deps)
    const batch = scanned(request('a', ...LOGS))
    pipeline.process(batch, 1)
    expect(reasons(batch, deps)).toEqual(['', '', '', ''])
    pipeline.committed(1)
    expect(pipeline.rules().get('filter/try')).toMatchObject([
      {
        rule: 'logs.log_record[0]',
        condition: RULES.logs.log_record[0],
        dryRun: true,
        matched: 1,
        failed: 0,
      },
      { rule: 'logs.log_record[1]', dryRun: true, matched: 1 },
    ])
  })

  it('counts only what was committed', () => {
    const pipeline = build({ filter: RULES }, testDeps())
    const matched = () =>
      pipeline
        .rules()
        .get('filter')!
        .map((rule) => rule.matched)
    pipeline.process(scanned(request('a', ...LOGS)), 1)
    pipeline.process(scanned(request('a', ...LOGS)), 1)
    pipeline.process(scanned(request('a', ...LOGS)), 2)
    expect(matched()).toEqual([0, 0])
    pipeline.refused(1)
    expect(matched()).toEqual([0, 0])
    pipeline.committed(2)
    expect(matched()).toEqual([1, 1])
  })
})

describe('a condition that can not be evaluated', () => {
  const conditions = ['HasPrefix(attributes["route"], "/pay")', 'severity_number >= 17']

  it.each([
    ['ignore', ['', 'filter', '', 'filter']],
    ['silent', ['', 'filter', '', 'filter']],
    // The last record has a number for a route: nothing after the failure is tried, and it is kept.
    ['propagate', ['', 'filter', '', '']],
  ])('%s', (error_mode, expected) => {
    const deps = testDeps()
    const pipeline = build({ filter: { error_mode, logs: { log_record: conditions } } }, deps)
    const sent = request('a', LOGS[0]!, LOGS[1]!, LOGS[2]!, log('x', 17, { route: 5 }))
    const batch = scanned(sent)
    pipeline.process(batch, 1)
    pipeline.committed(1)
    expect(reasons(batch, deps)).toEqual(expected)
    expect(deps.failures).toBe(2)
    expect(
      pipeline
        .rules()
        .get('filter')!
        .map((rule) => rule.failed),
    ).toEqual([2, 0])
    expect(deps.warnings).toEqual(
      error_mode === 'silent'
        ? []
        : [
            {
              fields: {
                processor: 'filter',
                rule: 'logs.log_record[0]',
                failures: 2,
                reason: 'HasPrefix needs a string, but the value is int',
              },
              message: 'A condition could not be evaluated; the records were not dropped by it',
            },
          ],
    )
  })

  it('a group has its own error mode', () => {
    const sent = request('a', log('x', 17, { route: 5 }))
    const groups = (first: string) => ({
      error_mode: 'ignore',
      log_conditions: [{ error_mode: first, conditions: [conditions[0]!] }, conditions[1]!],
    })
    expect(dropped({ filter: groups('propagate') }, sent)).toEqual([''])
    expect(dropped({ filter: groups('silent') }, sent)).toEqual(['filter'])
  })

  it('is logged once a minute, with what was left out', () => {
    const deps = testDeps()
    const pipeline = build({ filter: { logs: { log_record: ['Len(attributes["route"]) > 9'] } } }, deps)
    const bad = request('a', log('x', 1, { route: 5 }))
    const counts = () => deps.warnings.map(({ fields }) => (fields as { failures: number }).failures)
    for (let i = 0; i < 5; i++) pipeline.process(scanned(bad), i)
    expect(counts()).toEqual([1])
    deps.nowMsValue += 60_000
    pipeline.process(scanned(bad), 5)
    expect(counts()).toEqual([1, 5])
  })
})
