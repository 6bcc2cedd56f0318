import { Outcomes } from '../../src/otlp/outcomes.ts'
import { newBatch, scanRequest } from '../../src/otlp/scan/index.ts'
import { SeriesTracker } from '../../src/processors/cardinality-limit/series-tracker.ts'
import { FoldEngine } from '../../src/processors/fold/engine.ts'
import { buildPipeline, type Pipeline, parseProcessors } from '../../src/processors/pipeline.ts'
import { encodeLogsRequest, type LogRecord, stringAttributes } from '../../test/otlp/proto.ts'
import { SCAN_OUTCOMES } from '../../test/otlp/scan-outcomes.ts'

/**
 * What rules cost per record, beside the scan of the same request in the same run:
 * `node bench/micro/filter.bench.ts`. No rule matches, so that every record meets every rule.
 */

const RECORDS = 1000
const LIMITS = { recordsPerRequestMax: 1e6, attributesPerRecordMax: 1000 }

const RULES: Readonly<Record<string, string>> = {
  'a severity': 'severity_number < SEVERITY_NUMBER_DEBUG',
  'a resource attribute': 'resource.attributes["k8s.namespace.name"] == "kube-system"',
  'a pattern of fixed text': 'IsMatch(body, ".*password.*")',
  'an anchored pattern': 'IsMatch(body, "^(GET|HEAD) /(healthz|readyz)")',
  'a pattern without case': 'IsMatch(body, "(?i)heartbeat")',
  'a pattern with a class': 'IsMatch(body, "user=\\\\d+ deleted")',
  'an attribute': 'attributes["http.route"] == "/metrics"',
  'an attribute and a number':
    'attributes["http.method"] == "OPTIONS" and attributes["http.status_code"] < 400',
  'a missing attribute': 'attributes["debug"] != nil and attributes["debug"] == true',
  'a scope': 'scope.name == "io.example.noisy" or HasPrefix(scope.name, "internal.")',
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

function record(i: number): LogRecord {
  return {
    timeUnixNano: String(1_700_000_000_000_000_000n + BigInt(i)),
    severityNumber: 9 + 4 * (i % 3),
    severityText: ['INFO', 'WARN', 'ERROR'][i % 3]!,
    body: {
      stringValue: `order ${i} of customer ${(i * 7919) % 10007} was placed in ${i % 97} ms, 3 items, paid by card`,
    },
    traceId: Buffer.alloc(16, i),
    spanId: Buffer.alloc(8, i),
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

const bytes = encodeLogsRequest({
  resourceLogs: [
    {
      resource: { attributes: RESOURCE },
      scopeLogs: [
        {
          scope: { name: 'com.example.orders' },
          logRecords: Array.from({ length: RECORDS }, (_, i) => record(i)),
        },
      ],
    },
  ],
})

function pipelineOf(...conditions: string[]): Pipeline {
  const parsed = parseProcessors({ filter: { log_conditions: conditions } })
  if ('issues' in parsed) throw new Error(parsed.issues[0]!.message)
  return buildPipeline(parsed.plan, {
    outcomes: new Outcomes(),
    series: new SeriesTracker({ seriesMax: 1000, metricsMax: 100, idleAfterMs: 60_000, nowMs: Date.now }),
    labelValues: new SeriesTracker({
      seriesMax: 1000,
      metricsMax: 100,
      idleAfterMs: 60_000,
      nowMs: Date.now,
    }),
    folds: new FoldEngine({
      membersMax: 1000,
      foldsMax: 100,
      bucketsMax: 1000,
      idleAfterMs: 60_000,
      instance: 'bench',
      nowMs: Date.now,
    }),
    nowMs: Date.now,
    random: Math.random,
    evaluationFailed: () => {},
    log: { warn: () => {} },
  })
}

const batch = newBatch('logs')
const scan = (): void => scanRequest(batch, bytes, LIMITS, SCAN_OUTCOMES)
scan()

/** CPU time per record, the median of five: on a shared machine wall time says more about the neighbours. */
function cpuNs(run: () => void): number {
  for (let i = 0; i < 300; i++) run()
  const rounds = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage()
    for (let i = 0; i < 200; i++) run()
    const { user, system } = process.cpuUsage(before)
    return ((user + system) * 1000) / 200 / RECORDS
  })
  return rounds.sort((a, b) => a - b)[2]!
}

function applying(...conditions: string[]): () => void {
  const pipeline = pipelineOf(...conditions)
  return () => {
    batch.openVerdicts()
    pipeline.process(batch, 1)
  }
}

const scanNs = cpuNs(scan)
function report(name: string, ns: number): void {
  console.log(
    `${name.padEnd(28)} ${ns.toFixed(0).padStart(6)} ns/record ${((100 * ns) / scanNs).toFixed(0).padStart(5)} % of scan`,
  )
}

console.log(`${RECORDS} records of ${Math.round(bytes.length / RECORDS)} bytes, Node ${process.version}`)
report('scan', scanNs)
report(`${Object.keys(RULES).length} rules`, cpuNs(applying(...Object.values(RULES))))
for (const [name, rule] of Object.entries(RULES)) report(`  ${name}`, cpuNs(applying(rule)))
report('drop everything', cpuNs(applying('true')))
