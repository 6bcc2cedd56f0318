import type { StoredRecord, StoredSpan } from '../api.ts'
import { heading, say, shortened, styled, width } from './terminal.ts'

const NAME_WIDTH = 28
const BAR_WIDTH = 40

type Timeline = { readonly startNs: bigint; readonly durationNs: number }
/** What stands before a span's name, and before what is below it. */
type Indent = { readonly own: string; readonly below: string }

/** Of an error: its line, and the trace that the line belongs to, as a tree with each span's time within the whole. */
export function errorAndTrace(
  { timestamp, body, attributes, traceId }: StoredRecord,
  spans: ReadonlyArray<StoredSpan>,
  lines: number,
): void {
  heading('Traces: from the line of an error to its trace')
  say(`  ${timestamp.slice(11, 23)}  ${styled('red', 'ERROR'.padEnd(8))}  ${body}`)
  const [, where = ''] = String(attributes['exception.stacktrace'] ?? '').split('\n')
  if (where !== '') say(styled('dim', `  ${shortened(where.trim(), width() - 2)}`))
  say(`  trace ${traceId}: ${spans.length} spans, ${lines} log lines\n`)
  const timeline = timelineOf(spans)
  const ids = new Set(spans.map(({ spanId }) => spanId))
  for (const span of spans)
    if (!ids.has(span.parentSpanId ?? '')) tree(span, { own: '', below: '' }, spans, timeline)
}

/** `spans` are at least one, oldest first. */
function timelineOf(spans: ReadonlyArray<StoredSpan>): Timeline {
  const startNs = BigInt(spans[0]!.timestampNs)
  const ends = spans.map((span) => sinceNs(span, startNs) + Number(span.durationNs))
  return { startNs, durationNs: Math.max(...ends) }
}

function sinceNs({ timestampNs }: StoredSpan, startNs: bigint): number {
  return Number(BigInt(timestampNs) - startNs)
}

function tree(
  span: StoredSpan,
  { own, below }: Indent,
  all: ReadonlyArray<StoredSpan>,
  time: Timeline,
): void {
  const failed = span.status === 'error'
  const name = shortened(own + span.name, NAME_WIDTH).padEnd(NAME_WIDTH)
  const ms = `${(Number(span.durationNs) / 1e6).toFixed(1)} ms`.padStart(8)
  const facts = `  ${name}  ${span.kind.padEnd(8)}  ${ms}  `
  say(failed ? styled('red', facts) + barOf(span, time) : facts + barOf(span, time))
  const children = all.filter(({ parentSpanId }) => parentSpanId === span.spanId)
  // What a child failed of was only passed on.
  const exception = children.some(({ status }) => status === 'error') ? undefined : exceptionOf(span)
  const bend = children.length > 0 ? '│ ' : '  '
  if (exception !== undefined) say(styled('red', `  ${below}${bend}✗ ${exception}`))
  children.forEach((child, i) => {
    const [own, more] = i === children.length - 1 ? ['└─ ', '   '] : ['├─ ', '│  ']
    tree(child, { own: below + own, below: below + more }, all, time)
  })
}

function exceptionOf({ events = [] }: StoredSpan): string | undefined {
  const { attributes } = events.find(({ name }) => name === 'exception') ?? {}
  return attributes && `${attributes['exception.type']}: ${attributes['exception.message']}`
}

function barOf(span: StoredSpan, { startNs, durationNs }: Timeline): string {
  const columns = (ns: number): number => Math.round((ns / Math.max(durationNs, 1)) * BAR_WIDTH)
  const length = Math.max(columns(Number(span.durationNs)), 1)
  const offset = Math.min(columns(sinceNs(span, startNs)), BAR_WIDTH - length)
  return styled('cyan', `${' '.repeat(offset)}${'█'.repeat(length)}`)
}
