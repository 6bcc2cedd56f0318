import type { Gap, LineBatch, TailSink, TailState } from '../../../src/tail/kubernetes/contract.ts'
import { Journal } from './journal.ts'

export type RecordedLine = {
  readonly kind: 'line'
  readonly text: string
  readonly ns: bigint
  readonly flags: number
  readonly instance: string
}

export type Recorded =
  | RecordedLine
  | { readonly kind: 'gap'; readonly gap: Gap }
  | { readonly kind: 'state'; readonly state: TailState }

/** A sink that writes down what it gets. */
export class Recorder implements TailSink {
  readonly journal = new Journal<Recorded>()

  lines({ instance, count, bytes, starts, seconds, nanos, flags }: LineBatch): void {
    for (let i = 0; i < count; i++)
      this.journal.push({
        kind: 'line',
        text: bytes.toString('utf8', starts[i], starts[i + 1]),
        ns: BigInt(seconds[i]!) * 1_000_000_000n + BigInt(nanos[i]!),
        flags: flags[i]!,
        instance: instance.id,
      })
  }

  gap(gap: Gap): void {
    this.journal.push({ kind: 'gap', gap })
  }

  state(state: TailState): void {
    this.journal.push({ kind: 'state', state })
  }

  get texts(): string[] {
    return this.journal.all.flatMap((entry) => (entry.kind === 'line' ? [entry.text] : []))
  }

  get gaps(): Gap[] {
    return this.journal.all.flatMap((entry) => (entry.kind === 'gap' ? [entry.gap] : []))
  }

  get states(): TailState['name'][] {
    return this.journal.all.flatMap((entry) => (entry.kind === 'state' ? [entry.state.name] : []))
  }

  /** Resolves when so many lines have come in all. */
  line(count: number): Promise<void> {
    return this.journal.until(() => this.texts.length >= count)
  }

  /** Resolves when so many gaps have been announced in all. */
  announced(count: number): Promise<void> {
    return this.journal.until(() => this.gaps.length >= count)
  }

  /** Resolves when this line has come. */
  text(text: string): Promise<void> {
    return this.journal.until(() => this.texts.at(-1) === text || this.texts.includes(text))
  }

  reached(name: TailState['name']): Promise<void> {
    return this.journal.until(() => this.states.includes(name))
  }
}
