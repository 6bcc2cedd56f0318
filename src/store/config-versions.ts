import { setTimeout as delay } from 'node:timers/promises'
import { unifiedDiff } from '../config/diff.ts'
import type { Database } from './database.ts'
import { configVersions } from './tables/control.ts'

/** A configuration that a gateway applied. */
export type ConfigVersion = {
  /** Milliseconds since 1970. */
  readonly appliedMs: number
  /** SHA-256 of the text before it was cut, lower hex. */
  readonly hash: string
  /** YAML, secrets masked. */
  readonly text: string
  /** `start`, `signal`, or who called the API. */
  readonly appliedBy: string
}

/** As it is stored: `diff` is unified, against the version of the same gateway before. */
export type StoredVersion = ConfigVersion & { readonly gatewayId: string; readonly diff: string }

export type ConfigVersionsOptions = {
  readonly database: Database
  readonly gatewayId: string
  readonly failed: (error: unknown) => void
  /** Between two attempts while ClickHouse is away. */
  readonly retryMs?: number
}

const TIMEOUT_MS = 10_000
const RETRY_MS = 5000
/** Versions that wait for ClickHouse; the oldest of them go first. */
const PENDING_MAX = 100
/** Versions of one gateway that are kept; a tenth more may stand until they are cut back. */
const KEPT_MAX = 1000
const KEPT_SLACK = 100
/** A stop waits so long for versions that are not written yet. */
const STOP_MS = 3000
/** Bound values stand in the URL, for which ClickHouse has 1 MiB. */
const TEXT_ENCODED_MAX = 600_000
const DIFF_ENCODED_MAX = 200_000
/** One of them may have 128 KiB, escaped: long texts go in pieces. */
const PIECE_LENGTH = 16_000
const TEXT_PIECES = Math.ceil(TEXT_ENCODED_MAX / PIECE_LENGTH)
const DIFF_PIECES = Math.ceil(DIFF_ENCODED_MAX / PIECE_LENGTH)

const pieces = (name: string, count: number): string =>
  `concat(${Array.from({ length: count }, (_, i) => `{${name}${i}:String}`).join(', ')})`

/** Written again after an unknown outcome, a version is still one row. */
const INSERT =
  `INSERT INTO ${configVersions.name} (AppliedAt, GatewayId, Hash, Text, Diff, AppliedBy) SETTINGS async_insert = 0 ` +
  `SELECT fromUnixTimestamp64Milli({at:Int64}), {gateway:String}, {hash:String}, ${pieces('text', TEXT_PIECES)}, ` +
  `${pieces('diff', DIFF_PIECES)}, {by:String} WHERE NOT (SELECT count() > 0 FROM ${configVersions.name} ` +
  'WHERE AppliedAt = fromUnixTimestamp64Milli({at:Int64}) AND GatewayId = {gateway:String} AND Hash = {hash:String})'

/** No gateway applies two configurations in one millisecond. */
const DELETE_OLD =
  `DELETE FROM ${configVersions.name} WHERE GatewayId = {gateway:String} AND AppliedAt < ` +
  `(SELECT min(AppliedAt) FROM (SELECT AppliedAt FROM ${configVersions.name} WHERE GatewayId = {gateway:String} ` +
  'ORDER BY AppliedAt DESC LIMIT {kept:UInt32}))'

const COLUMNS =
  'toUnixTimestamp64Milli(AppliedAt) AS appliedMs, GatewayId AS gatewayId, Hash AS hash, Text AS text, ' +
  'Diff AS diff, AppliedBy AS appliedBy'

/**
 * Writes every configuration that was applied, in order, as soon as ClickHouse takes it; what was applied meanwhile waits,
 * in memory. The one at a start is written only if it is not the gateway's newest.
 */
export class ConfigVersions {
  readonly #options: ConfigVersionsOptions
  readonly #stopping = new AbortController()
  #pending: ConfigVersion[] = []
  #newest: Pick<ConfigVersion, 'hash' | 'text'> | undefined
  /** Written since old ones were deleted. */
  #written = KEPT_SLACK
  #started = false
  #writing: Promise<void> | undefined

