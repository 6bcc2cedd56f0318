import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A line as the container wrote it: the truth that tests compare with. */
export type WrittenLine = {
  readonly text: string
  /** Nanoseconds since the epoch; of a long line, of its first part. */
  readonly ns: bigint
  readonly stream: 'stdout' | 'stderr'
}

export type AppendOptions = {
  readonly stream?: 'stdout' | 'stderr'
  /** Instead of the clock's. */
  readonly ns?: bigint
  /** Without it more of this line will come, or the container will end here. */
  readonly newline?: boolean
}

/** containerd cuts lines here. */
const PART_BYTES = 16 * 1024

/** The clock of a node. Every reading is a later one. */
export class NodeClock {
  #ns: bigint

  constructor(start = '2026-03-01T10:00:00Z') {
    this.#ns = BigInt(Date.parse(start)) * 1_000_000n
  }

  get seconds(): number {
    return Number(this.#ns / 1_000_000_000n)
  }

  next(stepNs = 1_000_003n): bigint {
    this.#ns += stepNs
    return this.#ns
  }

  pass(seconds: number): void {
    this.#ns += BigInt(seconds) * 1_000_000_000n
  }
}

/** The log of one container instance: a file in the CRI format, written and rotated as containerd and the kubelet do. */
export class CriLog {
  readonly path: string
  readonly written: WrittenLine[] = []
  /** How often it was rotated. */
  generation = 0
  readonly #clock: NodeClock
  /** Zone of the stamps, such as `+02:00`. */
  readonly #zone: string
  readonly #listeners = new Set<() => void>()
  /** The parts of the line that is being written. */
  #open: { text: string; readonly ns: bigint } | undefined

  constructor(directory: string, restartCount: number, clock: NodeClock, zone = 'Z') {
    mkdirSync(directory, { recursive: true })
    this.path = join(directory, `${restartCount}.log`)
    this.#clock = clock
    this.#zone = zone
    writeFileSync(this.path, '')
  }

  append(text: string, { stream = 'stdout', ns, newline = true }: AppendOptions = {}): void {
    const bytes = Buffer.from(text)
    for (let at = 0; at === 0 || at < bytes.length; at += PART_BYTES) {
      const part = bytes.subarray(at, at + PART_BYTES)
      const last = at + PART_BYTES >= bytes.length
      const stamp = ns ?? this.#clock.next()
      const tag = last && newline ? 'F' : 'P'
      appendFileSync(
        this.path,
        Buffer.concat([Buffer.from(`${rfc3339(stamp, this.#zone)} ${stream} ${tag} `), part, Buffer.of(10)]),
      )
      this.#open ??= { text: '', ns: stamp }
      this.#open.text += part.toString()
    }
    if (newline) this.#closeLine(stream)
    this.changed()
  }

  /** The container has ended: what it wrote last is a line, with or without newline. */
  end(): void {
    if (this.#open !== undefined) this.#closeLine('stdout')
    this.changed()
  }

  rotate(): void {
    this.generation++
    renameSync(this.path, `${this.path}.${this.generation}`)
    writeFileSync(this.path, '')
    this.changed()
  }

  /** The file of a generation, wherever it is now. */
  file(generation: number): string {
    return generation === this.generation ? this.path : `${this.path}.${generation + 1}`
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  #closeLine(stream: 'stdout' | 'stderr'): void {
    this.written.push({ ...this.#open!, stream })
    this.#open = undefined
  }
}

/** Nine digits and the zone, as containerd stamps. */
export function rfc3339(ns: bigint, zone = 'Z'): string {
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(zone) ?? []
  const offsetMs =
    sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * (sign === '+' ? 60_000 : -60_000)
  const ms = Number(ns / 1_000_000n) + offsetMs
  return `${new Date(ms).toISOString().slice(0, 19)}.${String(ns % 1_000_000_000n).padStart(9, '0')}${zone}`
}
