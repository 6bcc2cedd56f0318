import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Signal } from '../../src/otlp/batch.ts'
import { encodeLogsRequest, encodeMetricsRequest, encodeTracesRequest } from '../otlp/proto.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { postProtobuf } from './support/post-protobuf.ts'
import { metricsRequest as randomMetrics } from './support/random-metrics.ts'
import { request as randomLogs } from './support/random-request.ts'
import { tracesRequest as randomTraces } from './support/random-traces.ts'
import { NOW_NS } from './support/random-values.ts'

/**
 * Scenario: rules are tried on the stored history of a gateway without rules; another gateway, that has the rules in force
 * from the start, gets the same requests. Guarantees: what a trial says it would remove is what the other's ledger says it
 * removed, rule by rule and signal by signal, for requests of every shape; nothing is written by a trial.
 */

const RULES = `
processors:
  filter/try:
    logs:
      resource: ['IsString(resource.attributes["service.name"]) and Len(resource.attributes) > 3']
      log_record:
        - severity_number >= SEVERITY_NUMBER_WARN and severity_number < SEVERITY_NUMBER_FATAL
        - IsMap(body) or IsList(body)
        - IsInt(attributes["http.status_code"]) or Len(attributes) == 2
        - IsBool(body) or IsDouble(body)
        - HasPrefix(severity_text, "a") or event_name == ""
    traces:
      span:
        - kind == SPAN_KIND_SERVER or status.code == STATUS_CODE_ERROR
        - Len(events) > 1 and Len(links) == 0
        - end_time - start_time > Duration("30m")
    metrics:
      metric: ['type == METRIC_DATA_TYPE_SUM and is_monotonic == true', 'type == METRIC_DATA_TYPE_SUMMARY']
      datapoint:
        - value_int > 5 or value_double > 1000.0
        - metric.type == METRIC_DATA_TYPE_HISTOGRAM and Len(explicit_bounds) > 1
        - metric.type == METRIC_DATA_TYPE_EXPONENTIAL_HISTOGRAM and scale > 0
        - Len(exemplars) == 2
        - Len(exemplars) == 1
`

/** Own metrics would be part of the history. */
const QUIET = 'telemetry: {metricsIntervalMs: 0}\n'
const SEED = 7
const HOUR_NS = 3_600_000_000_000n
const sampleOf = <T>(shape: fc.Arbitrary<T>): T[] =>
  fc.sample(shape, { numRuns: 16, seed: SEED }).map((message) => lately(message) as T)
const [logs, traces, metrics] = [sampleOf(randomLogs), sampleOf(randomTraces), sampleOf(randomMetrics)]
const requests: ReadonlyArray<readonly [Signal, Buffer]> = [
  ...logs.map((one) => ['logs', encodeLogsRequest(one)] as const),
  ...traces.map((one) => ['traces', encodeTracesRequest(one)] as const),
  ...metrics.map((one) => ['metrics', encodeMetricsRequest(one)] as const),
]

/** The same with all times in one hour: each day would be an insert of its own. Spans last as long as they did. */
function lately(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lately)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  const fields = Object.entries(value).map(([name, field]) => [
    name,
    /TimeUnixNano$|^timeUnixNano$/.test(name) ? inOneHour(field as bigint) : lately(field),
  ])
  const message = Object.fromEntries(fields) as Record<string, bigint>
  const { endTimeUnixNano: end, startTimeUnixNano: start } = value as Record<string, bigint | undefined>
  if (end === undefined || start === undefined) return message
  return { ...message, endTimeUnixNano: end < start ? end : message.startTimeUnixNano! + (end - start) }
}

function inOneHour(time: bigint): bigint {
  return time === 0n ? 0n : NOW_NS - 2n * HOUR_NS + (time % HOUR_NS)
}

/** How many records stand in lists of this name. */
function recordsIn(message: unknown, list: string): number {
  if (typeof message !== 'object' || message === null || message instanceof Uint8Array) return 0
  return Object.entries(message).reduce(
    (sum, [name, value]) => sum + (name === list ? (value as unknown[]).length : recordsIn(value, list)),
    0,
  )
}
const RECEIVED = {
  logs: recordsIn(logs, 'logRecords'),
  traces: recordsIn(traces, 'spans'),
  metrics: recordsIn(metrics, 'dataPoints'),
}

/** Each field is set to something, as compactly as protobuf can: its bytes are known when it is read back. */
const exact = {
  resourceLogs: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'exact' } }] },
      scopeLogs: [
        {
          scope: { name: 's' },
          logRecords: Array.from({ length: 300 }, (_, i) => ({
            timeUnixNano: NOW_NS - BigInt(i) * 1_000_000_000n,
            observedTimeUnixNano: NOW_NS,
            severityNumber: 5,
            body: { stringValue: `line ${i}`.repeat(1 + (i % 40)) },
            attributes: [
              { key: 'n', value: { intValue: i } },
              { key: 'f', value: { doubleValue: i / 7 } },
              { key: 'ok', value: { boolValue: true } },
            ],
          })),
        },
      ],
    },
  ],
}

