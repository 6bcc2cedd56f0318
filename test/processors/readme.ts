import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

/** A processor's README as its tests run it: the blocks of YAML, and the rows of the tables that begin with `| in`. */
export function readmeOf(folder: string): { processors: Record<string, object>[]; rows: string[][] } {
  const url = new URL(`../../src/processors/${folder}/README.md`, import.meta.url)
  const text = readFileSync(url, 'utf8')
  const processors = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml]) => parse(yaml!).processors)
  const rows = [...text.matchAll(/^\| in\b.*\n\|[- |]+\n((?:\|.*\n)+)/gm)].flatMap(([, body]) =>
    body!.trimEnd().split('\n').map(cellsOf),
  )
  if (rows.length === 0) throw new Error(`${url} has no table that begins with | in`)
  return { processors, rows }
}

/** Code in a cell is what is between its backticks; `\|` is a bar. */
function cellsOf(line: string): string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('\\|', '|'))
}

/** `k=v k2=v2` of a cell's code. */
export function pairsOf(cell: string): Record<string, string> {
  const code = /^`(.*)`$/.exec(cell)?.[1] ?? cell
  return Object.fromEntries(
    code.split(' ').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )
}
