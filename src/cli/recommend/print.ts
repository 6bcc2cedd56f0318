import { stringify } from 'yaml'
import type { z } from 'zod'
import type { recommendationsSchema } from '../../query/recommendations/schemas.ts'
import { type Cell, tableText } from '../table.ts'

type Answer = z.output<typeof recommendationsSchema>

function blockText({ processors }: Answer): string {
  return Object.keys(processors).length === 0 ? '' : stringify({ processors }, { lineWidth: 0 })
}

/** What the answer rests on, and where it might be wrong. */
function sourcesText({ days, recordedSince, usedByQueries, usedElsewhere }: Answer, now: number): string {
  const first = recordedSince === null ? now : Date.parse(recordedSince)
  const recorded = Math.floor((now - first) / 86_400_000)
  return [
    `Queries of the last ${days} days used ${usedByQueries} names, dashboards ${usedElsewhere}; rules count as use too.`,
    ...(recorded < days
      ? [`Queries are recorded for ${recorded} days only: what is asked less often may be missing.`]
      : []),
    ...(usedElsewhere === 0
      ? ['No dashboards were given (--dashboards): what only they show is listed too.']
      : []),
  ].join('\n')
}

function tables({ metrics, labels }: Answer): string[] {
  const cells = (saves: Answer['metrics'][number]['saves']): Cell[] => [
    ...[saves.series, saves.samplesPerDay, { bytes: saves.bytesPerDay }],
  ]
  const saves = ['SAVES SERIES', 'SAMPLES/DAY', 'BYTES/DAY']
  return [
    ...(metrics.length === 0
      ? []
      : [
          tableText(
            ['UNUSED METRIC', 'TYPE', ...saves],
            metrics.map((one) => [one.metric, one.type, ...cells(one.saves)]),
          ),
        ]),
    ...(labels.length === 0
      ? []
      : [
          tableText(
            ['METRIC', 'UNUSED LABEL', 'VALUES', ...saves],
            labels.map((one) => [one.metric, one.label, one.values, ...cells(one.saves)]),
          ),
        ]),
  ]
}

/** The recommendations as a person reads them, or, as `yaml`, the rules alone. */
export function recommendationsText(answer: Answer, format: string, nowMs: number): string {
  const block = blockText(answer)
  if (format === 'yaml') return block
  const found = tables(answer)
  if (found.length === 0) return `${sourcesText(answer, nowMs)}\n\nEverything is in use.\n`
  return [`${sourcesText(answer, nowMs)}\n`, ...found, `For weir.yaml:\n\n${block}`].join('\n')
}
