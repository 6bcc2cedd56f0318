import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from '../../src/store/engine/ports.ts'
import { collectorBinary } from './binary.ts'

const READY = 'Everything is ready. Begin running and processing data.'
const LINES_KEPT = 200

/** How the collector sends: OTLP over gRPC with gzip, or over HTTP with zstd. */
export const EXPORTERS = ['otlp_grpc', 'otlp_http'] as const
export type Exporter = (typeof EXPORTERS)[number]

/** Where the gateway takes OTLP, as host:port. */
export type Target = { readonly grpc: string; readonly http: string }

function exporterConfig(exporter: Exporter, { grpc, http }: Target, timeoutMs: number): object {
  const way =
    exporter === 'otlp_grpc'
      ? { endpoint: grpc, compression: 'gzip', tls: { insecure: true } }
      : { endpoint: `http://${http}`, compression: 'zstd' }
  return {
    ...way,
    timeout: `${timeoutMs}ms`,
    // Never gives up: what the gateway did not acknowledge is sent again, the same bytes.
    retry_on_failure: { enabled: true, initial_interval: '50ms', max_interval: '500ms', max_elapsed_time: 0 },
    sending_queue: { enabled: true, num_consumers: 4, queue_size: 100_000 },
  }
}

/** A real OpenTelemetry Collector; of `start`: otlp in, batch, one exporter out. Whoever starts it ends it. */
export class CollectorProcess {
  /** Where it takes OTLP/gRPC and OTLP/HTTP. */
  readonly urls: { readonly grpc: string; readonly http: string }
  readonly #child: ChildProcess
  readonly #exited: Promise<number | NodeJS.Signals>
  readonly #folder: string
  readonly #lines: string[] = []

  private constructor(child: ChildProcess, folder: string, urls: CollectorProcess['urls']) {
    this.#child = child
    this.#folder = folder
    this.urls = urls
    this.#exited = once(child, 'close').then(([code, signal]) => (signal ?? code) as number | NodeJS.Signals)
  }

  /** `timeoutMs`: how long it waits for an answer before it sends again. */
  static async start(exporter: Exporter, target: Target, timeoutMs = 5000): Promise<CollectorProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'weir-collector-'))
    const grpc = `127.0.0.1:${await freePort()}`
    const http = `127.0.0.1:${await freePort()}`
    const config = {
      receivers: { otlp: { protocols: { grpc: { endpoint: grpc }, http: { endpoint: http } } } },
      processors: { batch: { send_batch_size: 200, send_batch_max_size: 300, timeout: '50ms' } },
      exporters: { [exporter]: exporterConfig(exporter, target, timeoutMs) },
      service: { pipelines: { logs: { receivers: ['otlp'], processors: ['batch'], exporters: [exporter] } } },
    }
    return CollectorProcess.#run(folder, [JSON.stringify(config)], {}, { grpc, http: `http://${http}` })
  }

  /** Of these configurations, as YAML: the later goes before the earlier. It takes no OTLP unless they say so. */
  static async startWith(
    configs: ReadonlyArray<string>,
    env: Readonly<Record<string, string>>,
  ): Promise<CollectorProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'weir-collector-'))
    return CollectorProcess.#run(folder, configs, env, { grpc: '', http: '' })
  }

  static async #run(
    folder: string,
    configs: ReadonlyArray<string>,
    env: Readonly<Record<string, string>>,
    urls: CollectorProcess['urls'],
  ): Promise<CollectorProcess> {
    const binary = await collectorBinary()
    const files = configs.map((_, i) => join(folder, `collector-${i}.yaml`))
    for (const [i, file] of files.entries()) await writeFile(file, configs[i]!)
    const child = spawn(
      binary,
      files.flatMap((file) => ['--config', `file:${file}`]),
      { stdio: ['ignore', 'ignore', 'pipe'], env },
    )
    const collector = new CollectorProcess(child, folder, urls)
    try {
      await collector.#ready()
      return collector
    } catch (error) {
      await collector.remove()
      throw error
    }
  }

  /** SIGTERM: sends what it holds, then ends. Resolves with the exit code. */
  async drain(): Promise<number | NodeJS.Signals> {
    this.#child.kill('SIGTERM')
    return this.#exited
  }

  /** SIGKILL, if it still runs, and its files go. */
  async remove(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exited
    await rm(this.#folder, { recursive: true })
  }

  lastLines(): string {
    return this.#lines.join('\n')
  }

  async #ready(): Promise<void> {
    const ready = new Promise<void>((resolve) => {
      createInterface(this.#child.stderr!).on('line', (line) => {
        this.#lines.push(line)
        if (this.#lines.length > LINES_KEPT) this.#lines.shift()
        if (line.includes(READY)) resolve()
      })
    })
    const ended = this.#exited.then((how): never => {
      throw new Error(`the collector ended (${how}) before it was ready:\n${this.lastLines()}`)
    })
    await Promise.race([ready, ended])
  }
}
