import { timeNs } from '../../query/logql/record.ts'
import type { TailEntry } from '../line.ts'
import { type Frame, type FrameFormat, type Lost, timesOf } from '../viewers/frame.ts'
import { allPairs } from './labels-json.ts'

/**
 * Frames as Loki's: `{"streams":[{"stream":{…},"values":[["<ns>","<line>"]]}],"dropped_entries":[…]}`. A stream has all
 * labels of its lines, as Loki answers who does not ask for them by origin. Lines stay in their order within a stream.
 * Heartbeats are WebSocket pings; gaps and notices have no words there, and stored lines that come late are lines.
 */
export const lokiFormat: FrameFormat = {
  front: 'loki',
  lines(entries: ReadonlyArray<TailEntry>): Frame {
    const values = new Map<string, string[]>()
    const marks: string[] = []
    for (const entry of entries) {
      const stream = `{${allPairs(entry)}}`
      const ns = timeNs(entry)
      const value = `["${ns}",${JSON.stringify(entry.line)}]`
      const known = values.get(stream)
      if (known === undefined) values.set(stream, [value])
      else known.push(value)
      marks.push(`{"labels":${stream},"timestamp":"${ns}"}`)
    }
    const streams = [...values].map(([stream, lines]) => `{"stream":${stream},"values":[${lines.join(',')}]}`)
    const data = Buffer.from(`{"streams":[${streams.join(',')}]}`)
    return { data, lines: entries.length, marks, ...timesOf(entries) }
  },
  // `null` where streams would be is what Loki sends itself; Grafana wants the list.
  lost: ({ marks }: Lost) => Buffer.from(`{"streams":[],"dropped_entries":[${marks.join(',')}]}`),
  gap: () => undefined,
  notice: () => undefined,
  heartbeat: () => undefined,
  end: () => undefined,
}