let plain: TestGateway
let ruled: TestGateway
beforeAll(async () => {
  plain = await startTestGateway(QUIET)
  ruled = await startTestGateway(`${QUIET}${RULES}`)
})
afterAll(async () => {
  await plain.stop()
  await ruled.stop()
})

type Removal = { signal: string; records: number; bytes: number; recordsShare: number }
type Rules = {
  received: { signal: Signal; records: number; bytes: number }[]
  rules: { rule: string; removed: Removal[]; matched: number; samples: { request: object }[] }[]
}
type Tried = Rules & {
  complete: boolean
  stoppedBy?: string
  signals: { signal: Signal; stored: number; records: number; bytes: number }[]
}

async function asked<Body>(url: string, init: RequestInit = {}): Promise<Body> {
  const answer = await fetch(url, init)
  expect([answer.status, answer.status === 200 ? '' : await answer.text()]).toEqual([200, ''])
  return (await answer.json()) as Body
}

const RANGE = { start: String(NOW_NS - 40n * 86_400_000_000_000n), end: String(NOW_NS + 7_200_000_000_000n) }

function tried(processors: string, range: Record<string, string> = RANGE): Promise<Tried> {
  const body = new URLSearchParams({ processors, ...range })
  return asked(`${plain.urls.api}/api/v1/rules/try`, { method: 'POST', body })
}

const everything = `start=0`
const ledgerOf = (gateway: TestGateway): Promise<Rules> =>
  asked(`${gateway.urls.api}/api/v1/rules?${everything}`)

/** Waits until both gateways' ledgers know of `records` received records of each signal. */
async function settled(expected: Partial<Record<Signal, number>>): Promise<void> {
  for (const gateway of [plain, ruled])
    await expect
      .poll(
        async () =>
          Object.fromEntries(
            (await ledgerOf(gateway)).received.map(({ signal, records }) => [signal, records]),
          ),
        { timeout: 40_000 },
      )
      .toEqual(expected)
}

const bySignal = (a: Removal, b: Removal): number => (a.signal < b.signal ? -1 : 1)
const counts = ({ rules }: Rules): object =>
  Object.fromEntries(
    rules.map(({ rule, removed }) => [
      rule,
      removed.sort(bySignal).map(({ signal, records }) => ({ signal, records })),
    ]),
  )

