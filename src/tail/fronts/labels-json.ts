import type { Labels } from '../../query/logql/record.ts'
import type { TailEntry } from '../line.ts'

/** `"name":"value",…` of some labels, in their order. */
export function pairsOf(labels: Labels): string {
  let text = ''
  for (const [name, value] of labels) {
    if (text !== '') text += ','
    text += `${JSON.stringify(name)}:${JSON.stringify(value)}`
  }
  return text
}

/** Sources use one object for the labels of a stream: most entries need no new text. */
const streams = new WeakMap<Labels, string>()

export function streamPairs(stream: Labels): string {
  let text = streams.get(stream)
  if (text === undefined) {
    text = pairsOf(stream)
    streams.set(stream, text)
  }
  return text
}

/** All labels of an entry, each name once: what a query left of them stands in one of the three only. */
export function allPairs({ stream, metadata, parsed }: TailEntry): string {
  return [streamPairs(stream), pairsOf(metadata), pairsOf(parsed)].filter((text) => text !== '').join(',')
}
