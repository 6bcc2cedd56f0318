import type { Database } from '../../src/store/database.ts'
import { dateTime, escaped, letters, mapOf } from '../support/stored-text.ts'
import type { LoadedEntry, LoadedStream } from './script.ts'

/** Scripts begin at time 0, which no class of a config keeps for so long. */
const RETENTION_DAYS = 36_500
/** The day of 2098 by which all rows go: a TTL ends in 2106. */
const EXPIRY_DAY = 47_000

const retentionOf = (day: number): number => Math.min(RETENTION_DAYS, EXPIRY_DAY - day)
const NS_PER_DAY = 86_400_000_000_000n

/** Streams in Weir's tables: labels as a resource's attributes, structured metadata as those of the record. */
export class StoredStreams {
  readonly #writer: Database
  readonly #fingerprints = new Map<string, number>()
  readonly #seen = new Set<string>()
  #seq = 0

  constructor(writer: Database) {
    this.#writer = writer
  }

  async add(streams: ReadonlyArray<LoadedStream>): Promise<void> {
    const resources: string[] = []
    const logs: string[] = []
    for (const { labels, entries } of streams) {
      const fingerprint = this.#fingerprintOf(labels)
      for (const day of new Set(entries.map(({ timeNs }) => timeNs / NS_PER_DAY)))
        resources.push(
          [
            'default',
            fingerprint,
            dateTime(day * NS_PER_DAY).slice(0, 10),
            mapOf(labels),
            letters(labels),
            retentionOf(Number(day)),
          ].join('\t'),
        )
      for (const entry of entries)
        if (this.#isNew(fingerprint, entry)) logs.push(this.#rowOf(fingerprint, entry))
    }
    await this.#insert(
      'resources',
      'TenantId, ResourceFingerprint, Day, Attributes, AttributeTypes, RetentionDays',
      resources,
    )
    await this.#insert(
      'logs',
      'TenantId, Timestamp, SourceTime, ResourceFingerprint, GatewayId, Seq, Body, BodyType, LogAttributes, LogAttributeTypes, RetentionDays',
      logs,
    )
  }

  async clear(): Promise<void> {
    this.#seen.clear()
    for (const table of ['logs', 'resources'])
      await this.#writer.command(`TRUNCATE TABLE ${this.#writer.name}.${table}`)
  }

  /** Another one after every clearing is not needed: equal labels are equal resources. */
  #fingerprintOf(labels: ReadonlyMap<string, string>): number {
    const key = JSON.stringify([...labels].sort())
    const known = this.#fingerprints.get(key) ?? this.#fingerprints.size + 1
    this.#fingerprints.set(key, known)
    return known
  }

  /** Loki's store keeps one of those that have stream, time and line in common, whatever their metadata. */
  #isNew(fingerprint: number, { timeNs, line }: LoadedEntry): boolean {
    const key = JSON.stringify([fingerprint, String(timeNs), line])
    if (this.#seen.has(key)) return false
    this.#seen.add(key)
    return true
  }

  #rowOf(fingerprint: number, { timeNs, line, metadata }: LoadedEntry): string {
    const time = dateTime(timeNs)
    return [
      'default',
      time,
      time,
      fingerprint,
      'conformance',
      ++this.#seq,
      escaped(line),
      's',
      mapOf(metadata),
      letters(metadata),
      retentionOf(Number(timeNs / NS_PER_DAY)),
    ].join('\t')
  }

  /** The last column is never empty: ClickHouse's client trims statements. */
  async #insert(table: string, columns: string, rows: ReadonlyArray<string>): Promise<void> {
    if (rows.length === 0) return
    const { name } = this.#writer
    const text = rows.map((row) => `${row}\n`).join('')
    await this.#writer.command(
      `INSERT INTO ${name}.${table} (${columns}) SETTINGS async_insert = 0 FORMAT TabSeparated\n${text}`,
    )
  }
}
