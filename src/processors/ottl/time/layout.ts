/**
 * Layouts of times: Go's, in which the elements of `Mon Jan 2 15:04:05 MST 2006` stand for themselves, with the
 * `%` directives that the collector puts before them.
 */

/** `separator`: what stands before the digits, and is left out with them where trailing zeros are (`trimmed`). */
export type Fraction = {
  readonly kind: 'fraction'
  readonly separator: string
  readonly digits: number
  readonly trimmed: boolean
}

/** What an element stands for. */
export type Element =
  | { readonly kind: 'text'; readonly text: string }
  | Fraction
  | { readonly kind: Exclude<ElementKind, 'text' | 'fraction'> }
export type ElementKind = 'text' | 'fraction' | (typeof GO)[number][1] | 'spacedMonth'

/** Longer ones first where one begins with another. */
const GO = [
  ['January', 'monthName'],
  ['Jan', 'monthShort'],
  ['Monday', 'dayName'],
  ['Mon', 'dayShort'],
  ['MST', 'zoneName'],
  ['2006', 'year'],
  ['-07:00:00', 'offsetColonSeconds'],
  ['-070000', 'offsetSeconds'],
  ['-07:00', 'offsetColon'],
  ['-0700', 'offset'],
  ['-07', 'offsetHour'],
  ['Z07:00:00', 'zuluColonSeconds'],
  ['Z070000', 'zuluSeconds'],
  ['Z07:00', 'zuluColon'],
  ['Z0700', 'zulu'],
  ['Z07', 'zuluHour'],
  ['002', 'yearDay'],
  ['01', 'month2'],
  ['02', 'day2'],
  ['03', 'hour12Two'],
  ['04', 'minute2'],
  ['05', 'second2'],
  ['06', 'year2'],
  ['15', 'hour2'],
  ['__2', 'spacedYearDay'],
  ['_2', 'spacedDay'],
  ['PM', 'upperHalf'],
  ['pm', 'lowerHalf'],
  ['1', 'month'],
  ['2', 'day'],
  ['3', 'hour12'],
  ['4', 'minute'],
  ['5', 'second'],
] as const

const FRACTION = /^[.,](0+|9+)(?!\d)/

/** By letter; the elements that the documentation names for it. */
const DIRECTIVES: Readonly<Record<string, string>> = {
  Y: '2006',
  y: '06',
  m: '01',
  q: '1',
  b: 'Jan',
  h: 'Jan',
  B: 'January',
  d: '02',
  e: '_2',
  g: '2',
  a: 'Mon',
  A: 'Monday',
  H: '15',
  I: '03',
  l: '3',
  p: 'PM',
  P: 'pm',
  M: '04',
  S: '05',
  z: 'Z0700',
  Z: 'MST',
  i: '-07',
  j: '-07:00',
  k: '-07:00:00',
  w: '-070000',
  D: '01/02/2006',
  x: '01/02/2006',
  F: '2006-01-02',
  T: '15:04:05',
  X: '15:04:05',
  r: '03:04:05 pm',
  R: '15:04',
  c: 'Mon Jan 02 15:04:05 2006',
}
const TEXTS: Readonly<Record<string, string>> = { n: '\n', t: '\t', '%': '%' }
const FRACTIONS: Readonly<Record<string, number>> = { L: 3, f: 6, s: 9 }

/** Takes a layout apart. Throws an Error that says what is wrong with it. */
export function parseLayout(layout: string): ReadonlyArray<Element> {
  if (layout === '') throw new Error('the format is empty')
  return layout
    .split(/(%[\s\S]?)/)
    .flatMap((part) => (part.startsWith('%') ? directive(part) : goElements(part)))
}

function directive(written: string): ReadonlyArray<Element> {
  const letter = written.slice(1)
  const elements = DIRECTIVES[letter]
  if (elements !== undefined) return goElements(elements)
  const digits = FRACTIONS[letter]
  if (digits !== undefined) return [{ kind: 'fraction', separator: '', digits, trimmed: false }]
  if (letter === 'o') return [{ kind: 'spacedMonth' }]
  const text = TEXTS[letter]
  if (text !== undefined) return [{ kind: 'text', text }]
  throw new Error(
    letter === '' ? 'a single % ends the format; write %%' : `the format has an unknown directive ${written}`,
  )
}

function goElements(layout: string): Element[] {
  const elements: Element[] = []
  let text = ''
  const flush = (): void => {
    if (text !== '') elements.push({ kind: 'text', text })
    text = ''
  }
  for (let at = 0; at < layout.length; ) {
    const rest = layout.slice(at)
    const fraction = FRACTION.exec(rest)
    const found = GO.find(([written, kind]) => rest.startsWith(written) && !isWord(rest, kind))
    if (fraction !== null && isAfterSecond(elements, text)) {
      flush()
      elements.push(fractionOf(fraction[0]))
      at += fraction[0].length
    } else if (found === undefined) {
      text += layout[at]!
      at++
    } else {
      flush()
      elements.push({ kind: found[1] })
      at += found[0].length
    }
  }
  flush()
  return elements
}

/** `.000` or `,999`. */
function fractionOf(written: string): Fraction {
  const trimmed = written.endsWith('9')
  return { kind: 'fraction', separator: written[0]!, digits: written.length - 1, trimmed }
}

/** `Janitor` and `Month` are words. */
function isWord(rest: string, kind: string): boolean {
  return (kind === 'monthShort' || kind === 'dayShort') && /^[a-z]$/.test(rest[3] ?? '')
}

function isAfterSecond(elements: ReadonlyArray<Element>, text: string): boolean {
  const last = elements.at(-1)?.kind
  return text === '' && (last === 'second' || last === 'second2')
}
