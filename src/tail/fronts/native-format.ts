import { type Labels, timeNs } from '../../query/logql/record.ts'
import { formatNanos } from '../../query/time.ts'
import type { Gap, Notice, TailEntry } from '../line.ts'
import { type Frame, type FrameFormat, type Lost, timesOf } from '../viewers/frame.ts'
import { pairsOf, streamPairs } from './labels-json.ts'

/** Fields of a line that people look at, beside the labels that they are taken from: those of `GET /api/v1/logs`. */
const SHOWN: ReadonlyArray<readonly [field: string, labels: ReadonlyArray<string>]> = [
  ['service', ['service_name']],
  ['namespace', ['k8s_namespace_name']],
  ['pod', ['k8s_pod_name']],
  ['container', ['k8s_container_name', 'container_name']],
  ['severityText', ['severity_text']],
]

function labelOf({ stream, metadata, parsed }: TailEntry, name: string): string | undefined {
  return stream.get(name) ?? metadata.get(name) ?? parsed.get(name)
}

function shownFields(entry: TailEntry): string {
  let text = ''
  for (const [field, names] of SHOWN)
    for (const name of names) {
      const value = labelOf(entry, name)
      if (value === undefined) continue
      text += `,"${field}":${JSON.stringify(value)}`
      break
    }
  const severity = labelOf(entry, 'severity_number') ?? ''
  return /^-?\d{1,10}$/.test(severity) ? `${text},"severityNumber":${severity}` : text
}

const group = (name: string, pairs: string): string => (pairs === '' ? '' : `,"${name}":{${pairs}}`)
const labels = (name: string, of: Labels): string => (of.size === 0 ? '' : group(name, pairsOf(of)))

function lineJson(entry: TailEntry): string {
  const ns = String(timeNs(entry))
  const { line, stream, metadata, parsed, lane, seq, droppedBy } = entry
  const fate = droppedBy === undefined ? '' : `,"droppedBy":${JSON.stringify(droppedBy)}`
  return (
    `{"timestamp":"${formatNanos(ns)}","timestampNs":"${ns}","body":${JSON.stringify(line)}${shownFields(entry)}` +
    `${group('labels', streamPairs(stream))}${labels('metadata', metadata)}${labels('parsed', parsed)}` +
    `${fate},"lane":${JSON.stringify(lane)},"seq":"${seq}"}`
  )
}

const frame = (type: string, fields: Readonly<Record<string, unknown>>): Buffer =>
  Buffer.from(JSON.stringify({ type, ...fields }))

const times = (fromNs: bigint, toNs: bigint) => ({
  from: formatNanos(String(fromNs)),
  to: formatNanos(String(toNs)),
  fromNs: String(fromNs),
  toNs: String(toNs),
})

/** Frames of `WS /api/v1/tail`: one JSON object each, told apart by `type` (docs/api.md). */
export const nativeFormat: FrameFormat = {
  front: 'native',
  lines(entries, resume, kind): Frame {
    const token = resume === '' ? '' : `,"resume":"${resume}"`
    const data = Buffer.from(`{"type":"${kind}","lines":[${entries.map(lineJson).join(',')}]${token}}`)
    return { data, lines: entries.length, marks: [], ...timesOf(entries) }
  },
  lost: ({ lines, fromNs, toNs }: Lost) => frame('drop', { lines, ...times(fromNs, toNs) }),
  gap: ({ lane, fromNs, toNs, reason }: Gap) => frame('gap', { lane, ...times(fromNs, toNs), reason }),
  notice: ({ kind, ...fields }: Notice) => frame(kind, fields),
  heartbeat: (resume) => frame('heartbeat', { resume }),
  end: (code, reason) => frame('end', { code, reason }),
}

export type Hello = {
  readonly query: string
  readonly tenants: ReadonlyArray<string>
  readonly sources: ReadonlyArray<{ readonly name: string }>
  readonly heartbeatMs: number
}

export const hello = (fields: Hello): Buffer => frame('hello', { version: 1, ...fields })
