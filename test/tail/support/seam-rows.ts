import { NO_LABELS, timeWords } from '../../../src/query/logql/record.ts'
import type { Positions, SeamPlace, TailEntry } from '../../../src/tail/line.ts'
import type { Fillable, RowsBelow } from '../../../src/tail/seam/holes/carried-hole.ts'
import type { ViewerSeam } from '../../../src/tail/seam/viewer-seam.ts'
import type {
  BacklogPart,
  FeedQuery,
  FeedSink,
  Joined,
  Later,
  SourceFeed,
  Start,
  TailSource,
} from '../../../src/tail/source.ts'

/** A line of the one container there is. */
export type ModelLine = { readonly ns: bigint; readonly text: string }
type Row = ModelLine & { readonly gatewayId: string; readonly seq: bigint }

/** What gateways have stored of a container. Every row can be read at once; what takes time is the reading. */
export class ModelStore {
  readonly lane: string
  readonly rows: Row[] = []
  readonly #next: Map<string, bigint>
  readonly #reads: Array<() => void> = []

  constructor(lane: string, gatewayIds: ReadonlyArray<string>) {
    this.lane = lane
    this.#next = new Map(gatewayIds.map((gatewayId) => [gatewayId, 1n]))
  }

  get next(): Positions {
    return this.#next
  }

  add(gatewayId: string, line: ModelLine): void {
    const seq = this.#next.get(gatewayId)!
    this.rows.push({ ...line, gatewayId, seq })
    this.#next.set(gatewayId, seq + 1n)
  }

  /** Resolves when the test lets this reading happen. */
  async turn(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => this.#reads.push(resolve))
    signal.throwIfAborted()
  }

  /** Lets the nth reading that waits happen. */
  letRead(nth: number): void {
    const { length } = this.#reads
    if (length > 0) this.#reads.splice(nth % length, 1)[0]!()
  }

  get isReading(): boolean {
    return this.#reads.length > 0
  }
}

/** Rows as one gateway tells them: its own as they come, those of the others by polls. */
export class ModelRows implements TailSource {
  readonly name = 'receive'
  readonly hasContainers = false
  readonly about = {}
  readonly feeds = new Set<RowFeed>()
  readonly #store: ModelStore

  constructor(store: ModelStore) {
    this.#store = store
  }

  follow(query: FeedQuery, sink: FeedSink): SourceFeed {
    const feed = new RowFeed(query, sink, this.#store, () => this.feeds.delete(feed))
    this.feeds.add(feed)
    return feed
  }

  stop(): void {}
}

class RowFeed implements SourceFeed {
  readonly ready = Promise.resolve()
  readonly base = 0n
  readonly #query: FeedQuery
  readonly #sink: FeedSink
  readonly #store: ModelStore
  readonly #next: Map<string, bigint>
  readonly close: () => void

  constructor(query: FeedQuery, sink: FeedSink, store: ModelStore, close: () => void) {
    this.#query = query
    this.#sink = sink
    this.#store = store
    this.#next = new Map(store.next)
    this.close = close
  }

  positions(): Positions {
    return new Map(this.#next)
  }

  /** What this gateway has of a lane by now. */
  take(gatewayId: string): void {
    const { seam } = this.#query
    const from = this.#next.get(gatewayId)!
    const to = this.#store.next.get(gatewayId)!
    const rows = this.#rows((row) => row.gatewayId === gatewayId && row.seq >= from && row.seq < to)
    this.#next.set(gatewayId, to)
    const { lane } = this.#store
    const entries = rows
      .filter(({ ns }) => seam.isWanted(lane, ns))
      .map((row) => this.#entry(row, { holes: seam.holesOf(lane, row.ns, row.text) }))
    this.#sink.entries(present(entries), new Map([[gatewayId, to]]))
  }

  join(start: Start, seam: ViewerSeam, signal: AbortSignal): Joined {
    const next = this.positions()
    const isNew = ({ gatewayId, seq }: Row): boolean =>
      seq < next.get(gatewayId)! && (start.kind !== 'resume' || seq >= (start.positions.get(gatewayId) ?? 0n))
    const ahead =
      start.kind === 'resume' ? [...start.positions].filter(([lane, seq]) => seq > next.get(lane)!) : []
    return { backlog: this.#backlog(isNew, seam, signal), told: new Map(ahead) }
  }

  fill(hole: Fillable, { below, otherwise }: RowsBelow): Later {
    return async (signal) => {
      const misses = hole.missing()
      const { startNs, endNs } = hole.range
      const rows = this.#rows(
        ({ ns, text, gatewayId, seq }) =>
          seq < (below.get(gatewayId) ?? otherwise) && ns >= startNs && ns < endNs && misses(ns, text),
      )
      await this.#store.turn(signal)
      return [{ kind: 'entries', entries: present(rows.map((row) => this.#entry(row, { text: row.text }))) }]
    }
  }

  async *#backlog(
    isNew: (row: Row) => boolean,
    seam: ViewerSeam,
    signal: AbortSignal,
  ): AsyncGenerator<BacklogPart, void, undefined> {
    await this.#store.turn(signal)
    const { lane } = this.#store
    const rows = this.#rows((row) => isNew(row) && seam.takesReceived(lane, row.ns))
    await this.#store.turn(signal)
    yield { kind: 'entries', entries: present(rows.map((row) => this.#entry(row, {}))) }
  }

  #rows(isWanted: (row: Row) => boolean): Row[] {
    return this.#store.rows.filter(isWanted)
  }

  #entry({ ns, text, gatewayId, seq }: Row, place: Pick<SeamPlace, 'holes' | 'text'>): TailEntry | undefined {
    return this.#query.evaluate(
      {
        ...timeWords(ns),
        line: text,
        stream: NO_LABELS,
        metadata: NO_LABELS,
        tenantId: 'a',
        lane: gatewayId,
        seq,
      },
      { container: this.#store.lane, stampNs: ns, side: 'stored', ...place },
    )
  }
}

const present = (entries: ReadonlyArray<TailEntry | undefined>): TailEntry[] =>
  entries.filter((entry) => entry !== undefined)
