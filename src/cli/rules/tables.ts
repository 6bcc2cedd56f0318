import { harmless, type Terminal } from '../terminal.ts'
import type { RulesAnswer, TryAnswer } from './answers.ts'
import { sampleLine } from './sample-line.ts'

type Removal = RulesAnswer['rules'][number]['removed'][number]

const HEAD = ['RULE', 'SIGNAL', 'RECORDS', 'SHARE', 'BYTES', 'SHARE', '', 'CONDITION']
const RIGHT = new Set([2, 3, 4, 5])
const CONDITION_LENGTH_MIN = 30

/** What each rule removed, a line per rule and signal, and its samples below it. */
export function rulesTable({ received, rules, start }: RulesAnswer, terminal: Terminal): string {
  const rows = rules.flatMap((rule) => {
    const name = `${rule.processor}${rule.rule === '' ? '' : ` ${rule.rule}`}`
    const state = rule.inForce ? (rule.dryRun ? 'dry run' : '') : 'not in force'
    const condition = rule.condition ?? ''
    const removed = rule.removed.map((one) =>
      removalRow(name, one, state === 'dry run' ? '' : state, condition),
    )
    const would = rule.wouldRemove.map((one) => removalRow(name, one, 'dry run', condition))
    const own = [...removed, ...would]
    // What changes records, or parts of them, removes none.
    const changed = rule.matched ? `${count(rule.matched)} matched since the start` : ''
    if (own.length === 0)
      own.push([name, '', '0', '', '', '', state, [condition, changed].filter(Boolean).join('; ')])
    return [
      ...own,
      ...(rule.samples ?? []).map((sample) => `    ${sampleLine(sample.request, sample.redacted)}`),
    ]
  })
  const totals = received.map(({ bytes, records, signal }) => `${signal} ${count(records)} (${size(bytes)})`)
  const head = `Received since ${start.slice(0, 19)}Z: ${totals.join(', ') || 'nothing'}\n`
  return head + (rules.length === 0 ? 'No rules: everything is kept.\n' : table(rows, terminal))
}

/** What a trial would have removed. */
export function tryTable(
  { complete, rules, signals, stoppedBy, warnings }: TryAnswer,
  terminal: Terminal,
): string {
  const looked = signals.map(
    ({ bytes, generated, records, signal, stored }) =>
      `${signal} ${count(records)}${records === stored ? '' : ` of ${count(stored)}`} (${size(bytes)})${generated === 0 ? '' : `, ${count(generated)} generated`}`,
  )
  const cut =
    stoppedBy === 'time' ? 'the time was over' : 'query.tryRowsMax: every part of the range has its share'
  const head = `Looked at ${looked.join(', ') || 'nothing'}${complete ? '' : `; ${cut}`}\n`
  const rows = rules.flatMap(({ condition, failed, matched, processor, removed, rule, samples }) => {
    const name = `${processor}${rule === '' ? '' : ` ${rule}`}`
    const note = failed === 0 ? '' : `${count(failed)} failed`
    const own = removed.map((one) => removalRow(name, one, note, condition))
    if (own.length === 0)
      own.push([name, '', '0', '', '', '', note || `${count(matched)} matched`, condition])
    return [...own, ...samples.map(({ request }) => `    ${sampleLine(request, true)}`)]
  })
  return warnings.map((warning) => `warning: ${warning}\n`).join('') + head + table(rows, terminal)
}

function removalRow(name: string, removal: Removal, state: string, condition: string): string[] {
  const { bytes, bytesShare, records, recordsShare, signal } = removal
  return [
    name,
    signal,
    count(records),
    percent(recordsShare),
    size(bytes),
    percent(bytesShare),
    state,
    condition,
  ]
}

/** Rows of cells in columns; a text is a line of its own. */
function table(rows: ReadonlyArray<ReadonlyArray<string> | string>, { columns }: Terminal): string {
  const cells = [HEAD, ...rows.filter((row) => typeof row !== 'string')]
  const widths = HEAD.map((_, i) => cells.reduce((width, row) => Math.max(width, row[i]!.length), 0))
  const last = HEAD.length - 1
  const before = widths.slice(0, last).reduce((sum, width) => sum + width + 2, 0)
  const room = Math.max(CONDITION_LENGTH_MIN, columns - before)
  const lineOf = (row: ReadonlyArray<string> | string): string => {
    if (typeof row === 'string') return cut(harmless(row), columns)
    const padded = row
      .slice(0, last)
      .map((cell, i) => (RIGHT.has(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
    return `${padded.join('  ')}  ${cut(row[last]!, room)}`.trimEnd()
  }
  return `${[HEAD, ...rows].map(lineOf).map(oneLine).join('\n')}\n`
}

function oneLine(text: string): string {
  return harmless(text).replaceAll('\n', ' ')
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`
}

function count(records: number): string {
  return records.toLocaleString('en-US')
}

function percent(share: number | null): string {
  return share === null ? '' : `${(100 * share).toFixed(1)} %`
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

function size(bytes: number): string {
  const unit = bytes === 0 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1)
  return `${(bytes / 1024 ** unit).toFixed(unit === 0 ? 0 : 1)} ${UNITS[unit]}`
}
