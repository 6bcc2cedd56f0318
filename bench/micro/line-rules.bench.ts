import { newBatch, scanRequest } from '../../src/otlp/scan/index.ts'
import { LineRules } from '../../src/tail/rules/line-rules.ts'
import { encodeLogsRequest, stringAttributes } from '../../test/otlp/proto.ts'
import { SCAN_OUTCOMES } from '../../test/otlp/scan-outcomes.ts'
import { build } from '../../test/processors/filter/build.ts'
import { testDeps } from '../../test/processors/kit.ts'
import { lineBatch } from '../../test/tail/support/line-batch.ts'

/**
 * What it costs to say which rule will drop a live line, by how many lines come at once, beside scan and rules of the same lines as
 * OTLP in the same run: `node bench/micro/line-rules.bench.ts`. No rule matches, so that every line meets every rule.
 */

const LIMITS = { recordsPerRequestMax: 1e6, attributesPerRecordMax: 1000 }
const RULES = {
  'select_logs/ours': { exclude: [{ namespaces: ['kube-*'] }] },
  'filter/health': { logs: { log_record: ['IsMatch(body, "^(GET|HEAD) /(healthz|readyz)")'] } },
  'filter/noise': { logs: { log_record: ['IsMatch(body, "(?i)heartbeat")', 'body == "ping"'] } },
}
const RESOURCE = {
  'service.name': 'checkout',
  'k8s.namespace.name': 'production',
  'k8s.pod.name': 'checkout-7d9f8b6c5-x2x4z',
  'k8s.pod.uid': '5c3a8f0e-7a55-4d55-9d0e-0a86e1f4d3a1',
  'k8s.node.name': 'node-17',
  'k8s.container.name': 'app',
}

/** CPU time of a run, the least of five: on a shared machine the others measure the neighbours. */
function cpuUs(runs: number, run: () => unknown): number {
  for (let i = 0; i < runs; i++) run()
  const rounds = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage()
    for (let i = 0; i < runs; i++) run()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / runs
  })
  return Math.min(...rounds)
}

function measure(lines: number): void {
  const texts = Array.from(
    { length: lines },
    (_, i) => `order ${i} was placed in ${i % 97} ms, 3 items, paid by card`,
  )
  const pipeline = build(RULES, testDeps())
  const rules = new LineRules({ pipeline })
  const batch = lineBatch(texts.map((text) => ({ text })))
  const logRecords = texts.map((stringValue) => ({ timeUnixNano: '1', body: { stringValue } }))
  const resource = { attributes: stringAttributes(RESOURCE) }
  const bytes = encodeLogsRequest({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] })
  const scanned = newBatch('logs')
  const runs = Math.ceil(20_000 / lines)
  const marked = cpuUs(runs, () => rules.apply(RESOURCE, batch)) / lines
  const received =
    cpuUs(runs, () => {
      scanRequest(scanned, bytes, LIMITS, SCAN_OUTCOMES)
      pipeline.process(scanned, 1)
      pipeline.refused(1)
    }) / lines
  const figures = `${marked.toFixed(2)} µs/line, as OTLP ${received.toFixed(2)}, ratio ${(marked / received).toFixed(2)}`
  console.log(`${String(lines).padStart(5)} at once: ${figures}`)
}

console.log(`3 processors with 4 rules, Node ${process.version}`)
for (const lines of [1, 10, 100, 1000]) measure(lines)
