import { harmless } from './terminal.ts'

/** A cell: a number stands to the right. */
export type Cell = string | number | { readonly bytes: number } | { readonly ratio: number }

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB']

function bytesText(bytes: number): string {
  let unit = 0
  let amount = bytes
  for (; amount >= 999.5 && unit < UNITS.length - 1; unit++) amount /= 1000
  return `${unit === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${UNITS[unit]}`
}

/** `+25 %`, `×3.1`; what came from nothing is new. */
function ratioText(ratio: number): string {
  if (!Number.isFinite(ratio)) return Number.isNaN(ratio) ? '-' : 'new'
  if (ratio >= 2) return `×${ratio.toFixed(1)}`
  const percent = Math.round((ratio - 1) * 100)
  return percent > 0 ? `+${percent} %` : `${percent} %`
}

function textOf(cell: Cell): string {
  if (typeof cell === 'string') return harmless(cell).replaceAll('\n', ' ')
  if (typeof cell === 'number') return cell.toLocaleString('en-US')
  return 'bytes' in cell ? bytesText(cell.bytes) : ratioText(cell.ratio)
}

/** Rows below a head, in columns as wide as what is in them. */
export function tableText(head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<Cell>>): string {
  const texts = [head, ...rows.map((row) => row.map(textOf))]
  const widths = head.map((_, column) => Math.max(...texts.map((row) => row[column]!.length)))
  const isText = head.map((_, column) => rows.every((row) => typeof row[column] === 'string'))
  const lineOf = (row: ReadonlyArray<string>): string =>
    row
      .map((text, column) => (isText[column] ? text.padEnd(widths[column]!) : text.padStart(widths[column]!)))
      .join('  ')
      .trimEnd()
  return texts.map((row) => `${lineOf(row)}\n`).join('')
}
