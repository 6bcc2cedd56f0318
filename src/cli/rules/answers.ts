import type { z } from 'zod'
import { rulesAnswer } from '../../query/rules/report.ts'
import { tryAnswer } from '../../query/rules/try/answer.ts'
import { CommandError, EXIT } from '../exit-code.ts'

export type RulesAnswer = z.output<typeof rulesAnswer>
export type TryAnswer = z.output<typeof tryAnswer>

export const readRulesAnswer = (answer: unknown): RulesAnswer => checked(rulesAnswer, answer)
export const readTryAnswer = (answer: unknown): TryAnswer => checked(tryAnswer, answer)

function checked<Schema extends z.ZodType>(schema: Schema, answer: unknown): z.output<Schema> {
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  throw new CommandError(
    EXIT.failed,
    'The answer is not what this version of weir expects: the gateway is another version. -o json prints it as it is.',
  )
}
