import { newBatch, scanRequest } from '../../src/otlp/scan/index.ts'
import { fingerprintSeries } from '../../src/otlp/series/fingerprint.ts'
import { notesOf } from '../../src/processors/pipeline.ts'
import {
  encodeLogsRequest,
  encodeMetricsRequest,
  encodeTracesRequest,
  type LogRecord,
  stringAttributes,
} from '../../test/otlp/proto.ts'
import { SCAN_OUTCOMES } from '../../test/otlp/scan-outcomes.ts'
import { benchPipeline } from './rules/pipeline.ts'

/**
 * What the other processors cost per record: `node bench/micro/processors.bench.ts`. A processor that changes a batch
 * needs a fresh one each round, so the scan is measured with it and taken off.
 */

const RECORDS = 1000
const RESOURCES = 10
const LIMITS = { recordsPerRequestMax: 1e6, attributesPerRecordMax: 1000 }

type Entry = { readonly config: Readonly<Record<string, unknown>>; readonly body: (i: number) => string }

const plain = (i: number): string =>
  `order ${i} of customer ${(i * 7919) % 10007} was placed in ${i % 97} ms, 3 items, paid by card`

/** One per processor and case. */
const ENTRIES: Readonly<Record<string, Entry>> = {
  'select_logs, keeps all': {
    config: {
      select_logs: {
        include: [{ namespaces: ['production'] }, { podLabels: 'app=checkout,tier in (front, back)' }],
        exclude: [{ workloads: ['*/load-test-*'] }],
      },
    },
    body: plain,
  },
  'select_logs, drops all': { config: { select_logs: { include: [{ namespaces: ['x'] }] } }, body: plain },
  'severity, JSON': {
    config: { severity: {} },
    body: (i) => `{"time":"2024-01-01T00:00:00Z","level":"info","msg":"${plain(i)}"}`,
  },
  'severity, plain text': {
    config: { severity: {} },
    body: (i) => `2024-01-01 00:00:00 [main] INFO ${plain(i)}`,
  },
  'attributes, upsert and delete': {
    config: {
      attributes: {
        actions: [
          { key: 'env', value: 'production', action: 'upsert' },
          { key: 'thread.name', action: 'delete' },
        ],
      },
    },
    body: plain,
  },
  'attributes, nothing to do': {
    config: { attributes: { actions: [{ key: 'password', action: 'delete' }] } },
    body: plain,
  },
  'resource, insert': {
    config: { resource: { attributes: [{ key: 'env', value: 'production', action: 'insert' }] } },
    body: plain,
  },
  'redact, nothing to find': { config: { redact: {} }, body: plain },
  'redact, one address a record': {
    config: { redact: {} },
    body: (i) => `order ${i} of user${i}@example.com was placed in ${i % 97} ms, 3 items, paid by card`,
  },
  'redact, nothing, a pattern of RE2': {
    config: { redact: { custom: { order_number: 'ORD-[0-9]{6}' } } },
    body: plain,
  },
  'sample, by trace id or record': { config: { sample: { sampling_percentage: 10 } }, body: plain },
  'throttle, one key': { config: { throttle: { recordsPerSecond: 1e9, by: ['k8s.pod.name'] } }, body: plain },
  'dedup, all different': { config: { dedup: { keysMax: 1 } }, body: plain },
  'dedup, all the same': {
    config: {
      dedup: {
        exclude_fields: [
          'attributes.http\\.target',
          'attributes.thread\\.name',
          'attributes.http\\.status_code',
        ],
      },
    },
    body: () => plain(1),
  },
  'severity, nothing to find': { config: { severity: {} }, body: plain },
}

const RESOURCE = stringAttributes({
  'service.name': 'checkout',
  'service.version': '1.42.0',
  'k8s.namespace.name': 'production',
  'k8s.pod.name': 'checkout-7d9f8b6c5-x2x4z',
  'k8s.node.name': 'node-17',
  'k8s.container.name': 'app',
  'deployment.environment.name': 'production',
  'host.arch': 'amd64',
})

function record(i: number, body: string): LogRecord {
  return {
    timeUnixNano: String(1_700_000_000_000_000_000n + BigInt(i)),
    body: { stringValue: body },
    attributes: [
      ...stringAttributes({
        'http.method': 'POST',
        'http.route': '/orders/{id}',
        'http.target': `/orders/${i}`,
        'thread.name': `worker-${i % 16}`,
        'code.function': 'placeOrder',
      }),
      { key: 'http.status_code', value: { intValue: 200 + (i % 4) } },
    ],
  }
}

