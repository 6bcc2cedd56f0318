import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Signal } from '../../src/otlp/batch.ts'

export type LoadSetup = {
  readonly address: string
  /** One, or several whose requests take turns. */
  readonly signals: ReadonlyArray<Signal>
  readonly recordsPerRequest: number
  readonly connections: number
}

export type LoadOrder =
  | { readonly kind: 'closed'; readonly seconds: number; readonly concurrency: number }
  | { readonly kind: 'open'; readonly seconds: number; readonly requestsPerSecond: number }

export type LoadReport = {
  readonly seconds: number
  /** Answered OK before the time was up: what counts for the rate. */
  readonly recordsAcknowledgedInTime: number
  /** Answered OK, stragglers included: what must be stored. */
  readonly recordsAcknowledged: number
  /** Requests by grpc-status, where it was not OK. */
  readonly refused: Readonly<Record<string, number>>
  /** From when the request was due (closed loop: sent) to its answer. */
  readonly ackP50Ms: number
  readonly ackP99Ms: number
  readonly ackMaxMs: number
  readonly cpuMicros: number
}

export type LoadGenerator = {
  readonly run: (order: LoadOrder) => Promise<LoadReport>
  readonly stop: () => Promise<void>
}

/** Starts the load generator as a process of its own. */
export async function startLoad(setup: LoadSetup): Promise<LoadGenerator> {
  const child = fork(new URL('./generator.ts', import.meta.url), [JSON.stringify(setup)], { execArgv: [] })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the load generator ended with code ${code}`)
  })
  ended.catch(() => undefined)
  const nextMessage = async () => (await Promise.race([once(child, 'message'), ended]))[0]
  await nextMessage()
  return {
    run: async (order) => {
      child.send(order)
      return (await nextMessage()) as LoadReport
    },
    stop: async () => {
      child.disconnect()
      await ended.catch(() => undefined)
    },
  }
}
