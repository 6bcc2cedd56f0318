import type { ServerResponse } from 'node:http'
import { type LogBehaviour, LogResponse } from './fake-log-response.ts'
import type { FakePod } from './fake-pod.ts'
import { Journal } from './journal.ts'
import type { LogQuery } from './kubelet-reader.ts'

/** A request for a log as the kubelet saw it; refused ones have no response. */
export type SeenLog = { readonly pod: string; readonly container: string; readonly response?: LogResponse }

/** How whoever speaks HTTP says no. */
export type Refuse = (status: number, message: string, retryAfterSeconds?: number) => void

/**
 * The kubelets of a cluster: their pods, and the answer to every request for a log. Behaviours are queued; without one a
 * request is answered in health. Knows no URL: the API server in this process and the kubelet behind a real one ask it.
 */
export class FakeKubelet {
  readonly requests = new Journal<SeenLog>()
  readonly #pods = new Map<string, FakePod>()
  readonly #behaviours: LogBehaviour[] = []

  add(pod: FakePod): void {
    this.#pods.set(keyOf(pod.namespace, pod.name), pod)
  }

  /** Another pod of its name stays. */
  remove(pod: FakePod): void {
    if (this.find(pod.namespace, pod.name) === pod) this.#pods.delete(keyOf(pod.namespace, pod.name))
  }

  find(namespace: string, name: string): FakePod | undefined {
    return this.#pods.get(keyOf(namespace, name))
  }

  /** The next requests are answered so, one after the other. */
  behave(...behaviours: LogBehaviour[]): void {
    this.#behaviours.push(...behaviours)
  }

  async answer(
    ask: {
      readonly namespace: string
      readonly pod: string
      readonly container: string
      readonly query: LogQuery
    },
    response: ServerResponse,
    refuse: Refuse,
  ): Promise<void> {
    const { container: name, query } = ask
    const behaviour = this.#behaviours.shift() ?? {}
    const refused: Refuse = (...why) => {
      this.requests.push({ pod: ask.pod, container: name })
      refuse(...why)
    }
    if (behaviour.refuse !== undefined) {
      const { status, message, retryAfterSeconds } = behaviour.refuse
      return refused(status, message, retryAfterSeconds)
    }
    const pod = this.find(ask.namespace, ask.pod)
    const container = pod?.containers.find((one) => one.name === name)
    if (pod === undefined) return refused(404, `pods "${ask.pod}" not found`)
    if (container === undefined) return refused(400, `container ${name} is not valid for pod ${ask.pod}`)
    const instance = container.logInstance(pod.name, query.previous)
    if (typeof instance === 'string') return refused(400, instance)
    await behaviour.hold
    const running = (): boolean => instance.finishedSeconds === undefined
    const log = new LogResponse(name, query, instance.log, response, behaviour, running)
    this.requests.push({ pod: ask.pod, container: name, response: log })
    log.pump()
  }

  /** The next request from now on that fits. */
  async nextLog(fits: (log: LogResponse) => boolean = ({ query }) => query.follow): Promise<LogResponse> {
    const from = this.requests.all.length
    const { response } = await this.requests.find(
      (seen) => seen.response !== undefined && fits(seen.response),
      from,
    )
    return response!
  }

  get openFollows(): LogResponse[] {
    return this.requests.all.flatMap(({ response }) =>
      response?.isOpen === true && response.query.follow ? [response] : [],
    )
  }
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`
}
