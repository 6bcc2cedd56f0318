import type { LiveRecord } from '../../../src/tail/line.ts'
import type { BacklogPart, FeedQuery, FeedSink, SourceFeed, TailSource } from '../../../src/tail/source.ts'

/** A source whose lines are the test's to send; they go through the queries of the feeds. */
export class StandInSource implements TailSource {
  readonly name = 'stand-in'
  readonly hasContainers = false
  readonly about = {}
  readonly feeds: { readonly query: FeedQuery; readonly sink: FeedSink }[] = []
  /** Who comes is told these first. */
  past: ReadonlyArray<LiveRecord> = []
  #next = 1n

  follow(query: FeedQuery, sink: FeedSink): SourceFeed {
    const feed = { query, sink }
    this.feeds.push(feed)
    return {
      ready: Promise.resolve(),
      base: 0n,
      positions: () => new Map([['stand-in', this.#next]]),
      join: () => ({ backlog: backlogOf(query, this.past), told: new Map<string, bigint>() }),
      close: () => void this.feeds.splice(this.feeds.indexOf(feed), 1),
    }
  }

  stop(): void {}

  line(
    line: string,
    { stream, droppedBy }: { readonly stream: LiveRecord['stream']; readonly droppedBy?: string },
  ): void {
    const seq = this.#next++
    const place = { tenantId: 'a', lane: 'stand-in', seq }
    const record: LiveRecord = {
      timeHigh: 1,
      timeLow: Number(seq),
      line,
      stream,
      metadata: new Map(),
      ...place,
      droppedBy,
    }
    for (const { query, sink } of this.feeds) {
      const entry = query.evaluate(record)
      sink.entries(entry === undefined ? [] : [entry], new Map([['stand-in', this.#next]]))
    }
  }
}

async function* backlogOf(
  query: FeedQuery,
  past: ReadonlyArray<LiveRecord>,
): AsyncGenerator<BacklogPart, void, undefined> {
  for (const record of past) {
    const entry = query.evaluate(record)
    if (entry !== undefined) yield { kind: 'entries', entries: [entry] }
  }
}
