import type { Series } from '../../query/promql/reference.ts'
import type { Trace } from './ask.ts'
import { END_MS, START_MS } from './clock.ts'
import type { Choice } from './interpolate.ts'
import type { Labels, Row } from './metrics.ts'
import type { Where } from './plain.ts'
import type { WorldTrace } from './traces.ts'
import type { WorldLog } from './world.ts'

/** What is known when a panel's truth is computed: what its tenant sent, and what was chosen on the dashboard. */
export type View = {
  /** Of the tenant. */
  readonly series: ReadonlyArray<Series>
  /** Of Weir's own tenant. */
  readonly own: ReadonlyArray<Series>
  readonly logs: ReadonlyArray<WorldLog>
  readonly traces: ReadonlyArray<WorldTrace>
  readonly choice: Choice
}

export type Expected =
  | { readonly kind: 'metric'; readonly at: (t: number) => ReadonlyArray<Row> }
  | { readonly kind: 'lines'; readonly lines: ReadonlyArray<WorldLog> }
  | { readonly kind: 'traces'; readonly traces: ReadonlyArray<Trace> }

/** The truth of one query of a panel. */
export type Expectation = (view: View) => Expected
/** By the panel's title, and, where it has several queries, a slash and the query's letter. */
export type Expectations = Readonly<Record<string, Expectation>>

export const metric =
  (at: (view: View, t: number) => ReadonlyArray<Row>): Expectation =>
  (view) => ({ kind: 'metric', at: (t) => at(view, t) })

/** Is the value among those chosen? A label that is not there is an empty text, which All (`.+`) is not either. */
export function isChosen({ choice }: View, variable: string, value: string | undefined): boolean {
  const chosen = choice[variable]
  return chosen === 'All' ? value !== undefined && value !== '' : chosen!.includes(value ?? '')
}

export const chosenBy =
  (view: View, variables: Readonly<Record<string, string>>): Where =>
  (labels) =>
    Object.entries(variables).every(([label, variable]) => isChosen(view, variable, labels[label]))

type Logged = (log: WorldLog) => boolean
const within = (logs: ReadonlyArray<WorldLog>, from: number, to: number): WorldLog[] =>
  logs.filter(({ timeMs }) => timeMs > from && timeMs <= to)

/** Names as Loki has them. */
const underscored = (resource: Labels): Record<string, string> =>
  Object.fromEntries(Object.entries(resource).map(([key, value]) => [key.replaceAll('.', '_'), value]))
export const streamOf = ({ resource }: WorldLog): Labels => underscored(resource)

/** Logs of the last `ms` before each moment, added up by labels. */
export function logMetric(
  by: ReadonlyArray<string>,
  ms: number,
  { of = () => 1, where }: { of?: (log: WorldLog) => number; where: (view: View) => Logged },
): Expectation {
  return metric((view, t) => {
    const inside = within(view.logs, t - ms, t).filter(where(view))
    const sums = new Map<string, Row>()
    for (const log of inside) {
      const all: Labels = { ...streamOf(log), detected_level: log.level }
      const labels = Object.fromEntries(by.map((name) => [name, all[name]!]))
      const key = JSON.stringify(labels)
      sums.set(key, { labels, value: (sums.get(key)?.value ?? 0) + of(log) })
    }
    return [...sums.values()]
  })
}

/** Lines of the range, newest first. */
export function logLines(limit: number, where: (view: View) => Logged): Expectation {
  return (view) => {
    const found = view.logs.filter(({ timeMs }) => timeMs >= START_MS && timeMs < END_MS).filter(where(view))
    return { kind: 'lines', lines: found.toReversed().slice(0, limit) }
  }
}

export const bytesOf = ({ body }: WorldLog): number => Buffer.byteLength(body)
