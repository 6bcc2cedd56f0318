import { ClickHouseProxy } from '../../crash/support/clickhouse-proxy.ts'
import { clickhouseAt, originOf } from '../../crash/support/server.ts'
import { startTestEngine, type TestEngine } from '../../support/engine.ts'

const LOOK_MS = 5

/** A real ClickHouse that may go away for a while, or lag behind with what it is given. */
export class WaywardClickHouse {
  readonly #engine: TestEngine
  readonly #proxy: ClickHouseProxy
  #isAway = false

  private constructor(engine: TestEngine, proxy: ClickHouseProxy) {
    this.#engine = engine
    this.#proxy = proxy
  }

  static async start(): Promise<WaywardClickHouse> {
    const engine = await startTestEngine()
    const origin = await originOf(engine)
    const proxy = await ClickHouseProxy.start(() =>
      clickhouse.#isAway ? Promise.reject(new Error('away')) : Promise.resolve(origin),
    )
    const clickhouse = new WaywardClickHouse(engine, proxy)
    return clickhouse
  }

  /** The `clickhouse` section of a gateway's configuration. */
  get section(): object {
    return clickhouseAt(this.#proxy.origin)
  }

  goAway(): void {
    this.#isAway = true
    this.#proxy.forget()
  }

  comeBack(): void {
    this.#isAway = false
    this.#proxy.forget()
  }

  /** From now on nobody can read what is inserted. */
  lag(): void {
    this.#proxy.handle = () => 'hold request'
  }

  /** Resolves when rows have come that nobody can read. */
  async hasUnreadableRows(): Promise<void> {
    while (!this.#proxy.inserts.some(({ done }) => !done))
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }

  /** What has come so far can be read; what comes from now on can not. */
  advance(): void {
    this.#proxy.release()
  }

  /** All can be read, and all that comes. */
  catchUp(): void {
    this.#proxy.handle = () => 'pass'
    this.#proxy.release()
  }

  async stop(): Promise<void> {
    await this.#proxy.stop()
    await this.#engine.stop()
  }
}
