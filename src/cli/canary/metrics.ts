import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { MetricRow } from '../../telemetry/metric-table.ts'
import { createMetricsOf, type MetricsOf } from '../../telemetry/metrics.ts'
import { CommandError, EXIT } from '../exit-code.ts'
import { nowNs } from './clock.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { Report, SideReport } from './ledger/report.ts'
import { SIDES } from './ledger/run-ledger.ts'

const LATENCY_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

const gauge = (name: string, help: string, labels: ReadonlyArray<string>, unit = '{line}') =>
  ({ type: 'gauge', name: `weir_canary_${name}`, unit, help, labels }) as const satisfies MetricRow
const counter = (name: string, help: string, labels: ReadonlyArray<string>, unit = '{line}') =>
  ({ type: 'counter', name: `weir_canary_${name}`, unit, help, labels }) as const satisfies MetricRow

/** Every metric of a canary; `side` is live or stored. */
const CANARY_METRICS = {
  clean: gauge('clean', '1 while nothing is wrong.', [], '1'),
  written: gauge('written_lines', 'Lines that are known to have been written.', []),
  lines: counter('lines_total', 'Different lines that were read.', ['side']),
  missing: gauge('missing_lines', 'Lines written longer ago than --settle and not read.', ['side']),
  unannounced: gauge('unannounced_lines', 'Missing live, and the tail did not say so.', []),
  duplicate: counter('duplicate_lines_total', 'Lines that were read once more.', ['side']),
  outOfOrder: counter('out_of_order_lines_total', 'Lines behind a later one of their writer.', ['side']),
  damaged: counter('damaged_lines_total', 'Lines whose checksum is wrong.', ['side']),
  backfilled: counter('backfilled_lines_total', 'Lines that the tail brought late.', []),
  gaps: counter('gaps_total', 'Gaps that the tail announced.', [], '{gap}'),
  dropped: counter('dropped_lines_total', 'Lines that the tail says were read too slowly.', []),
  connections: counter('connections_total', 'Connections to the tail.', [], '{connection}'),
  latency: {
    type: 'histogram',
    name: 'weir_canary_latency_seconds',
    unit: 's',
    help: 'From the writing of a line to its reading.',
    labels: ['side'],
    buckets: LATENCY_SECONDS,
  },
} as const satisfies Readonly<Record<string, MetricRow>>

export type CanaryMetrics = MetricsOf<typeof CANARY_METRICS>

export const createCanaryMetrics = (): CanaryMetrics => createMetricsOf(CANARY_METRICS)

function refresh(metrics: CanaryMetrics, report: Report): void {
  metrics.clean.cell().value = report.clean ? 1 : 0
  metrics.written.cell().value = report.written
  for (const side of SIDES) {
    const of: SideReport | undefined = report[side]
    if (of === undefined) continue
    metrics.lines.cell(side).value = of.lines
    metrics.missing.cell(side).value = of.missing
    metrics.duplicate.cell(side).value = of.duplicate
    metrics.outOfOrder.cell(side).value = of.outOfOrder
    metrics.damaged.cell(side).value = of.damaged
  }
  const { live } = report
  if (live === undefined) return
  metrics.unannounced.cell().value = live.unannounced
  metrics.backfilled.cell().value = live.backfilled
  metrics.gaps.cell().value = live.gaps
  metrics.dropped.cell().value = live.dropped
  metrics.connections.cell().value = live.connections
}

export type MetricsDoor = { readonly port: number; close(): Promise<void> }

/** Serves `GET /metrics`. Throws {@link CommandError} if it can't. `settleNs`: younger lines may still come. */
export async function serveMetrics(
  metrics: CanaryMetrics,
  ledger: Ledger,
  { host, port, settleNs }: { readonly host: string; readonly port: number; readonly settleNs: bigint },
): Promise<MetricsDoor> {
  metrics.clean.onScrape(() => refresh(metrics, ledger.report(nowNs() - settleNs)))
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end()
      return
    }
    metrics.render().then(
      (text) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(text),
      () => response.writeHead(500).end(),
    )
  })
  server.listen(port, host)
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(
      EXIT.refused,
      `--metrics-port ${port} of ${host} can not be opened: ${error.code ?? error.message}.`,
    )
  })
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
