import { closeSync, openSync, readSync } from 'node:fs'
import type { CriLog } from './cri-log.ts'

/** What the API server passes on to the kubelet. */
export type LogQuery = {
  readonly follow: boolean
  readonly timestamps: boolean
  readonly previous: boolean
  sinceNs: bigint | undefined
  readonly tailLines: number | undefined
  readonly limitBytes: number | undefined
}

/** As it stands in a URL; the API server's and the kubelet's have the same names. */
export function readLogQuery(parameters: URLSearchParams): LogQuery {
  const since = parameters.get('sinceTime')
  const number = (key: string): number | undefined => {
    const text = parameters.get(key)
    return text === null ? undefined : Number(text)
  }
  return {
    follow: parameters.get('follow') === 'true',
    timestamps: parameters.get('timestamps') === 'true',
    previous: parameters.get('previous') === 'true',
    sinceNs: since === null ? undefined : BigInt(Date.parse(since)) * 1_000_000n,
    tailLines: number('tailLines'),
    limitBytes: number('limitBytes'),
  }
}

/**
 * How a kubelet reads a log: record by record from the current file (rotated ones are out of reach), parts joined and
 * stamped once, `since` looked at for every record. Synchronous, so that nothing is skipped between two rotations.
 */
export class KubeletReader {
  readonly #log: CriLog
  readonly #query: LogQuery
  readonly #write: (bytes: Buffer) => void
  #generation: number
  #file: number
  #pending: Buffer = Buffer.alloc(0)
  #atLineStart = true
  #left: number
  #skip: number

  constructor(log: CriLog, query: LogQuery, write: (bytes: Buffer) => void) {
    this.#log = log
    this.#query = query
    this.#write = write
    this.#left = query.limitBytes ?? Number.MAX_SAFE_INTEGER
    this.#generation = log.generation
    this.#file = openSync(log.path, 'r')
    this.#skip = query.tailLines === undefined ? 0 : Math.max(0, countRecords(log.path) - query.tailLines)
  }

  /** Reads what there is. True: no more may be written (`limitBytes`). */
  pump(): boolean {
    for (;;) {
      this.#readFile()
      if (this.#left <= 0) return true
      if (this.#generation === this.#log.generation) return false
      // The path leads to a new file: the last one is at its end.
      closeSync(this.#file)
      this.#generation = this.#log.generation
      this.#file = openSync(this.#log.path, 'r')
      this.#pending = Buffer.alloc(0)
    }
  }

  close(): void {
    closeSync(this.#file)
  }

  #readFile(): void {
    const chunk = Buffer.alloc(64 * 1024)
    for (let length = -1; length !== 0; ) {
      length = readSync(this.#file, chunk)
      this.#pending = Buffer.concat([this.#pending, chunk.subarray(0, length)])
      for (let end = this.#pending.indexOf(10); end >= 0; end = this.#pending.indexOf(10)) {
        this.#record(this.#pending.subarray(0, end))
        this.#pending = this.#pending.subarray(end + 1)
      }
    }
  }

  #record(record: Buffer): void {
    if (this.#skip > 0) {
      this.#skip--
      return
    }
    const [stampEnd, streamEnd, tagEnd] = spaces(record)
    const stamp = record.toString('latin1', 0, stampEnd)
    const partial = record[streamEnd! + 1] === 0x50
    const isStart = this.#atLineStart
    // A part that holds nothing is taken for a line's end.
    this.#atLineStart = !partial || record.length === tagEnd! + 1
    if (this.#query.sinceNs !== undefined && nanos(stamp) < this.#query.sinceNs) return
    const prefix = this.#query.timestamps && isStart ? `${stamp} ` : ''
    const line = Buffer.concat([
      Buffer.from(prefix),
      record.subarray(tagEnd! + 1),
      Buffer.from(partial ? '' : '\n'),
    ])
    const cut = line.subarray(0, Math.max(0, this.#left))
    this.#left -= line.length
    if (cut.length > 0) this.#write(cut)
  }
}

function countRecords(path: string): number {
  const file = openSync(path, 'r')
  const chunk = Buffer.alloc(64 * 1024)
  let records = 0
  for (let length = readSync(file, chunk); length > 0; length = readSync(file, chunk))
    for (let i = 0; i < length; i++) if (chunk[i] === 10) records++
  closeSync(file)
  return records
}

function spaces(record: Buffer): number[] {
  const first = record.indexOf(32)
  const second = record.indexOf(32, first + 1)
  return [first, second, record.indexOf(32, second + 1)]
}

/** By another way than the code under test: Date for the seconds, BigInt for the rest. */
function nanos(stamp: string): bigint {
  const [, head, fraction, zone] = /^(.{19})\.(\d{9})(.*)$/.exec(stamp)!
  return BigInt(Date.parse(`${head}${zone}`)) * 1_000_000n + BigInt(fraction!)
}
