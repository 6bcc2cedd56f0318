import type { z } from 'zod'
import { askJson, doorOf } from './door.ts'
import { CommandError, EXIT } from './exit-code.ts'
import type { ReadContext, ReadOptions } from './read-command.ts'

export type Question = {
  /** Of the endpoint, without a slash before it. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  /** In the body of a POST. */
  readonly form?: URLSearchParams
}

/**
 * Runs a command that asks one question and prints its answer; `json` is printed as it came. Resolves with the exit code;
 * nothing is thrown that a person should read.
 */
export async function runQuestion<Options extends ReadOptions, Schema extends z.ZodType>(
  options: Options,
  { terminal, signal }: ReadContext,
  {
    question,
    schema,
    print,
  }: {
    readonly question: (options: Options) => Question
    readonly schema: Schema
    readonly print: (answer: z.output<Schema>, format: string) => string
  },
): Promise<number> {
  try {
    const { path, ...asked } = question(options)
    const parsed = schema.safeParse(await askJson(doorOf(options), path, { ...asked, signal }))
    if (!parsed.success)
      throw new CommandError(EXIT.failed, 'The answer is none that a gateway of this version gives.')
    const answer = parsed.data
    const text =
      options.output === 'json' ? `${JSON.stringify(answer, null, 2)}\n` : print(answer, options.output)
    await terminal.out(text)
    return EXIT.done
  } catch (error) {
    if (signal.aborted) return EXIT.interrupted
    if (!(error instanceof CommandError)) throw error
    terminal.error(`${error.message}\n`)
    return error.exitCode
  }
}
