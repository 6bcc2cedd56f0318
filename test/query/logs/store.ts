import type { Database } from '../../../src/store/database.ts'

/** A log row as a test means it; `insertRows` writes it by plain SQL, not by Weir's block writer. */
export type TestRow = {
  readonly tenant: string
  readonly app: string
  readonly service: string
  /** Nanoseconds. */
  readonly time: bigint
  readonly seq: bigint
  readonly gateway: string
  readonly fingerprint: bigint
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly severity: number
  /** 32 hex digits. */
  readonly traceId: string
  readonly body: string
}

const ZERO_TRACE = '0'.repeat(32)

export function testRow(row: Partial<TestRow> & Pick<TestRow, 'time' | 'seq'>): TestRow {
  return {
    tenant: 'default',
    app: 'app',
    service: 'service',
    gateway: 'gw-a',
    fingerprint: 1n,
    namespace: '',
    pod: '',
    container: '',
    severity: 9,
    traceId: ZERO_TRACE,
    body: '',
    ...row,
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\0': '\\0',
}
const escaped = (text: string): string => text.replace(/[\\\t\n\r\0]/g, (character) => ESCAPES[character]!)

/** `2026-01-31 12:00:00.123456789` */
function dateTime(time: bigint): string {
  const date = new Date(Number(time / 1_000_000_000n) * 1000).toISOString()
  return `${date.slice(0, 10)} ${date.slice(11, 19)}.${String(time % 1_000_000_000n).padStart(9, '0')}`
}

const bytes = (hex: string): string => hex.replace(/../g, '\\x$&')

const COLUMNS: ReadonlyArray<readonly [string, (row: TestRow) => string]> = [
  ['TenantId', ({ tenant }) => escaped(tenant)],
  ['AppId', ({ app }) => escaped(app)],
  ['ServiceName', ({ service }) => escaped(service)],
  ['Timestamp', ({ time }) => dateTime(time)],
  ['ObservedTimestamp', ({ time }) => dateTime(time)],
  ['SourceTime', ({ time }) => dateTime(time)],
  ['ResourceFingerprint', ({ fingerprint }) => String(fingerprint)],
  ['GatewayId', ({ gateway }) => escaped(gateway)],
  ['Seq', ({ seq }) => String(seq)],
  ['RetentionDays', () => '365'],
  ['Namespace', ({ namespace }) => escaped(namespace)],
  ['Pod', ({ pod }) => escaped(pod)],
  ['Container', ({ container }) => escaped(container)],
  ['TraceId', ({ traceId }) => bytes(traceId)],
  ['SeverityNumber', ({ severity }) => String(severity)],
  ['Body', ({ body }) => escaped(body)],
  ['BodyType', () => 's'],
]

/** Rows as ClickHouse's own TabSeparated text. */
export async function insertRows(writer: Database, rows: ReadonlyArray<TestRow>): Promise<void> {
  if (rows.length === 0) return
  const lines = rows.map((row) => `${COLUMNS.map(([, write]) => write(row)).join('\t')}\n`)
  await writer.command(
    `INSERT INTO ${writer.name}.logs (${COLUMNS.map(([name]) => name).join(', ')}) SETTINGS async_insert = 0 FORMAT TabSeparated\n${lines.join('')}`,
  )
}

export async function emptyLogs(writer: Database): Promise<void> {
  await writer.command(`TRUNCATE TABLE ${writer.name}.logs`)
  await writer.command(`TRUNCATE TABLE ${writer.name}.resources`)
}

/** As bytes of UTF-8, which is how ClickHouse compares strings. */
const bytesOrder = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
const bigOrder = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)

/** The documented total order, oldest first, by a plain sort. */
export function inOrder(rows: ReadonlyArray<TestRow>): TestRow[] {
  return rows.toSorted(
    (a, b) => bigOrder(a.time, b.time) || bigOrder(a.seq, b.seq) || bytesOrder(a.gateway, b.gateway),
  )
}
