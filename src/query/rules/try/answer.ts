import { z } from 'zod'
import { formatPath } from '../../../config/path.ts'
import type { Signal } from '../../../otlp/batch.ts'
import type { Issue } from '../../../processors/processor.ts'
import type { TimeRange } from '../../parameters/range.ts'
import { formatNanos } from '../../time.ts'
import type { Coverage } from '../history/read.ts'
import { shareOf } from '../report.ts'
import type { Total, Trial } from './trial.ts'

const removal = z.strictObject({
  signal: z.string(),
  records: z.number(),
  bytes: z.number(),
  recordsShare: z.number().nullable(),
  bytesShare: z.number().nullable(),
})

export const tryAnswer = z.strictObject({
  start: z.string(),
  end: z.string(),
  /** Every stored record of the range was looked at. */
  complete: z.boolean(),
  stoppedBy: z.enum(['rows', 'time']).optional(),
  /** What is allowed but hardly meant, such as a rule that removes everything. */
  warnings: z.array(z.string()),
  signals: z.array(
    z.strictObject({
      signal: z.string(),
      /** Records of the range, and how many of them were looked at, with their bytes as OTLP. */
      stored: z.number(),
      records: z.number(),
      bytes: z.number(),
      /** Records that the rules would have made beside them: summaries of what was repeated. */
      generated: z.number(),
    }),
  ),
  rules: z.array(
    z.strictObject({
      processor: z.string(),
      rule: z.string(),
      condition: z.string(),
      matched: z.number(),
      failed: z.number(),
      removed: z.array(removal),
      samples: z.array(z.strictObject({ takenAt: z.string(), request: z.record(z.string(), z.unknown()) })),
    }),
  ),
})

/** What came of a trial. */
export function answerOf(
  trial: Trial,
  warnings: ReadonlyArray<Issue>,
  range: TimeRange,
  coverage: ReadonlyMap<Signal, Coverage>,
  isOverdue: boolean,
): z.output<typeof tryAnswer> {
  const covered = [...coverage.values()]
  const complete = covered.every(({ read, stored }) => read >= stored)
  return {
    start: formatNanos(String(range.start)),
    end: formatNanos(String(range.end)),
    complete,
    ...(complete ? {} : { stoppedBy: isOverdue ? 'time' : 'rows' }),
    warnings: warnings.map(({ message, path }) => `${formatPath(path)}: ${message}`),
    signals: covered.map(({ signal, stored }) => ({
      ...{ signal, stored, ...trial.received(signal) },
      generated: trial.generated(signal).records,
    })),
    rules: trial.rules().map(({ processor, removed, rule, samples }) => ({
      ...{ processor, rule: rule.rule, condition: rule.condition },
      ...{ matched: rule.matched, failed: rule.failed },
      removed: [...removed].map(([signal, total]) => removalOf(signal, total, trial.received(signal))),
      samples: [...samples],
    })),
  }
}

function removalOf(signal: Signal, { bytes, records }: Total, all: Total): z.output<typeof removal> {
  const [recordsShare, bytesShare] = [shareOf(records, all.records), shareOf(bytes, all.bytes)]
  return { signal, records, bytes, recordsShare, bytesShare }
}
