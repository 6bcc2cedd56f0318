import { styleText } from 'node:util'
import type { DemoGateway } from './gateway.ts'
import { type Ledger, type StoredRecord, totalOf } from './readback.ts'
import type { Visits } from './visitors.ts'

/** What the demo prints: facts in a left column, then tables. Colours only where the terminal shows them. */

const NEWEST_MAX = 14
const COLUMN = 10
const WIDTH_MAX = 110

type Style = Parameters<typeof styleText>[0]
const styled = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout })
const STYLES: Readonly<Record<string, Style>> = { WARN: 'yellow', ERROR: 'red' }

export function say(line = ''): void {
  process.stdout.write(`${line}\n`)
}

export function fact(what: string, text: string): void {
  const [first = '', ...rest] = text.split('\n')
  say(`${styled('bold', what.padEnd(COLUMN))}${first}`)
  for (const line of rest) say(`${' '.repeat(COLUMN)}${line}`)
}

export function heading(text: string): void {
  say(`\n${styled('bold', text)}`)
}

export function sentText(emitted: Readonly<Record<string, number>>): string {
  const kinds = Object.entries(emitted).map(([severity, n]) => `${n} ${severity}`)
  return `${totalOf(Object.values(emitted))} log records over OTLP/gRPC: ${kinds.join(', ')}`
}

export function visitsText(visits: Visits, seconds: number): string {
  const statuses = [...visits].sort(([a], [b]) => a - b).map(([status, n]) => `${n} × ${status}`)
  return `${totalOf(visits.values())} HTTP requests in ${seconds.toFixed(1)} s: ${statuses.join(', ')}`
}

export function droppedText({ dropped }: Ledger): string {
  if (dropped.size === 0) return '0: this gateway has no rule that matches the shop'
  const width = Math.max(...[...dropped.keys()].map((rule) => rule.length))
  const lines = [...dropped].map(([rule, n]) => `  ${rule.padEnd(width)}  ${String(n).padStart(5)}`)
  return [`${totalOf(dropped.values())} by rules`, ...lines].join('\n')
}

export function ledgerText({ received, stored, dropped, rejected }: Ledger): string {
  return `received ${received} = stored ${stored} + dropped ${totalOf(dropped.values())} + rejected ${rejected}`
}

/** The newest lines, oldest of them first, as a log reads. */
export function newestLines(records: ReadonlyArray<StoredRecord>): void {
  const width = Math.min(process.stdout.columns ?? WIDTH_MAX, WIDTH_MAX)
  const head = `  ${'time (UTC)'.padEnd(12)}  ${'severity'.padEnd(8)}  ${'service'.padEnd(7)}  body`
  say(styled('dim', head))
  for (const { timestamp, severityText, service, body } of records.slice(0, NEWEST_MAX).reverse()) {
    const severity = styled(STYLES[severityText] ?? 'reset', severityText.padEnd(8))
    const start = `  ${timestamp.slice(11, 23)}  ${severity}  ${service.padEnd(7)}  `
    say(start + shortened(body, Math.max(width - 35, 20)))
  }
}

/** One error whole: its stack trace and the trace id that it shares with the other lines of its request. */
export function oneError(records: ReadonlyArray<StoredRecord>): void {
  const error = records.find(({ severityText }) => severityText === 'ERROR')
  if (error === undefined) return
  const sameTrace = records.filter(({ traceId }) => traceId === error.traceId).length
  heading('One error, with what the SDK sent along')
  say(`  ${styled('red', error.body)}`)
  const stack = String(error.attributes['exception.stacktrace'] ?? '').split('\n')
  for (const line of stack.slice(0, 3)) say(styled('dim', `    ${shortened(line.trim(), WIDTH_MAX)}`))
  say(`  trace ${error.traceId}: ${sameTrace} lines of the same request`)
}

/** What to do next: commands that work as they stand while a gateway runs. */
export function nextSteps({ api, wasRunning }: DemoGateway, keep: boolean, startCommand: string): void {
  heading('Next')
  if (wasRunning) say('  The gateway goes on. Ask it:')
  else if (keep) say('  The gateway goes on until Ctrl-C. Ask it, in another terminal:')
  else
    say(
      `  The gateway of this demo stops now; its data stay. Start it again with\n\n    ${startCommand}\n\n  and ask it:`,
    )
  say()
  const lines = '-H "Accept: application/x-ndjson"'
  say(`    curl -s ${lines} "${api}/api/v1/logs?service=shop&severity=ERROR&limit=3"`)
  say(`    curl -s ${lines} "${api}/api/v1/logs?namespace=demo&text=payment&limit=3"`)
  say(`    curl -s "${api}/api/v1/logs?service=shop&limit=1"`)
  say(`    curl -s ${api}/metrics | grep ^weir_records`)
}

function shortened(text: string, max: number): string {
  const line = text.replaceAll('\n', '⏎')
  return line.length <= max ? line : `${line.slice(0, max - 1)}…`
}
