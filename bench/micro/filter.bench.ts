import { newBatch, scanRequest } from '../../src/otlp/scan/index.ts'
import { encodeLogsRequest, type LogRecord, stringAttributes } from '../../test/otlp/proto.ts'
import { SCAN_OUTCOMES } from '../../test/otlp/scan-outcomes.ts'
import { benchPipeline } from './rules/pipeline.ts'
import { TYPICAL_RULES } from './rules/typical.ts'

/**
 * What rules cost per record, beside the scan of the same request in the same run:
 * `node bench/micro/filter.bench.ts`. No rule matches, so that every record meets every rule.
 */

const RECORDS = 1000
const LIMITS = { recordsPerRequestMax: 1e6, attributesPerRecordMax: 1000 }

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
        'http.request.method': 'POST',
        'http.route': '/orders/{id}',
        'http.target': `/orders/${i}`,
        'thread.name': `worker-${i % 16}`,
        'code.function': 'placeOrder',
      }),
      { key: 'http.response.status_code', value: { intValue: 200 + (i % 4) } },
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
  const pipeline = benchPipeline({ filter: { log_conditions: conditions } })
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
report(`${Object.keys(TYPICAL_RULES).length} rules`, cpuNs(applying(...Object.values(TYPICAL_RULES))))
for (const [name, rule] of Object.entries(TYPICAL_RULES)) report(`  ${name}`, cpuNs(applying(rule)))
report('drop everything', cpuNs(applying('true')))