  constructor(options: ConfigVersionsOptions) {
    this.#options = options
  }

  record(version: ConfigVersion): void {
    this.#pending = [...this.#pending, version].slice(-PENDING_MAX)
    this.#write()
  }

  /** ClickHouse is there and has the tables. */
  start(): void {
    this.#started = true
    this.#write()
  }

  /** Writes what it can in a few seconds. What still waits is lost; the next start writes what is in force then. */
  async stop(): Promise<void> {
    const overdue = setTimeout(() => this.#stopping.abort(), STOP_MS)
    // One that came while the last was being written has a writing of its own.
    while (this.#writing !== undefined) await this.#writing
    clearTimeout(overdue)
    this.#stopping.abort()
  }

  #write(): void {
    if (!this.#started) return
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
      if (this.#pending.length > 0 && !this.#stopping.signal.aborted) this.#write()
    })
  }

  async #writeAll(): Promise<void> {
    const { signal } = this.#stopping
    while (this.#pending.length > 0 && !signal.aborted) {
      const version = this.#pending[0]!
      try {
        await this.#writeOne(version)
        this.#pending = this.#pending.filter((one) => one !== version)
      } catch (error) {
        this.#options.failed(error)
        await delay(this.#options.retryMs ?? RETRY_MS, undefined, { signal }).catch(() => undefined)
      }
    }
  }

  async #writeOne({ appliedMs, appliedBy, hash, text }: ConfigVersion): Promise<void> {
    const { database, gatewayId } = this.#options
    this.#newest ??= (await newestVersions(database, 1, gatewayId))[0] ?? { hash: '', text: '' }
    if (appliedBy === 'start' && this.#newest.hash === hash) return
    const shown = cut(text, TEXT_ENCODED_MAX)
    const diff = cut(unifiedDiff(this.#newest.text, shown), DIFF_ENCODED_MAX)
    await database.command(
      INSERT,
      {
        ...{ at: appliedMs, gateway: gatewayId, hash, by: appliedBy },
        ...piecesOf('text', shown, TEXT_PIECES),
        ...piecesOf('diff', diff, DIFF_PIECES),
      },
      { timeoutMs: TIMEOUT_MS },
    )
    this.#newest = { hash, text: shown }
    if (++this.#written < KEPT_SLACK) return
    await database.command(DELETE_OLD, { gateway: gatewayId, kept: KEPT_MAX }, { timeoutMs: TIMEOUT_MS })
    this.#written = 0
  }
}

/** Newest first: of one gateway, or of all. Throws {@link import('./database.ts').DatabaseError}. */
export async function newestVersions(
  database: Database,
  limit: number,
  gatewayId = '',
  signal?: AbortSignal,
): Promise<StoredVersion[]> {
  const rows = await database.rows<Omit<StoredVersion, 'appliedMs'> & { appliedMs: string }>(
    `SELECT ${COLUMNS} FROM ${configVersions.name} WHERE {gateway:String} IN ('', GatewayId) ` +
      'ORDER BY AppliedAt DESC, GatewayId LIMIT {limit:UInt32}',
    { gateway: gatewayId, limit },
    { timeoutMs: TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) },
  )
  return rows.map((row) => ({ ...row, appliedMs: Number(row.appliedMs) }))
}

const CUT = '# cut here\n'

/** Whole lines from the start, as many as a statement has room for. */
function cut(text: string, encodedMax: number): string {
  if (encodedLength(text) <= encodedMax) return text
  let kept = ''
  let length = encodedLength(CUT)
  for (const line of text.split(/(?<=\n)/)) {
    length += encodedLength(line)
    if (length > encodedMax) break
    kept += line
  }
  return kept + CUT
}

/** How much of a URL a bound text takes: some characters are escaped before they are encoded. */
function encodedLength(text: string): number {
  return encodeURIComponent(text.toWellFormed().replace(/[\t\n\r'\\]/g, '\\$&')).length
}

function piecesOf(name: string, text: string, count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `${name}${i}`,
      text.slice(i * PIECE_LENGTH, (i + 1) * PIECE_LENGTH),
    ]),
  )
}
