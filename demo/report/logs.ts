import type { StoredRecord } from '../api.ts'
import { heading, say, shortened, styled, width } from './terminal.ts'

const NEWEST_MAX = 8
const STYLES = { WARN: 'yellow', ERROR: 'red' } as const

/** The newest lines, oldest of them first, as a log reads. */
export function newestLines(records: ReadonlyArray<StoredRecord>): void {
  heading(`Logs: the newest of ${records.length} stored lines`)
  say(styled('dim', `  ${'time (UTC)'.padEnd(12)}  ${'severity'.padEnd(8)}  ${'service'.padEnd(7)}  body`))
  for (const { timestamp, severityText, service, body } of records.slice(0, NEWEST_MAX).reverse()) {
    const severity = styled(STYLES[severityText as 'WARN'] ?? 'reset', severityText.padEnd(8))
    const start = `  ${timestamp.slice(11, 23)}  ${severity}  ${service.padEnd(7)}  `
    say(start + shortened(body, Math.max(width() - 35, 20)))
  }
}
