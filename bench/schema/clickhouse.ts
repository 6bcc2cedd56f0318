import { readFileSync } from 'node:fs'

/** A ClickHouse to measure: its HTTP address, a user that may write, and the process whose CPU is counted. */
export type ClickHouse = {
  readonly url: string
  readonly username: string
  readonly password: string
  readonly database: string
  readonly pid: number
}

export type Settings = Readonly<Record<string, string | number>>

export type Answer = {
  readonly text: string
  readonly milliseconds: number
  readonly rowsRead: number
  readonly bytesRead: number
}

/**
 * Runs one statement and waits for its end. The contract's `Database` hides the summary header, and what a
 * query read is what this program is about, hence a client of its own.
 */
export async function run(clickhouse: ClickHouse, sql: string, settings: Settings = {}): Promise<Answer> {
  const parameters = new URLSearchParams({ database: clickhouse.database, wait_end_of_query: '1' })
  for (const [name, value] of Object.entries(settings)) parameters.set(name, String(value))
  const started = performance.now()
  const response = await fetch(`${clickhouse.url}/?${parameters}`, {
    method: 'POST',
    headers: { 'X-ClickHouse-User': clickhouse.username, 'X-ClickHouse-Key': clickhouse.password },
    body: sql,
  })
  const text = await response.text()
  const milliseconds = performance.now() - started
  if (!response.ok) throw new Error(`ClickHouse refused "${sql.slice(0, 200)} ...": ${text.slice(0, 1000)}`)
  const summary = JSON.parse(response.headers.get('x-clickhouse-summary') ?? '{}') as Record<string, string>
  return {
    text,
    milliseconds,
    rowsRead: Number(summary.read_rows ?? 0),
    bytesRead: Number(summary.read_bytes ?? 0),
  }
}

/** Rows of a small SELECT. 64-bit integers come as strings: as JSON numbers they would lose digits. */
export async function rows<Row>(
  clickhouse: ClickHouse,
  sql: string,
  settings: Settings = {},
): Promise<Row[]> {
  const { text } = await run(clickhouse, `${sql} FORMAT JSON`, {
    ...settings,
    output_format_json_quote_64bit_integers: 1,
  })
  return (JSON.parse(text) as { data: Row[] }).data
}

/** User and system time that a process has used so far, in microseconds (resolution: one tick, 10 ms). */
export function cpuMicros(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

/** Runs `work` and tells what it cost the ClickHouse process, background merges included. */
export async function cpuOf(clickhouse: ClickHouse, work: () => Promise<void>): Promise<number> {
  const before = cpuMicros(clickhouse.pid)
  await work()
  return cpuMicros(clickhouse.pid) - before
}

export function quantile(values: ReadonlyArray<number>, at: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(at * sorted.length) - 1)]!
}

export const median = (values: ReadonlyArray<number>): number => quantile(values, 0.5)
