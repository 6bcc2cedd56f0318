import { Outcomes } from '../../../src/otlp/outcomes.ts'
import { median } from '../../schema/clickhouse.ts'
import { type Effort, measure } from '../measure.ts'
import { LOG_SHAPES } from '../shapes/logs.ts'
import { type Path, weirPath } from '../weir-path.ts'
import { benchPipeline } from './pipeline.ts'
import { TYPICAL_RULES } from './typical.ts'

const TARGET_SHARE = 0.3

export type RulesFigures = {
  readonly shape: string
  readonly scanAndEncodeNs: number
  /** Of scan + encode: median of the rounds, lowest, highest. */
  readonly tenRulesShare: readonly [number, number, number]
  /** How many times as fast the path is if a rule drops everything. */
  readonly dropAllTimes: readonly [number, number, number]
  readonly targetShare: number
}

/** What rules cost in their place: between the scan and the encoding of the typical log requests, all in one run. */
export async function measureRules(effort: Effort): Promise<RulesFigures> {
  const shape = LOG_SHAPES.find(({ name }) => name === 'typical')!
  const { recordsPerRequest, requestsPerCommit } = shape
  const nowMs = Date.now() - 60_000
  const requests = Array.from({ length: requestsPerCommit }, (_, i) => shape.request(nowMs, i))
  const records = recordsPerRequest * requestsPerCommit
  const ruled = (conditions: ReadonlyArray<string>): ReturnType<typeof weirPath> => {
    const outcomes = new Outcomes()
    const pipeline = benchPipeline({ filter: { log_conditions: conditions } }, outcomes)
    return weirPath(shape.signal, requests, { outcomes, rules: pipeline })
  }
  const paths: Record<'none' | 'ten' | 'all', Path & { close(): Promise<void> }> = {
    none: await weirPath(shape.signal, requests),
    ten: await ruled(Object.values(TYPICAL_RULES)),
    all: await ruled(['true']),
  }
  try {
    const rows = {
      none: paths.none.encode().rows,
      ten: paths.ten.encode().rows,
      all: paths.all.encode().rows,
    }
    if (rows.none !== records || rows.ten !== records || rows.all !== 0)
      throw new Error(`the rules do not do what they are for: ${JSON.stringify(rows)} rows`)
    const rates = await measure(paths, effort)
    const perRound = (of: (none: number, other: number) => number, name: 'ten' | 'all') => {
      const values = rates.none.map(({ perCpuSecond }, round) =>
        of(perCpuSecond, rates[name][round]!.perCpuSecond),
      )
      return [median(values), Math.min(...values), Math.max(...values)].map(twoDigits) as [
        number,
        number,
        number,
      ]
    }
    return {
      shape: shape.name,
      scanAndEncodeNs: Math.round(
        1e9 / (median(rates.none.map(({ perCpuSecond }) => perCpuSecond)) * records),
      ),
      tenRulesShare: perRound((none, ten) => none / ten - 1, 'ten'),
      dropAllTimes: perRound((none, all) => all / none, 'all'),
      targetShare: TARGET_SHARE,
    }
  } finally {
    await Promise.all(Object.values(paths).map((path) => path.close()))
  }
}

export function printRules({
  dropAllTimes,
  scanAndEncodeNs,
  targetShare,
  tenRulesShare,
}: RulesFigures): void {
  const percent = (share: number): string => `${Math.round(100 * share)} %`
  const [cost, least, most] = tenRulesShare
  const [times, low, high] = dropAllTimes
  console.table([
    {
      'scan + encode ns/record': scanAndEncodeNs,
      [`${Object.keys(TYPICAL_RULES).length} rules cost`]: `${percent(cost)} (${percent(least)}-${percent(most)})`,
      target: `${percent(targetShare)}: ${cost <= targetShare ? 'reached' : 'missed'}`,
      'a rule that drops everything': `${times} (${low}-${high}) times as fast: ${times > 1 ? 'reached' : 'missed'}`,
    },
  ])
}

function twoDigits(value: number): number {
  return Math.round(value * 100) / 100
}
