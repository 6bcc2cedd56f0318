/** Answers of Jaeger's API in an order of their own: Jaeger's is that of a map. */

type KeyValue = { readonly key: string; readonly type: string; readonly value: unknown }
type Log = { readonly timestamp: number; readonly fields: ReadonlyArray<KeyValue> }
type Process = { readonly serviceName: string; readonly tags: ReadonlyArray<KeyValue> }
type Span = {
  readonly spanID: string
  readonly processID: string
  readonly references: ReadonlyArray<object>
  readonly tags: ReadonlyArray<KeyValue>
  readonly logs: ReadonlyArray<Log>
}
type RawTrace = {
  readonly traceID: string
  readonly spans: ReadonlyArray<Span>
  readonly processes: Readonly<Record<string, Process>>
  readonly warnings: unknown
}

/** Every span with its process in it. */
export type Trace = {
  readonly traceID: string
  readonly spans: ReadonlyArray<object>
  readonly warnings: unknown
}

/** By their text, which is total. */
function sorted<One>(items: ReadonlyArray<One>): One[] {
  const texts = items.map((item) => [JSON.stringify(item), item] as const)
  return texts.sort(([a], [b]) => (a < b ? -1 : Number(a > b))).map(([, item]) => item)
}

const tagsOf = (tags: ReadonlyArray<KeyValue> | null): KeyValue[] =>
  sorted((tags ?? []).map(({ key, type, value }) => ({ key, type, value })))

function shown({ traceID, spans, processes, warnings }: RawTrace): Trace {
  const whole = spans.map(({ processID, tags, logs, ...span }) => {
    const process = processes[processID]!
    return {
      // Jaeger leaves out those that are not set.
      flags: 0,
      ...span,
      tags: tagsOf(tags),
      logs: sorted(logs.map(({ timestamp, fields }) => ({ timestamp, fields: tagsOf(fields) }))),
      process: { serviceName: process.serviceName, tags: tagsOf(process.tags) },
    }
  })
  return { traceID, spans: whole.sort((a, b) => (a.spanID < b.spanID ? -1 : 1)), warnings }
}

/** Of `/traces`, by their ids. */
export function tracesOf(body: unknown): Trace[] {
  const { data } = body as { readonly data: ReadonlyArray<RawTrace> }
  return data.map(shown).sort((a, b) => (a.traceID < b.traceID ? -1 : 1))
}

/** Of `/traces/{id}`. */
export function traceOf(body: unknown): Trace {
  return tracesOf(body)[0]!
}

/** Of `/dependencies`. */
export function dependenciesOf(body: unknown): unknown[] {
  type Link = { readonly parent: string; readonly child: string; readonly callCount: number }
  const { data } = body as { readonly data: ReadonlyArray<Link> }
  return sorted(data.map(({ parent, child, callCount }) => ({ parent, child, callCount })))
}
