import { type Database, DatabaseError, type InsertOptions } from '../../../src/store/database.ts'

export type InsertFault =
  | 'none'
  /** ClickHouse never saw it; the sender can't know. */
  | 'lost'
  /** Stored, but the answer got lost. */
  | 'answer lost'
  /** The token was logged, the part never renamed: what a kill between the two leaves. */
  | 'token without part'
  /** Refused as data. */
  | 'refused'
  | 'busy'

/** A real ClickHouse whose inserts into one table fail as told, one fault an insert. */
export class FaultyDatabase implements Database {
  readonly name: string
  readonly inserts: string[] = []
  readonly faults: InsertFault[] = []
  /** Decides for each insert; wins over `faults`. */
  decide: ((options: InsertOptions, body: Buffer) => InsertFault | undefined) | undefined
  readonly #real: Database
  readonly #table: string
  readonly #gatewayId: string

  constructor(real: Database, table: string, gatewayId = 'testgateway') {
    this.name = real.name
    this.#real = real
    this.#table = table
    this.#gatewayId = gatewayId
  }

  async insert(options: InsertOptions): Promise<void> {
    if (options.table !== this.#table) return this.#real.insert(options)
    const body = Buffer.concat(await Array.fromAsync(options.body as AsyncIterable<Buffer>))
    const fault = this.decide?.(options, body) ?? this.faults.shift()
    this.inserts.push(`${options.token} ${fault ?? 'ok'}`)
    // Who gives up takes nothing back from ClickHouse.
    const { signal: _, ...sent } = options
    const whole = { ...sent, body, byteLength: body.length }
    switch (fault) {
      case undefined:
      case 'none':
        return this.#real.insert(whole)
      case 'refused':
        throw new DatabaseError('refused', 117, 'injected')
      case 'busy':
        throw new DatabaseError('busy', 252, 'injected')
      case 'lost':
        break
      case 'answer lost':
        await this.#real.insert(whole)
        break
      case 'token without part': {
        const before = await this.#newestSeq()
        await this.#real.insert(whole)
        await this.#deleteAfter(before)
        break
      }
    }
    throw new DatabaseError('unknown', 0, `injected: ${fault}`)
  }

  async #newestSeq(): Promise<string> {
    const [newest] = await this.#real.rows<{ seq: string }>(
      `SELECT max(Seq) AS seq FROM ${this.#table} WHERE GatewayId = {gateway:String}`,
      { gateway: this.#gatewayId },
    )
    return newest!.seq
  }

  /** Takes rows away again. (DROP PART would take their token out of the log as well.) */
  async #deleteAfter(seq: string): Promise<void> {
    await this.#real.command(
      `DELETE FROM ${this.#table} WHERE GatewayId = {gateway:String} AND Seq > {seq:UInt64} SETTINGS lightweight_deletes_sync = 2`,
      { gateway: this.#gatewayId, seq },
    )
  }

  rows: Database['rows'] = (...args) => this.#real.rows(...args)
  stream: Database['stream'] = (...args) => this.#real.stream(...args)
  command: Database['command'] = (...args) => this.#real.command(...args)
  ping(): Promise<void> {
    return this.#real.ping()
  }
  async close(): Promise<void> {}
}
