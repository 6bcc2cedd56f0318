import { styleText } from 'node:util'

/** How the demo prints: facts in a left column, then tables. Colours only where the terminal shows them. */

const COLUMN = 10
const WIDTH_MAX = 110

type Style = Parameters<typeof styleText>[0]

export const styled = (style: Style, text: string): string =>
  styleText(style, text, { stream: process.stdout })

export const width = (): number => Math.min(process.stdout.columns ?? WIDTH_MAX, WIDTH_MAX)

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

export function shortened(text: string, max: number): string {
  const line = text.replaceAll('\n', '⏎')
  return line.length <= max ? line : `${line.slice(0, max - 1)}…`
}

const NUMBER = /^\d+$/

/** Columns as wide as they need to be, numbers to the right, under dim titles. */
export function table(titles: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): void {
  const widths = titles.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)))
  const isNumber = titles.map((_, i) => rows.every((row) => NUMBER.test(row[i]!) || row[i] === ''))
  const line = (cells: ReadonlyArray<string>): string =>
    `  ${cells.map((cell, i) => (isNumber[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join('  ')}`
  say(styled('dim', line(titles).trimEnd()))
  for (const row of rows) say(line(row).trimEnd())
}
