import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { CriLog, type NodeClock } from './cri-log.ts'

/** One run of a container, as the kubelet knows it. */
export type FakeInstance = {
  readonly id: string
  readonly restartCount: number
  readonly log: CriLog
  readonly startedSeconds: number
  finishedSeconds: number | undefined
}

/** A container as the kubelet knows it; what the API server knows may be older (`FakePod.publish`). */
export class FakeContainer {
  readonly name: string
  /** Every instance there ever was. The kubelet keeps the logs of the last two. */
  readonly instances: FakeInstance[] = []
  readonly #directory: string
  readonly #clock: NodeClock
  readonly #zone: string

  constructor(name: string, directory: string, clock: NodeClock, zone: string) {
    this.name = name
    this.#directory = directory
    this.#clock = clock
    this.#zone = zone
  }

  get current(): FakeInstance | undefined {
    return this.instances.at(-1)
  }

  get running(): boolean {
    return this.current !== undefined && this.current.finishedSeconds === undefined
  }

  /** The current instance's. */
  get log(): CriLog {
    return this.current!.log
  }

  start(): FakeInstance {
    if (this.running) throw new Error('it runs already')
    const restartCount = this.instances.length
    const instance: FakeInstance = {
      id: `containerd://${randomUUID()}`,
      restartCount,
      log: new CriLog(this.#directory, restartCount, this.#clock, this.#zone),
      startedSeconds: this.#clock.seconds,
      finishedSeconds: undefined,
    }
    this.instances.push(instance)
    return instance
  }

  /** Ends, if it runs, and starts again. */
  restart(): void {
    if (this.running) this.exit()
    this.start()
  }

  exit(): void {
    this.current!.finishedSeconds = this.#clock.seconds
    this.log.end()
  }

  /** Which instance the kubelet reads, or the text of its 400 (`validateContainerLogStatus`). */
  logInstance(pod: string, previous: boolean): FakeInstance | string {
    if (!previous)
      return this.current ?? `container "${this.name}" in pod "${pod}" is waiting to start: ContainerCreating`
    const last = this.running
      ? this.instances.at(-2)
      : this.#waitsForRestart
        ? this.current
        : this.instances.at(-2)
    return last ?? `previous terminated container "${this.name}" in pod "${pod}" not found`
  }

  /** Set between two runs. */
  get #waitsForRestart(): boolean {
    return this.crashLoop && !this.running
  }

  /** Between two runs the status is waiting (CrashLoopBackOff) rather than terminated. */
  crashLoop = false

  status(): object {
    const { current, instances } = this
    if (current === undefined)
      return {
        name: this.name,
        restartCount: 0,
        state: { waiting: { reason: 'ContainerCreating' } },
        lastState: {},
      }
    const before = instances.at(-2)
    const ended = (instance: FakeInstance): object => ({
      terminated: {
        containerID: instance.id,
        exitCode: 1,
        startedAt: iso(instance.startedSeconds),
        finishedAt: iso(instance.finishedSeconds!),
      },
    })
    const state = this.running
      ? { running: { startedAt: iso(current.startedSeconds) } }
      : this.crashLoop
        ? { waiting: { reason: 'CrashLoopBackOff' } }
        : ended(current)
    const last = !this.running && this.crashLoop ? current : before
    return {
      name: this.name,
      containerID: current.id,
      restartCount: current.restartCount,
      state,
      lastState: last === undefined ? {} : ended(last),
    }
  }
}

export type FakePodOptions = {
  readonly namespace?: string
  readonly name: string
  readonly node?: string
  readonly containers?: ReadonlyArray<string>
  readonly labels?: Readonly<Record<string, string>>
  /** Zone of the node's stamps. */
  readonly zone?: string
}

export class FakePod {
  readonly uid: string
  readonly namespace: string
  readonly name: string
  readonly node: string
  readonly labels: Readonly<Record<string, string>>
  readonly containers: ReadonlyArray<FakeContainer>
  phase: 'Pending' | 'Running' | 'Succeeded' = 'Pending'

  /** `uid`: as the API server gave it. */
  constructor(options: FakePodOptions, directory: string, clock: NodeClock, uid: string = randomUUID()) {
    const {
      namespace = 'shop',
      name,
      node = 'node-1',
      containers = ['app'],
      labels = {},
      zone = 'Z',
    } = options
    this.uid = uid
    this.namespace = namespace
    this.name = name
    this.node = node
    this.labels = labels
    this.containers = containers.map(
      (container) => new FakeContainer(container, join(directory, this.uid, container), clock, zone),
    )
  }

  container(name = 'app'): FakeContainer {
    const found = this.containers.find((container) => container.name === name)
    if (found === undefined) throw new Error(`no container ${name}`)
    return found
  }

  /** Its containers start. */
  run(): void {
    for (const container of this.containers) container.start()
    this.phase = 'Running'
  }

  /** Its containers end, and none will start again. */
  finish(): void {
    for (const container of this.containers) {
      if (container.running) container.exit()
      container.crashLoop = false
    }
    this.phase = 'Succeeded'
  }

  /** What somebody who wants such a pod gives to the API server. */
  manifest(): Readonly<Record<'apiVersion' | 'kind', string> & Record<'metadata' | 'spec', object>> {
    const { name, namespace, labels, node: nodeName } = this
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels },
      spec: { nodeName, containers: this.containers.map((one) => ({ name: one.name, image: 'app' })) },
    }
  }

  /** What the kubelet tells the API server of it. */
  status(): object {
    return { phase: this.phase, containerStatuses: this.containers.map((container) => container.status()) }
  }

  /** The object as the API server would store it now. */
  object(resourceVersion: number): object {
    const { metadata, ...rest } = this.manifest()
    return {
      ...rest,
      metadata: { ...metadata, uid: this.uid, resourceVersion: String(resourceVersion) },
      status: this.status(),
    }
  }
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}
