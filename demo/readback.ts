import { setTimeout as delay } from 'node:timers/promises'
import { Problem } from './problem.ts'

/** What the demo uses of a record of GET /api/v1/logs. */
export type StoredRecord = {
  readonly timestamp: string
  readonly severityText: string
  readonly service: string
  readonly body: string
  readonly traceId?: string
  readonly attributes: Readonly<Record<string, string | number | boolean | null>>
  readonly retentionDays: number
}

/** Counts of weir_records_*_total, which are the ledger's. */
export type Ledger = {
  readonly received: number
  readonly stored: number
  readonly rejected: number
  readonly dropped: ReadonlyMap<string, number>
}

/** Lines of the Prometheus text: name, labels, value. */
const SAMPLE = /^(\w+)(?:\{(.*)\})? (\S+)$/
const REASON = /(?:^|,)reason="((?:[^"\\]|\\.)*)"/

async function get(url: string): Promise<Response> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch((error: Error) => {
    throw new Problem(
      `The gateway does not answer any more: GET ${url}.`,
      String(error.cause ?? error.message),
    )
  })
  if (answer.status === 401)
    throw new Problem(
      'The gateway that runs here asks for credentials, and the demo has none. Stop it, and the demo starts one of its own.',
    )
  if (!answer.ok) throw new Problem(`GET ${url} was answered ${answer.status}.`, await answer.text())
  return answer
}

/** The ledger's totals for logs since the gateway started. */
export async function readLedger(api: string): Promise<Ledger> {
  const text = await (await get(`${api}/metrics`)).text()
  const totals = { received: 0, stored: 0, rejected: 0 }
  const dropped = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = SAMPLE.exec(line) ?? []
    const kind = /^weir_records_(\w+)_total$/.exec(name ?? '')?.[1]
    if (kind === undefined || !labels.includes('signal="logs"')) continue
    if (kind === 'dropped') dropped.set(REASON.exec(labels)?.[1] ?? '', Number(value))
    else if (kind in totals) totals[kind as keyof typeof totals] += Number(value)
  }
  return { ...totals, dropped }
}

export function since(before: Ledger, now: Ledger): Ledger {
  const dropped = [...now.dropped].map(([rule, n]) => [rule, n - (before.dropped.get(rule) ?? 0)] as const)
  return {
    received: now.received - before.received,
    stored: now.stored - before.stored,
    rejected: now.rejected - before.rejected,
    dropped: new Map(dropped.filter(([, n]) => n > 0)),
  }
}

export const totalOf = (counts: Iterable<number>): number => [...counts].reduce((sum, n) => sum + n, 0)

/** Every stored record of this pod, newest first, page by page. */
export async function readRecords(api: string, pod: string): Promise<StoredRecord[]> {
  const records: StoredRecord[] = []
  let cursor: string | null = null
  do {
    const page: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const answer = await get(`${api}/api/v1/logs?service=shop&pod=${pod}&limit=1000${page}`)
    const body = (await answer.json()) as { records: StoredRecord[]; nextCursor: string | null }
    records.push(...body.records)
    cursor = body.nextCursor
  } while (cursor !== null)
  return records
}

const POLL_MS = 200
/** The SDK has heard OK for all of them by then, so the ledger has counted them. */
const RECEIVED_WITHIN_MS = 1000

/**
 * Waits until every record that was sent is accounted for: read back, dropped by a rule or rejected. Returns what is
 * there by then, or at `deadline` (of `performance.now()`) at the latest: the caller compares.
 */
export async function awaitArrival(
  api: string,
  pod: string,
  sent: number,
  before: Ledger,
  { deadline, signal }: { deadline: number; signal: AbortSignal },
): Promise<{ readonly records: StoredRecord[]; readonly ledger: Ledger }> {
  const receivedBy = performance.now() + RECEIVED_WITHIN_MS
  for (;;) {
    const ledger = since(before, await readLedger(api))
    const records = await readRecords(api, pod)
    const arrived = ledger.received >= sent
    const kept = sent - totalOf(ledger.dropped.values()) - ledger.rejected
    const now = performance.now()
    if ((arrived && records.length >= kept) || now > (arrived ? deadline : Math.min(receivedBy, deadline)))
      return { records, ledger }
    await delay(POLL_MS, undefined, { signal })
  }
}