function requestOf(body: (i: number) => string): Buffer {
  const each = RECORDS / RESOURCES
  return encodeLogsRequest({
    resourceLogs: Array.from({ length: RESOURCES }, (_, resource) => ({
      resource: { attributes: RESOURCE },
      scopeLogs: [
        {
          scope: { name: 'com.example.orders' },
          logRecords: Array.from({ length: each }, (_, i) => record(resource * each + i, body(i))),
        },
      ],
    })),
  })
}

/** CPU time per record, the least of five: on a shared machine the others measure the neighbours. */
function cpuNs(run: () => void): number {
  for (let i = 0; i < 200; i++) run()
  const rounds = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage()
    for (let i = 0; i < 150; i++) run()
    const { user, system } = process.cpuUsage(before)
    return ((user + system) * 1000) / 150 / RECORDS
  })
  return Math.min(...rounds)
}

/** Of points, whose series are made out before: a tenth pass, as of one a minute of a metric sent every six seconds. */
function measureInterval(): void {
  const pipeline = benchPipeline({ interval: {} })
  const dataPoints = Array.from({ length: RECORDS }, (_, i) => ({
    timeUnixNano: BigInt(60 + 6 * (i % 10)) * 1_000_000_000n,
    asInt: i,
    attributes: stringAttributes({ path: `/orders/${Math.floor(i / 10)}` }),
  }))
  const metrics = [{ name: 'requests', sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints } }]
  const bytes = encodeMetricsRequest({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] })
  const batch = newBatch('metrics')
  const scan = (): void => {
    scanRequest(batch, bytes, LIMITS, SCAN_OUTCOMES)
    batch.tenants.push('default')
    fingerprintSeries(batch)
  }
  report('interval', scan, () => pipeline.process(batch, 1))
}

/** Of spans, half of them clients and half the servers that they call; spread over as many operations as a small cluster has. */
function measureSpans(name: string, config: Readonly<Record<string, unknown>>): void {
  const pipeline = benchPipeline(config)
  const each = RECORDS / RESOURCES
  const startTimeUnixNano = 1_700_000_000_000_000_000n
  const spanOf = (i: number) => {
    const call = Buffer.alloc(8)
    call.writeUInt32LE(1 + Math.floor(i / 2))
    const own =
      i % 2 === 0 ? { spanId: call, kind: 3 } : { spanId: Buffer.alloc(8, i), parentSpanId: call, kind: 2 }
    return {
      ...own,
      traceId: Buffer.alloc(16, 1 + (Math.floor(i / 2) % 100)),
      name: `GET /orders/${i % 20}`,
      startTimeUnixNano,
      endTimeUnixNano: startTimeUnixNano + BigInt((i * 7919) % 1000) * 1_000_000n,
      attributes: stringAttributes({
        'http.route': `/orders/${i % 20}`,
        'http.request.method': 'GET',
        'url.path': `/orders/${i}`,
      }),
    }
  }
  const bytes = encodeTracesRequest({
    resourceSpans: Array.from({ length: RESOURCES }, (_, resource) => ({
      resource: { attributes: RESOURCE },
      scopeSpans: [{ spans: Array.from({ length: each }, (_, i) => spanOf(resource * each + i)) }],
    })),
  })
  const batch = newBatch('traces')
  let commit = 0
  const scan = (): void => {
    scanRequest(batch, bytes, LIMITS, SCAN_OUTCOMES)
    batch.tenants.push('default')
  }
  report(name, scan, () => {
    pipeline.process(batch, commit)
    pipeline.joined(batch, commit)
    notesOf(pipeline.processors, commit)
    pipeline.committed(commit++)
  })
}

function measure(name: string, { config, body }: Entry): void {
  const pipeline = benchPipeline(config)
  const bytes = requestOf(body)
  const batch = newBatch('logs')
  const scan = (): void => {
    scanRequest(batch, bytes, LIMITS, SCAN_OUTCOMES)
    batch.tenants.push('default')
  }
  report(name, scan, () => pipeline.process(batch, 1))
}

function report(name: string, scan: () => void, process: () => void): void {
  const scanNs = cpuNs(scan)
  const bothNs = cpuNs(() => {
    scan()
    process()
  })
  const ns = bothNs - scanNs
  const share = ((100 * ns) / scanNs).toFixed(0)
  console.log(`${name.padEnd(32)} ${ns.toFixed(0).padStart(6)} ns/record ${share.padStart(5)} % of scan`)
}

console.log(`${RECORDS} records, Node ${process.version}`)
for (const [name, entry] of Object.entries(ENTRIES)) measure(name, entry)
measureInterval()
measureSpans('span_metrics, no exemplars', { span_metrics: { exemplars: { enabled: false } } })
measureSpans('span_metrics', { span_metrics: { metrics_flush_interval: '15s' } })
measureSpans('span_metrics, a dimension', { span_metrics: { dimensions: [{ name: 'http.route' }] } })
measureSpans('service_graph', { service_graph: {} })
