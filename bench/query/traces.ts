import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { pino } from 'pino'
import type { Database } from '../../src/store/database.ts'
import { createEmbeddedEngine } from '../../src/store/engine/embedded.ts'
import { migrate } from '../../src/store/migrations/migrate.ts'
import { type Answer, startTestApi } from '../../test/query/support.ts'
import { quantile } from '../schema/clickhouse.ts'
import { table } from '../schema/report.ts'
import { calibrate } from '../support/calibration.ts'
import { describeOrigin, origin } from '../support/results.ts'

/**
 * Jaeger's and Tempo's questions over HTTP, each by itself, on an hour of spans: chains of ten, over twenty services, and one
 * trace of 100,000. Half of the spans are another tenant's.
 */
type Options = { readonly spans: number; readonly times: number }

const MEMORY_BYTES_MAX = 6 * 1024 ** 3
const READY_WITHIN_MS = 60_000
const LARGE_SPANS = 100_000
const HOUR_S = 3_600

/** Ids are made by ClickHouse: md5 of the trace's number, the span's own number. */
async function fill(writer: Database, spans: number, startS: number): Promise<void> {
  const row = (trace: string, tenant: string, place: string) => `
    INSERT INTO spans (TenantId, AppId, ServiceName, Timestamp, Duration, ResourceFingerprint, GatewayId, Seq, RetentionDays,
      TraceId, SpanId, ParentSpanId, SpanName, SpanKind, StatusCode, SpanAttributes, SpanAttributeTypes)
    SELECT ${tenant}, concat('app', toString(number % 20)), concat('app', toString(number % 20)),
      fromUnixTimestamp64Nano(toInt64(${startS}) * 1000000000 + ${place}), 1000000 + number % 1000 * 100000, number % 200, 'bench', number, 30,
      MD5(${trace}), toFixedString(reinterpretAsString(number + 1), 8),
      if(number % 10 = 0, toFixedString('', 8), toFixedString(reinterpretAsString(number), 8)),
      concat('operation ', toString(number % 50)), number % 6, if(number % 97 = 0, 2, 0),
      map('http.route', concat('/r', toString(number % 30)), 'http.response.status_code', if(number % 97 = 0, '500', '200')), 'si'`
  const place = `toInt64(intDiv(number, 10) * ${HOUR_S} * 1000000000.0 / ${spans / 10}) + number % 10 * 1000`
  const tenant = `if(intDiv(number, 10) % 2 = 0, 'default', 'other')`
  await writer.command(`${row('toString(intDiv(number, 10))', tenant, place)} FROM numbers(${spans})`)
  await writer.command(`${row(`'large'`, `'default'`, 'number * 1000')} FROM numbers(${LARGE_SPANS})`)
  await writer.command(`
    INSERT INTO trace_times (TenantId, TraceId, Day, RetentionDays, Start, End)
    SELECT TenantId, TraceId, toDate(Timestamp), 30, min(Timestamp), max(addNanoseconds(Timestamp, Duration)) FROM spans
    GROUP BY TenantId, TraceId, toDate(Timestamp)`)
  await writer.command(`
    INSERT INTO resources (TenantId, ResourceFingerprint, Day, RetentionDays, Attributes, AttributeTypes)
    SELECT DISTINCT TenantId, ResourceFingerprint, toDate(Timestamp), 30, map('host.name', toString(ResourceFingerprint)), 's' FROM spans`)
}

function questions(
  startS: number,
  id: string,
  large: string,
): ReadonlyArray<readonly [name: string, path: string]> {
  const range = `start=${startS - 60}&end=${startS + HOUR_S + 60}`
  const micros = `start=${startS - 60}000000&end=${startS + HOUR_S + 60}000000`
  const q = (condition: string) => `/tempo/api/search?${range}&q=${encodeURIComponent(`{ ${condition} }`)}`
  return [
    ['Jaeger: services', '/jaeger/api/services'],
    ['Jaeger: operations', '/jaeger/api/services/app3/operations'],
    ['Jaeger: a trace of 10', `/jaeger/api/traces/${id}`],
    ['Jaeger: a trace of 100,000', `/jaeger/api/traces/${large}`],
    ['Jaeger: search, 20 traces', `/jaeger/api/traces?service=app3&limit=20&${micros}`],
    [
      'Jaeger: search by tags',
      `/jaeger/api/traces?service=app3&limit=20&tags=${encodeURIComponent('{"error":"true"}')}&${micros}`,
    ],
    ['Jaeger: dependencies', `/jaeger/api/dependencies?endTs=${startS + HOUR_S}000&lookback=${HOUR_S}000`],
    ['Tempo: a trace of 100,000, JSON', `/tempo/api/v2/traces/${large}`],
    ['Tempo: { }', q('')],
    ['Tempo: name and status', q('name = "operation 7" && status = error')],
    ['Tempo: an attribute of spans', q('span.http.response.status_code = 500')],
    ['Tempo: an attribute of resources', q('resource.host.name =~ "1[0-9]"')],
    ['Tempo: an unscoped attribute', q('.host.name = "17"')],
    ['Tempo: rootName', q('rootName = "operation 10" && duration > 90ms')],
    ['Tempo: traceDuration', q('traceDuration > 100ms')],
    ['Tempo: tags', `/tempo/api/v2/search/tags?${range}`],
    ['Tempo: values', `/tempo/api/v2/search/tag/span.http.route/values?${range}`],
  ]
}

async function main({ spans, times }: Options): Promise<void> {
  const began = origin(calibrate())
  const directory = await mkdtemp(join(tmpdir(), 'weir-bench-traces-'))
  const engine = createEmbeddedEngine({
    directory,
    memoryBytesMax: MEMORY_BYTES_MAX,
    log: pino({ level: 'silent' }),
  })
  engine.start()
  try {
    await engine.ready(AbortSignal.timeout(READY_WITHIN_MS))
    await migrate(engine.writer)
    const startS = Math.floor(Date.now() / 1000) - HOUR_S
    await fill(engine.writer, spans, startS)
    const [ids] = await engine.reader.rows<{ id: string; large: string }>(
      `SELECT lower(hex(MD5('0'))) AS id, lower(hex(MD5('large'))) AS large`,
      {},
    )
    const api = await startTestApi({ reader: engine.reader })
    const lines: string[][] = []
    for (const [name, path] of questions(startS, ids!.id, ids!.large))
      lines.push([name, ...(await measure(api.get, path, times))])
    await api.stop()
    console.log(`\n${spans} spans\n\n${table(['question', 'p50 ms', 'max ms', 'KiB'], lines)}`)
    console.log(`\n${describeOrigin(began)}\ncommand: ${began.command}`)
  } finally {
    await engine.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

/** Medians after a run that warms up. A question that is refused fails the bench. */
async function measure(
  ask: (path: string) => Promise<Answer>,
  path: string,
  times: number,
): Promise<string[]> {
  const tookMs: number[] = []
  let bytes = 0
  for (let i = 0; i <= times; i++) {
    const from = performance.now()
    const answer = await ask(path)
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`)
    bytes = answer.bytes.length
    if (i > 0) tookMs.push(performance.now() - from)
  }
  return [quantile(tookMs, 0.5), Math.max(...tookMs), bytes / 1024].map((value) => String(Math.round(value)))
}

const command = new Command('traces')
  .option('--spans <n>', 'spans, half of them the tenant’s', Number, 2e6)
  .option('--times <n>', 'runs of each question', Number, 7)
  .parse()
await main(command.opts<Options>())
