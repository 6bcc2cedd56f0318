import type { Attributes, Span, SpanContext, Tracing } from '../telemetry/tracing.ts'
import type { CommitterEvents } from './commit/committer.ts'
import type { OpenCommit } from './commit/open-commit.ts'
import type { Group } from './spool/groups.ts'
import { RefusedError } from './store.ts'

/** Traced commits whose inserts are to be traced too; older ones are forgotten, say while ClickHouse is away. */
const COMMITS_MAX = 1024

/**
 * Spans of commits and inserts. A commit is traced if one of its requests is, an insert if one of its commits is: what
 * carries nothing but this gateway's own exports, which have no span, leaves none either.
 */
export class StoreTraces {
  readonly #tracing: Tracing
  readonly #database: string
  /** By number, oldest first. */
  readonly #commits = new Map<number, SpanContext>()

  constructor(tracing: Tracing, database: string) {
    this.#tracing = tracing
    this.#database = database
  }

  /** A commit that is about to be written. */
  commit({ number, traced, requests }: OpenCommit): Span | undefined {
    if (traced.length === 0) return undefined
    const attributes = { 'weir.commit': number, 'weir.commit.requests': requests.length }
    const span = this.#tracing.linked({ name: 'commit', attributes }, traced)
    if (span === undefined) return undefined
    this.#commits.set(number, span.context)
    if (this.#commits.size > COMMITS_MAX) this.#commits.delete(this.#commits.keys().next().value!)
    return span
  }

  /** A group that is about to be brought into ClickHouse. */
  insert({ id, table, blocks, rows, byteLength }: Group): Span | undefined {
    if (this.#commits.size === 0) return undefined
    const commits = new Set<SpanContext>()
    for (const block of blocks) {
      const context = this.#commits.get(block.commit)
      if (context !== undefined) commits.add(context)
    }
    if (commits.size === 0) return undefined
    const attributes: Attributes = {
      'db.system.name': 'clickhouse',
      'db.namespace': this.#database,
      'db.collection.name': table,
      'db.operation.name': 'INSERT',
      'weir.insert.group': id,
      'weir.insert.blocks': blocks.length,
      'weir.insert.rows': rows,
      'weir.insert.bytes': byteLength,
    }
    return this.#tracing.linked({ name: `INSERT ${table}`, kind: 'client', attributes }, [...commits])
  }
}

/** `events` of the committer, with a span from a commit's sealing to its end. */
export function traceCommits(traces: StoreTraces | undefined, events: CommitterEvents): CommitterEvents {
  if (traces === undefined) return events
  /** One is written at a time. */
  let writing: { readonly commit: OpenCommit; readonly span: Span } | undefined
  const end = (commit: OpenCommit, error?: string): void => {
    // A commit that was given up before it was written has none.
    if (writing?.commit !== commit) return
    if (error !== undefined) writing.span.fail(error)
    writing.span.end()
    writing = undefined
  }
  return {
    ...events,
    beforeSeal: (commit) => {
      const span = traces.commit(commit)
      writing = span && { commit, span }
      events.beforeSeal(commit)
    },
    durable: (commit, durable) => {
      end(commit)
      events.durable(commit, durable)
    },
    refused: (commit, error) => {
      end(commit, error instanceof RefusedError ? error.reason : error.name)
      events.refused(commit, error)
    },
  }
}
