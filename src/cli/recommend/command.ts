import type { Command } from 'commander'
import { recommendationsSchema } from '../../query/recommendations/schemas.ts'
import { type Question, runQuestion } from '../question.ts'
import { addReadOptions, type ReadOptions, runRead } from '../read-command.ts'
import { dashboardNames } from './dashboard-files.ts'
import { recommendationsText } from './print.ts'

type RecommendOptions = ReadOptions & {
  readonly dashboards?: string
  readonly days: string
  readonly limit: string
}

function questionOf({ dashboards, days, limit }: RecommendOptions): Question {
  const form = new URLSearchParams({ days, limit })
  if (dashboards !== undefined) {
    const { words } = dashboardNames(dashboards)
    // What is shown whole is used anyway: it need not be said twice.
    for (const word of words.words) if (!words.whole.has(word)) form.append('used', word)
    for (const word of words.whole) form.append('usedWhole', word)
    for (const glob of words.globs) form.append('usedGlob', glob)
    for (const pattern of words.patterns) form.append('usedPattern', pattern)
  }
  return { path: 'api/v1/recommendations', form }
}

/** Adds `weir recommend`. Its action sets the exit code. */
export function addRecommendCommand(program: Command): void {
  const command = program
    .command('recommend')
    .description('list metrics and labels that nobody uses, and the rules that take them out')
    .option('--dashboards <folder>', 'Grafana dashboards as JSON: what they use is kept')
    .option('--days <count>', 'queries of how many days count', '14')
    .option('--limit <count>', 'metrics, and labels', '20')
    .action((options: RecommendOptions) =>
      runRead(options, (read, context) =>
        runQuestion(read, context, {
          question: questionOf,
          schema: recommendationsSchema,
          print: (answer, format) => recommendationsText(answer, format, context.nowMs()),
        }),
      ),
    )
  addReadOptions(command, ['table', 'yaml', 'json'], 'table')
}
