import { setTimeout as delay } from 'node:timers/promises'
import { type GatewayConfig, GatewayProcess, untilGone } from './gateway-process.ts'
import type { Random } from './random.ts'

/**
 * How a round ends: SIGKILL to the gateway, to its engine, or to both at once; SIGTERM in the middle of the load; or
 * SIGKILL and then another one while the next gateway still replays.
 */
export type Ending = 'gateway' | 'engine' | 'both' | 'stop' | 'twice'

const ENDINGS: ReadonlyArray<Ending> = [
  'gateway',
  'gateway',
  'gateway',
  'engine',
  'engine',
  'both',
  'stop',
  'twice',
]
const ROUND_MS_MAX = 2000
/** A start takes about a second; the second kill hits somewhere in it. */
const START_MS_MAX = 1200

/** Counters of /metrics, summed over the lives of a gateway. */
const WATCHED =
  /^weir_(inserter_presence_checks|requests_repeated|inserter_failures|inserter_partial|blocks_quarantined|engine_restarts)/

/** One data directory and the gateways that lived on it, each ended at a random instant. */
export class Rounds {
  readonly endings: Ending[] = []
  /** Sums of what each life had counted when it was last looked at. */
  readonly counted = new Map<string, number>()
  readonly #config: GatewayConfig
  readonly #random: Random
  readonly #latest = new Map<string, number>()
  #gateway: GatewayProcess | undefined

  constructor(config: GatewayConfig, random: Random) {
    this.#config = config
    this.#random = random
  }

  get address(): string | undefined {
    return this.#gateway?.grpc
  }

  get gateway(): GatewayProcess | undefined {
    return this.#gateway
  }

  async run(rounds: number, endings: ReadonlyArray<Ending> = ENDINGS): Promise<void> {
    this.#gateway ??= await GatewayProcess.start(this.#config)
    for (let round = 0; round < rounds; round++) {
      await delay(this.#random.between(0, ROUND_MS_MAX))
      await this.#look()
      await delay(this.#random.between(0, 50))
      const ending = this.#random.pick(endings)
      this.endings.push(ending)
      await this.#end(this.#gateway, ending)
      if (ending === 'engine') continue
      this.#close()
      this.#gateway = await GatewayProcess.start(this.#config)
    }
  }

  /** Waits until everything is in ClickHouse, and stops the gateway as an operator does. Returns its exit code. */
  async drain(): Promise<number | NodeJS.Signals> {
    const gateway = this.#gateway!
    await gateway.untilInserted()
    await this.#look()
    this.#close()
    return gateway.terminate()
  }

  /** For the end of a test, whatever happened: nothing of it runs any more. */
  async destroy(): Promise<void> {
    const engine = await this.#gateway?.enginePid()
    await this.#gateway?.kill()
    if (engine !== undefined) await untilGone(engine)
  }

  async #end(gateway: GatewayProcess, ending: Ending): Promise<void> {
    switch (ending) {
      case 'gateway':
        return gateway.kill()
      case 'engine':
        await gateway.killEngine()
        return
      case 'both':
        return gateway.killWithEngine()
      case 'stop': {
        const code = await gateway.terminate()
        if (code !== 0) throw new Error(`SIGTERM ended the gateway with ${code}:\n${gateway.lastLines()}`)
        return
      }
      case 'twice': {
        await gateway.kill()
        const next = await GatewayProcess.spawn(this.#config)
        this.#gateway = next
        await delay(this.#random.between(0, START_MS_MAX))
        return next.killWithEngine()
      }
    }
  }

  /** Looks at the counters of this life; {@link #close} adds them up. */
  async #look(): Promise<void> {
    const samples = await this.#gateway?.metrics()
    for (const [name, value] of samples ?? [])
      if (value > 0 && WATCHED.test(name)) this.#latest.set(name, value)
  }

  #close(): void {
    for (const [name, value] of this.#latest) this.counted.set(name, (this.counted.get(name) ?? 0) + value)
    this.#latest.clear()
  }
}
