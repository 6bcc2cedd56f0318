import { once } from 'node:events'
import { type ClientHttp2Session, connect } from 'node:http2'
import { setTimeout as delay } from 'node:timers/promises'
import { serviceOf } from '../../src/ingest/services.ts'
import { quantile } from '../schema/clickhouse.ts'
import type { LoadOrder, LoadReport, LoadSetup } from './load.ts'
import { sourceOf } from './sources/index.ts'
import type { PodSource } from './sources/template.ts'

/**
 * The load generator, a process of its own: OTLP over gRPC on plain HTTP/2 streams, since a gRPC library would take
 * more of the shared cores than the gateway gets. Every request is new; an answer other than OK is counted.
 */

/** Beyond it an open loop is no open loop: the machine is at its end. */
const IN_FLIGHT_MAX = 1000
const REFUSED_PAUSE_MS = 50

type Turn = {
  readonly path: string
  readonly records: number
  readonly pod: PodSource
  /** Requests that are free to be sent: bytes on their way must not change. */
  readonly free: Buffer[]
}

/** The pods of all signals, one after the other. */
class Requests {
  readonly #turns: ReadonlyArray<Turn>
  #turn = 0

  constructor({ signals, recordsPerRequest }: LoadSetup) {
    const bySignal = signals.map((signal) => {
      const { records, pods } = sourceOf(signal, recordsPerRequest)
      const path = serviceOf(signal).grpcPath
      return pods.map((pod): Turn => ({ path, records, pod, free: [] }))
    })
    // By pods first: the signals of a mix take turns.
    this.#turns = bySignal[0]!.flatMap((_, pod) => bySignal.map((turns) => turns[pod]!))
  }

  /** Calls `send` with a new request, whose memory is used again once that is done. Returns its number of records. */
  async with(send: (path: string, bytes: Buffer) => Promise<void>): Promise<number> {
    const { path, records, pod, free } = this.#turns[this.#turn++ % this.#turns.length]!
    const bytes = free.pop() ?? Buffer.from(pod.bytes)
    pod.refresh(bytes, Date.now())
    await send(path, bytes)
    free.push(bytes)
    return records
  }
}

class Load {
  readonly #sessions: ClientHttp2Session[]
  readonly #requests: Requests
  #turn = 0

  constructor(setup: LoadSetup) {
    this.#requests = new Requests(setup)
    this.#sessions = Array.from({ length: setup.connections }, () => connect(`http://${setup.address}`))
  }

  async run(order: LoadOrder): Promise<LoadReport> {
    const tally = new Tally()
    const cpuBefore = process.cpuUsage()
    const startedMs = performance.now()
    const endMs = startedMs + order.seconds * 1000
    await (order.kind === 'closed'
      ? this.#closed(order.concurrency, endMs, tally)
      : this.#open(order.requestsPerSecond, startedMs, endMs, tally))
    const cpu = process.cpuUsage(cpuBefore)
    const { latenciesMs } = tally
    return {
      seconds: order.seconds,
      recordsAcknowledgedInTime: tally.recordsInTime,
      recordsAcknowledged: tally.records,
      refused: tally.refused,
      ackP50Ms: quantile(latenciesMs, 0.5),
      ackP99Ms: quantile(latenciesMs, 0.99),
      ackMaxMs: latenciesMs.reduce((most, one) => Math.max(most, one), 0),
      cpuMicros: cpu.user + cpu.system,
    }
  }

  close(): void {
    for (const session of this.#sessions) session.close()
  }

  /** `concurrency` senders, each with one request at a time. */
  async #closed(concurrency: number, endMs: number, tally: Tally): Promise<void> {
    const sender = async () => {
      while (performance.now() < endMs) {
        const status = await this.#send(performance.now(), endMs, tally)
        if (status !== '0') await delay(REFUSED_PAUSE_MS)
      }
    }
    await Promise.all(Array.from({ length: concurrency }, sender))
  }

  /** Requests arrive as from many independent senders (Poisson); latency counts from when one was due. */
  async #open(requestsPerSecond: number, startedMs: number, endMs: number, tally: Tally): Promise<void> {
    const sent = new Set<Promise<unknown>>()
    for (
      let dueMs = startedMs;
      dueMs < endMs;
      dueMs += (-Math.log(1 - Math.random()) * 1000) / requestsPerSecond
    ) {
      const waitMs = dueMs - performance.now()
      if (waitMs > 0) await delay(waitMs)
      if (sent.size >= IN_FLIGHT_MAX)
        throw new Error(`${IN_FLIGHT_MAX} requests without an answer: choose a lower rate`)
      const request = this.#send(dueMs, endMs, tally)
      sent.add(request)
      void request.finally(() => sent.delete(request))
    }
    await Promise.all(sent)
  }

  async #send(dueMs: number, endMs: number, tally: Tally): Promise<string> {
    let status = ''
    const records = await this.#requests.with(async (path, bytes) => {
      status = await this.#export(path, bytes)
    })
    tally.add(status, records, performance.now(), dueMs, endMs)
    return status
  }

  /** One unary call; resolves with its grpc-status. */
  async #export(path: string, message: Buffer): Promise<string> {
    const stream = this.#sessions[this.#turn++ % this.#sessions.length]!.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    let status = 'none'
    const take = (headers: Readonly<Record<string, unknown>>) => {
      const found = headers['grpc-status']
      if (found !== undefined) status = String(found)
    }
    stream.on('response', take)
    stream.on('trailers', take)
    stream.resume()
    stream.end(message)
    await once(stream, 'close')
    return status
  }
}

class Tally {
  readonly latenciesMs: number[] = []
  readonly refused: Record<string, number> = {}
  records = 0
  recordsInTime = 0

  add(status: string, records: number, nowMs: number, dueMs: number, endMs: number): void {
    if (status !== '0') {
      this.refused[status] = (this.refused[status] ?? 0) + 1
      return
    }
    this.latenciesMs.push(nowMs - dueMs)
    this.records += records
    if (nowMs <= endMs) this.recordsInTime += records
  }
}

const load = new Load(JSON.parse(process.argv[2]!) as LoadSetup)
process.on('message', (order: LoadOrder) => {
  load.run(order).then(
    (report) => process.send!(report),
    (error: Error) => {
      throw error
    },
  )
})
process.on('disconnect', () => {
  load.close()
  process.exit(0)
})
process.send!('ready')
