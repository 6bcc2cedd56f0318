import { type Command, Option } from 'commander'
import { z } from 'zod'
import { metricReport, tenantReport } from '../../query/cardinality/schemas.ts'
import { runQuestion } from '../question.ts'
import { addReadOptions, type ReadOptions, runRead } from '../read-command.ts'
import { cardinalityText } from './print.ts'

type CardinalityOptions = ReadOptions & {
  readonly metric?: string
  readonly by: string
  readonly seriesLimit?: string
  readonly limit: string
}

/** Adds `weir cardinality`. Its action sets the exit code. */
export function addCardinalityCommand(program: Command): void {
  const command = program
    .command('cardinality')
    .description('show which metrics and labels make most series, and what would help')
    .option('--metric <name>', 'the labels of this metric, and what each fix would save')
    .addOption(
      new Option('--by <figure>', 'which metrics come first')
        .choices(['series', 'samples', 'bytes'])
        .default('series'),
    )
    .option('--series-limit <count>', 'of a metric: what keeping so many series would save')
    .option('--limit <count>', 'metrics or labels', '20')
    .action((options: CardinalityOptions) =>
      runRead(options, (read, context) =>
        runQuestion(read, context, {
          question: ({ metric, by, seriesLimit, limit }) => ({
            path: 'api/v1/cardinality',
            query: { metric, by, seriesLimit, limit },
          }),
          schema: z.union([tenantReport, metricReport]),
          print: cardinalityText,
        }),
      ),
    )
  addReadOptions(command, ['table', 'json'], 'table')
}
