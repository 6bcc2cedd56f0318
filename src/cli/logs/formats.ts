import { harmless, type Terminal } from '../terminal.ts'
import { levelColor, type Paint, paint, plain, streamColor } from './colors.ts'
import type { ShownLine } from './fetch.ts'
import { type Highlight, highlightOf } from './highlight.ts'
import type { ShownRecord } from './record.ts'

export const FORMATS = ['default', 'json', 'raw', 'table'] as const
export type Format = (typeof FORMATS)[number]

/** Text of the next lines; of a table, its head too. */
export type Formatter = (lines: ReadonlyArray<ShownLine>) => string

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']

function levelOf({ severityText, severityNumber }: ShownRecord): string {
  if (severityText !== '') return severityText.toUpperCase()
  return severityNumber === 0 ? '-' : (LEVELS[(severityNumber - 1) >> 2] ?? '-')
}

/** Where a record comes from: `namespace/pod/container`, else the service. */
function streamOf({ namespace, pod, container, service }: ShownRecord): string {
  const place = [namespace, pod, container].filter((part) => part !== undefined)
  return place.length > 0 ? place.join('/') : service
}

/** `2026-01-31T12:00:00.123Z`: nine digits are for `json`. */
const timeOf = ({ timestamp }: ShownRecord): string => timestamp.replace(/(\.\d{3})\d*Z$/, '$1Z')

/** As pagers show what was searched for: black on white, or the other way round. */
const STANDOUT = 7

function defaultFormatter(color: Paint, clean: (text: string) => string, highlight: Highlight): Formatter {
  const standout = (text: string): string => color(STANDOUT, clean(text))
  const fateOf = ({ droppedBy }: ShownRecord): string =>
    droppedBy === undefined ? '' : ` ${color(2, `(dropped by ${clean(droppedBy)})`)}`
  const lineOf = ({ record }: ShownLine): string => {
    const stream = clean(streamOf(record))
    const level = color(levelColor(record.severityNumber), clean(levelOf(record)).padEnd(5))
    return `${color(2, timeOf(record))} ${level} ${color(streamColor(stream), stream)} ${highlight(record.body, standout, clean)}${fateOf(record)}\n`
  }
  return (lines) => lines.map(lineOf).join('')
}

const TABLE_HEAD = ['TIME', 'LEVEL', 'SERVICE', 'POD', 'LINE']
const CELL_MAX = 40

function clipped(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text
}

/** Widths are those of what is written at once, and never shrink. Lines are cut to the terminal's width. */
function tableFormatter(color: Paint, columns: number | undefined): Formatter {
  const widths = TABLE_HEAD.map((name) => name.length)
  let hasHead = false
  const rowOf = (cells: ReadonlyArray<string>): string => {
    const padded = cells.map((cell, i) => (i === cells.length - 1 ? cell : cell.padEnd(widths[i]!)))
    const row = padded.join('  ')
    return columns === undefined ? row : clipped(row, columns)
  }
  return (lines) => {
    const rows = lines.map(({ record }) => ({
      color: levelColor(record.severityNumber),
      cells: [
        timeOf(record),
        ...[levelOf(record), record.service, record.pod ?? ''].map((cell) =>
          clipped(harmless(cell), CELL_MAX),
        ),
        harmless(record.body).replaceAll('\n', ' '),
      ],
    }))
    for (const { cells } of rows)
      for (const [i, cell] of cells.entries()) widths[i] = Math.max(widths[i]!, cell.length)
    const head = hasHead ? '' : `${color(1, rowOf(TABLE_HEAD))}\n`
    hasHead = true
    return head + rows.map(({ color: code, cells }) => `${color(code, rowOf(cells))}\n`).join('')
  }
}

export type FormatOptions = {
  readonly format: Format
  /** Where there are colours at all. */
  readonly colored: boolean
  /** What it asks for stands out in the lines. */
  readonly query: string | undefined
}

export function formatterOf(
  { format, colored, query }: FormatOptions,
  { outIsTerminal, columns }: Pick<Terminal, 'outIsTerminal' | 'columns'>,
): Formatter {
  const isColored = colored && outIsTerminal
  const color = isColored ? paint : plain
  switch (format) {
    case 'json':
      return (lines) => lines.map(({ text }) => `${text}\n`).join('')
    case 'raw':
      return (lines) => lines.map(({ record }) => `${record.body}\n`).join('')
    case 'table':
      return tableFormatter(color, outIsTerminal ? columns : undefined)
    case 'default':
      return defaultFormatter(
        color,
        outIsTerminal ? harmless : (text) => text,
        highlightOf(isColored ? query : undefined),
      )
  }
}
