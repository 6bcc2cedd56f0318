import type { Labels } from './labels.ts'
import type { Layout } from './layout.ts'

/** A series in a note: its key, whose it is and its labels; only where the series is named for the first time since points covered the notes. */
type Named = readonly [low: number, high: number, tenantId: string, resource: string, ...attributes: string[]]

/** One series of a note: its number, what it is called, and slots that grew, each with what it grew by. */
type Line = readonly [entry: number, named: Named | 0, ...growth: number[]]

type NoteText = {
  /** Numbers of series are those of one instance of a processor. */
  readonly instance: string
  readonly layout: string
  readonly series: ReadonlyArray<Line>
}

/** What a series is found by, and its labels. */
export type NotedSeries = { readonly low: number; readonly high: number; readonly labels: Labels }

/** Version of the keys of series: those of another can't be found again. */
const KEYS = 1

/** What a note's numbers mean. */
export function signatureOf({ metrics, width }: Layout): string {
  return JSON.stringify([KEYS, width, metrics.map(({ name, at, bounds }) => [name, at, bounds ?? []])])
}

/** Collects the lines of one note. */
export class NoteWriter {
  readonly #lines: Line[] = []

  /** `row` and `covered` begin at their offsets and are `width` wide; what is covered is not noted. */
  add(entry: number, series: NotedSeries | undefined, grown: ReadonlyArray<number>): void {
    this.#lines.push([entry, series === undefined ? 0 : named(series), ...grown])
  }

  /** Undefined if nothing grew. */
  text(instance: string, layout: string): string | undefined {
    if (this.#lines.length === 0) return undefined
    const note: NoteText = { instance, layout, series: this.#lines }
    return JSON.stringify(note)
  }
}

function named({ low, high, labels: { tenantId, resource, attributes } }: NotedSeries): Named {
  return [
    low,
    high,
    tenantId,
    resource.toString('base64'),
    ...attributes.map((each) => each.toString('base64')),
  ]
}

/**
 * Reads notes in their order and hands on what each series grew by. Returns how many could not be used: of another layout, which only a changed
 * configuration or a newer Weir leaves.
 */
export function readNotes(
  texts: ReadonlyArray<string>,
  layout: string,
  grew: (series: NotedSeries, slot: number, by: number) => void,
): number {
  const known = new Map<string, NotedSeries>()
  let unusable = 0
  for (const text of texts) {
    const note = JSON.parse(text) as NoteText
    if (note.layout !== layout) {
      unusable++
      continue
    }
    for (const [entry, name, ...growth] of note.series) {
      const key = `${note.instance} ${entry}`
      if (name !== 0) known.set(key, seriesOf(name))
      const series = known.get(key)
      if (series === undefined) throw new Error('BUG: a note of a series that none has named')
      for (let i = 0; i < growth.length; i += 2) grew(series, growth[i]!, growth[i + 1]!)
    }
  }
  return unusable
}

function seriesOf([low, high, tenantId, resource, ...attributes]: Named): NotedSeries {
  const bytes = (text: string): Buffer => Buffer.from(text, 'base64')
  return { low, high, labels: { tenantId, resource: bytes(resource), attributes: attributes.map(bytes) } }
}
