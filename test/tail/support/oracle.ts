import type { Gap, Stamp } from '../../../src/tail/kubernetes/contract.ts'
import type { FakeContainer } from './fake-pod.ts'
import type { Recorded } from './recorder.ts'

type Truth = { readonly text: string; readonly ns: bigint; readonly instance: string; readonly run: number }

/** Stamps of stdout and stderr of one file are out of order by less. */
const DISORDER_NS = 1_000_000_000n

/**
 * What is wrong with a record of a container's log, or nothing: every line that the container wrote was delivered once, in
 * order, with its own stamp and under its own instance, or a gap was announced in its place whose range it lies in. Texts
 * must be unique. `behind`: statuses may have come late, so that lines and gaps were put down to the instance before, and a
 * gap is found out about late.
 */
export function complaints(
  container: FakeContainer,
  record: ReadonlyArray<Recorded>,
  behind: boolean,
): string[] {
  const truth: Truth[] = container.instances.flatMap(({ id, restartCount, log }) =>
    log.written.map(({ text, ns }) => ({ text, ns, instance: id, run: restartCount })),
  )
  const indexOf = new Map(truth.map(({ text }, index) => [text, index]))
  const found: string[] = []
  let expected = 0
  const allGaps = record.flatMap((entry) => (entry.kind === 'gap' ? [entry.gap] : []))
  let gaps: Gap[] = []
  const miss = (upTo: number): void => {
    for (const line of truth.slice(expected, upTo))
      if (!(behind ? allGaps : gaps).some((gap) => covers(gap, line, behind)))
        found.push(`missing without a gap: ${line.text}`)
    gaps = []
  }
  for (const entry of record) {
    if (entry.kind === 'gap') gaps.push(entry.gap)
    if (entry.kind !== 'line') continue
    const index = indexOf.get(entry.text)
    if (index === undefined) found.push(`nobody wrote: ${entry.text.slice(0, 80)}`)
    else if (index < expected) found.push(`twice or out of order: ${entry.text}`)
    else {
      miss(index)
      const { ns, instance } = truth[index]!
      if (entry.ns !== ns) found.push(`another stamp: ${entry.text}: ${entry.ns} for ${ns}`)
      if (entry.instance !== instance && !behind) found.push(`another instance: ${entry.text}`)
      expected = index + 1
    }
  }
  miss(truth.length)
  return found
}

function covers({ instance, reason, from, to }: Gap, line: Truth, behind: boolean): boolean {
  // An open end is the end of its instance; what spans instances has two.
  const ofLine =
    instance.id === line.instance ||
    (behind && line.run === instance.restartCount + 1) ||
    (reason === 'restarted' && to !== undefined)
  const start = from === undefined ? 0n : nanos(from)
  const end = to === undefined ? line.ns : nanos(to)
  return ofLine && start - DISORDER_NS <= line.ns && line.ns <= end + DISORDER_NS
}

function nanos({ seconds, nanos }: Stamp): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos)
}