it('says of requests of every shape what the rules in force remove', async () => {
  for (const [signal, body] of requests)
    for (const { urls } of [plain, ruled])
      await fetch(`${urls.http}/v1/${signal}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf' },
        body: new Uint8Array(body),
      })
  await settled(RECEIVED)
  const before = await ledgerOf(ruled)

  // The ledger's rows may be inserted before those that it counts.
  await expect
    .poll(
      async () =>
        Object.fromEntries((await tried(RULES)).signals.map(({ signal, stored }) => [signal, stored])),
      { timeout: 40_000 },
    )
    .toEqual(RECEIVED)
  const trial = await tried(RULES)
  expect(trial.complete).toBe(true)
  expect(counts(trial)).toEqual(counts(before))
  for (const { rule, removed } of trial.rules) expect([rule, removed.length]).toEqual([rule, 1])
  for (const { rule, samples } of trial.rules) expect([rule, samples.length > 0]).toEqual([rule, true])
  // Nothing was written, and no rule of the gateway counted.
  expect(await ledgerOf(plain)).toMatchObject({ rules: [] })
})

it('counts bytes as their senders did, under dryRun as well', async () => {
  const body = encodeLogsRequest(exact)
  for (const { urls } of [plain, ruled]) await postProtobuf(urls.http, 'logs', body)
  await settled({ ...RECEIVED, logs: RECEIVED.logs + 300 })
  const block = (dryRun: boolean): string =>
    `filter/exact: {dryRun: ${dryRun}, logs: {log_record: ['attributes["n"] < 120 and attributes["ok"] == true and resource.attributes["service.name"] == "exact"']}}`
  await expect
    .poll(async () => (await tried(block(false))).signals[0]?.stored, { timeout: 40_000 })
    .toBe(RECEIVED.logs + 300)
  const trial = await tried(block(false))
  const [rule] = trial.rules
  expect(rule).toMatchObject({ matched: 120, removed: [{ signal: 'logs', records: 120 }] })
  expect((await tried(block(true))).rules[0]).toMatchObject({ removed: rule!.removed })

  ruled.rewrite(`${QUIET}processors: {${block(true)}}`)
  ruled.gateway.reload('test')
  // Another request, and the same records.
  await postProtobuf(ruled.urls.http, 'logs', Buffer.concat([body, Buffer.from([0x0a, 0x00])]))
  const dryRun = async (): Promise<unknown> =>
    (
      await asked<{ rules: { rule: string; wouldRemove: Removal[] }[] }>(
        `${ruled.urls.api}/api/v1/rules?${everything}`,
      )
    ).rules[0]!.wouldRemove.map(({ signal, records, bytes }) => ({ signal, records, bytes }))
  const { signal, records, bytes } = rule!.removed[0]!
  await expect.poll(dryRun, { timeout: 40_000 }).toEqual([{ signal, records, bytes }])
})

it('of more than it may read, looks at a share of every part of the range', async () => {
  const small = await startTestGateway(`${QUIET}query: {tryRowsMax: 1000}`)
  try {
    const logRecords = Array.from({ length: 5000 }, (_, i) => ({
      timeUnixNano: NOW_NS - BigInt(i) * 600_000_000n,
      body: { stringValue: i % 4 === 0 ? 'drop' : 'keep' },
    }))
    await postProtobuf(
      small.urls.http,
      'logs',
      encodeLogsRequest({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }),
    )
    const body = new URLSearchParams({
      processors: `filter: {logs: {log_record: ['body == "drop"']}}`,
      start: String(NOW_NS - 3_000_000_000_000n),
      end: String(NOW_NS + 1_000_000n),
    })
    const once = (): Promise<Tried> => asked(`${small.urls.api}/api/v1/rules/try`, { method: 'POST', body })
    await expect.poll(async () => (await once()).signals[0]?.stored, { timeout: 40_000 }).toBe(5000)
    const trial = await once()
    expect(trial).toMatchObject({ complete: false, stoppedBy: 'rows', signals: [{ records: 1000 }] })
    expect(trial.rules[0]!.removed[0]!.recordsShare).toBeCloseTo(0.25, 1)
  } finally {
    await small.stop()
  }
})

it('lives by the time of what is stored: rates, windows and what they generate', async () => {
  const own = await startTestGateway(QUIET)
  try {
    // The same line ten times a second, for ten seconds.
    const startNs = ((NOW_NS - HOUR_NS) / 1_000_000_000n) * 1_000_000_000n
    const logRecords = Array.from({ length: 100 }, (_, i) => ({
      timeUnixNano: startNs + BigInt(i) * 100_000_000n,
      body: { stringValue: 'again' },
    }))
    const message = { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }
    await postProtobuf(own.urls.http, 'logs', encodeLogsRequest(message))
    const once = (processors: string): Promise<Tried> =>
      asked(`${own.urls.api}/api/v1/rules/try`, {
        method: 'POST',
        body: new URLSearchParams({
          processors,
          start: String(startNs - HOUR_NS),
          end: String(startNs + HOUR_NS),
        }),
      })
    const throttle = 'throttle: {recordsPerSecond: 5}'
    await expect.poll(async () => (await once(throttle)).signals[0]?.stored, { timeout: 40_000 }).toBe(100)
    const rate = await once(throttle)
    expect(rate.rules).toMatchObject([
      { rule: 'rate', matched: 50, removed: [{ signal: 'logs', records: 50 }] },
    ])
    expect(rate.rules[0]!.samples).toHaveLength(4)
    expect(rate.signals).toMatchObject([{ records: 100, generated: 0 }])
    // Windows of four, four and two seconds: of each the first line passes, the others are one summary.
    const windows = await once('dedup: {interval: 4s}')
    expect(windows.rules).toMatchObject([{ rule: 'repeated', removed: [{ records: 97 }] }])
    expect(windows.signals).toMatchObject([{ records: 100, generated: 3 }])
  } finally {
    await own.stop()
  }
})

it('runs one trial at a time, and ends that of a client that leaves', async () => {
  const once = (signal: AbortSignal | null = null): Promise<number> => {
    const body = new URLSearchParams({ processors: RULES, ...RANGE })
    const init = { method: 'POST', body, signal }
    return fetch(`${plain.urls.api}/api/v1/rules/try`, init).then(({ status }) => status)
  }
  expect((await Promise.all([once(), once()])).sort()).toEqual([200, 503])
  const leaves = new AbortController()
  const left = once(leaves.signal).catch(() => 'left')
  // It holds the one place there is; then it is free again.
  await expect.poll(() => once(), { timeout: 10_000 }).toBe(503)
  leaves.abort()
  expect(await left).toBe('left')
  await expect.poll(() => once(), { timeout: 10_000 }).toBe(200)
})

it.each([
  ['', 'processors is empty'],
  [
    'filter/x: {logs: {log_record: ["bodi == 1"]}}',
    'line 1, column 32: ["filter/x"].logs.log_record[0]: line 1, column 1: a log has no bodi',
  ],
  [
    'processors:\n  filtr: {}',
    'line 2, column 3: processors.filtr: unknown kind of processor (did you mean filter?)',
  ],
  ['redact: {hashKey: "$' + '{env:HOME}"}', 'write what stands for it'],
  ['a: [', 'not valid YAML'],
])('refuses %j', async (processors, message) => {
  const body = new URLSearchParams({ processors })
  const answer = await fetch(`${plain.urls.api}/api/v1/rules/try`, { method: 'POST', body })
  expect(answer.status).toBe(400)
  expect(((await answer.json()) as { error: { message: string } }).error.message).toContain(message)
})
