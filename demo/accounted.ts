import { keptOf, type Ledger, unbalanced } from './ledger.ts'
import { Problem } from './problem.ts'
import type { Stored } from './readback.ts'
import { type PerSignal, RECORDS, SIGNALS, totalOf } from './signals.ts'

export type Circumstances = {
  /** Where the shop sent to. */
  readonly grpc: string
  readonly api: string
  /** What the shop's SDK said. */
  readonly complaints: string
  readonly waitedMs: number
}

/** Throws {@link Problem} unless everything that was sent is stored and readable, or dropped by a rule, or rejected. */
export function assertAccountedFor(stored: Stored, sent: PerSignal<number>, where: Circumstances): void {
  assertReceived(stored.ledger, sent, where)
  assertBalanced(stored.ledger)
  assertReadable(stored, sent, where)
}

function assertReceived(ledger: Ledger, sent: PerSignal<number>, { grpc, complaints }: Circumstances): void {
  for (const signal of SIGNALS)
    if (ledger[signal].received < sent[signal])
      throw new Problem(
        `Of ${sent[signal]} ${RECORDS[signal]} that the shop sent to ${grpc} the gateway received ${ledger[signal].received}.`,
        complaints,
      )
}

function assertBalanced(ledger: Ledger): void {
  for (const signal of unbalanced(ledger)) {
    const { received, generated, stored, dropped, rejected } = ledger[signal]
    throw new Problem(
      `The ledger does not add up: of ${received + generated} ${RECORDS[signal]} received or generated it has ${stored} stored, ${totalOf(dropped.values())} dropped and ${rejected} rejected.`,
    )
  }
}

function assertReadable(
  { ledger, records, spans, series }: Stored,
  sent: PerSignal<number>,
  { api, waitedMs }: Circumstances,
): void {
  const hint = `curl -s "${api}/readyz"`
  const readable = { logs: records.length, traces: spans }
  for (const signal of ['logs', 'traces'] as const) {
    const kept = keptOf(sent[signal], ledger[signal])
    if (readable[signal] < kept)
      throw new Problem(
        `Of ${kept} ${RECORDS[signal]} that the rules kept only ${readable[signal]} can be read after ${waitedMs / 1000} s: is ClickHouse up?`,
        hint,
      )
  }
  const points = keptOf(sent.metrics, ledger.metrics)
  if (points > 0 && [...series.values()].every((found) => found.length === 0))
    throw new Problem(`The rules kept ${points} data points, but no series of them can be read.`, hint)
}
