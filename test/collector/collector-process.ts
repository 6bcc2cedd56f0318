import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../src/store/engine/ports.ts'
import { Child } from '../support/child.ts'
import { collectorBinary } from './binary.ts'

const READY = 'Everything is ready. Begin running and processing data.'

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
  readonly #child: Child
  readonly #folder: string

  private constructor(child: Child, folder: string, urls: CollectorProcess['urls']) {
    this.#child = child
    this.#folder = folder
    this.urls = urls
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
    const child = new Child(
      'the collector',
      binary,
      files.flatMap((file) => ['--config', `file:${file}`]),
      env,
    )
    const collector = new CollectorProcess(child, folder, urls)
    try {
      await child.said(READY)
      return collector
    } catch (error) {
      await collector.remove()
      throw error
    }
  }

  /** SIGTERM: sends what it holds, then ends. Resolves with the exit code. */
  drain(): Promise<number | NodeJS.Signals> {
    return this.#child.kill('SIGTERM')
  }

  /** SIGKILL, if it still runs, and its files go. */
  async remove(): Promise<void> {
    await this.#child.kill('SIGKILL')
    await rm(this.#folder, { recursive: true })
  }

  lastLines(): string {
    return this.#child.lastLines()
  }
}
