import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { poll } from './poll.ts'

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))
const ENGINE_CHILD = 'store/engine/child.ts'
const LINES_KEPT = 200

export type Line = Readonly<Record<string, unknown>> & { readonly msg?: string; readonly level?: string }

/** Parts of the config file, over quick limits. */
export type GatewayConfig = {
  readonly dataDir: string
  readonly clickhouse?: object
  readonly ack?: 'spool' | 'clickhouse'
  readonly spool?: object
  readonly inserter?: object
  /** Instead of the filter that drops what is below INFO. */
  readonly processors?: object
}

/** Small segments and young groups, so that every part of the machinery turns many times in a few seconds. */
const FILTER = { 'filter/debug': { logs: { log_record: ['severity_number < SEVERITY_NUMBER_INFO'] } } }

function configText({ dataDir, clickhouse, ack, spool, inserter, processors }: GatewayConfig): string {
  return JSON.stringify({
    listen: { grpc: '127.0.0.1:0', http: 'off', api: '127.0.0.1:0' },
    dataDir,
    clickhouse: clickhouse ?? 'embedded',
    ack: ack ?? 'spool',
    ingest: { requestBytesMax: '1MiB' },
    spool: {
      commitIntervalMs: 20,
      commitBytesMax: '1MiB',
      segmentBytesMax: '1MiB',
      freeBytesMin: '16MiB',
      ...spool,
    },
    inserter: {
      groupAgeMs: 100,
      thinGroupAgeMs: 200,
      attemptTimeoutMs: 5000,
      retryMinMs: 20,
      retryMaxMs: 300,
      ...inserter,
    },
    processors: processors ?? FILTER,
  })
}

/** A gateway as an operator runs it: a process of its own. Whoever starts it ends it. */
export class GatewayProcess {
  readonly dataDir: string
  /** What it logged, the latest lines. */
  readonly lines: Line[] = []
  /** Settles when the process is gone: its exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>
  /** The addresses it listens on; rejects if it ends before. */
  readonly ready: Promise<{ readonly grpc: string; readonly api: string }>
  readonly #child: ChildProcess
  #addresses: { readonly grpc: string; readonly api: string } | undefined

  private constructor(dataDir: string, child: ChildProcess) {
    this.dataDir = dataDir
    this.#child = child
    this.exited = once(child, 'close').then(([code, signal]) => (signal ?? code) as number | NodeJS.Signals)
    const ready = Promise.withResolvers<{ grpc: string; api: string }>()
    this.ready = ready.promise
    this.ready.catch(() => undefined)
    createInterface(child.stdout!).on('line', (text) => {
      const line = parseLine(text)
      this.lines.push(line)
      if (this.lines.length > LINES_KEPT) this.lines.shift()
      if (line.msg !== 'ready') return
      this.#addresses = { grpc: String(line.grpc), api: String(line.api) }
      ready.resolve(this.#addresses)
    })
    createInterface(child.stderr!).on('line', (text) => this.lines.push({ stderr: text }))
    void this.exited.then((how) => {
      this.#addresses = undefined
      ready.reject(new Error(`the gateway ended (${how}) before it was ready:\n${this.lastLines()}`))
    })
  }

  /** Spawns one; `ready` tells when it takes requests. */
  static async spawn(config: GatewayConfig): Promise<GatewayProcess> {
    await mkdir(config.dataDir, { recursive: true })
    const file = join(config.dataDir, 'weir.yaml')
    await writeFile(file, configText(config))
    const child = spawn(process.execPath, [MAIN, 'serve', '--config', file], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH },
    })
    return new GatewayProcess(config.dataDir, child)
  }

  static async start(config: GatewayConfig): Promise<GatewayProcess> {
    const gateway = await GatewayProcess.spawn(config)
    await gateway.ready
    return gateway
  }

  /** Where it takes OTLP over gRPC; undefined while it is not ready, or gone. */
  get grpc(): string | undefined {
    return this.#addresses?.grpc
  }

  lastLines(): string {
    const short = this.lines.map((line) => ({ ...line, err: (line.err as Error | undefined)?.message }))
    return short.map((line) => JSON.stringify(line)).join('\n')
  }

  /** SIGKILL. Resolves when the process is gone; its engine goes on its own a moment later. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.exited
  }

  /** SIGTERM: drains and stops. Resolves with the exit code. */
  terminate(): Promise<number | NodeJS.Signals> {
    this.#child.kill('SIGTERM')
    return this.exited
  }

  /** SIGKILL to both at once: neither sees the other go. */
  async killWithEngine(): Promise<void> {
    const engine = await this.enginePid()
    this.#child.kill('SIGKILL')
    killIfAlive(engine)
    await this.exited
  }

  /** SIGKILL to the engine alone. False if none runs just now. */
  async killEngine(): Promise<boolean> {
    const engine = await this.enginePid()
    killIfAlive(engine)
    return engine !== undefined
  }

  /** The embedded ClickHouse: a child of this process, found by what the kernel says. */
  async enginePid(): Promise<number | undefined> {
    const { pid } = this.#child
    if (pid === undefined) return undefined
    for (const child of await childrenOf(pid))
      if ((await readOrEmpty(`/proc/${child}/cmdline`)).includes(ENGINE_CHILD)) return child
    return undefined
  }

  /** Every sample of /metrics by `name{labels}`; undefined if the API does not answer. */
  async metrics(): Promise<ReadonlyMap<string, number> | undefined> {
    const text = await this.#get('/metrics')
    if (text === undefined) return undefined
    const samples = new Map<string, number>()
    for (const line of text.split('\n')) {
      const end = line.lastIndexOf(' ')
      if (end > 0 && !line.startsWith('#')) samples.set(line.slice(0, end), Number(line.slice(end + 1)))
    }
    return samples
  }

  /** Waits until ClickHouse has every row that was acknowledged. */
  async untilInserted(): Promise<void> {
    await poll('every row is in ClickHouse', async () => {
      const samples = await this.metrics()
      return samples?.get('weir_spool_oldest_seconds') === 0 && samples.get('weir_engine_up') === 1
    })
  }

  async #get(path: string): Promise<string | undefined> {
    try {
      const response = await fetch(`http://${this.#addresses?.api}${path}`)
      return response.ok ? await response.text() : undefined
    } catch {
      return undefined
    }
  }
}

/** Resolves when a process is gone, or dead and not yet waited for. */
export function untilGone(pid: number): Promise<void> {
  return poll(`process ${pid} is gone`, async () => {
    const stat = await readOrEmpty(`/proc/${pid}/stat`)
    return stat === '' || stat.slice(stat.lastIndexOf(')')).startsWith(') Z')
  })
}

async function childrenOf(pid: number): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => [])
  const lists = await Promise.all(tasks.map((task) => readOrEmpty(`/proc/${pid}/task/${task}/children`)))
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number))
}

function readOrEmpty(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}

function killIfAlive(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone in the meantime.
  }
}

function parseLine(text: string): Line {
  try {
    return JSON.parse(text) as Line
  } catch {
    return { text }
  }
}
