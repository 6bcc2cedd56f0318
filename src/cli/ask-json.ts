import type { z } from 'zod'
import { CommandError, EXIT } from './exit-code.ts'
import { ask, type Door, endpointOf } from './logs/fetch.ts'
import { doorOf } from './logs/run.ts'
import type { ReadContext, ReadOptions } from './read-command.ts'

export type Question = {
  /** Of the endpoint, without a slash before it. */
  readonly path: string
  readonly parameters: URLSearchParams
  /** In the body of a POST, in place of the URL. */
  readonly asForm?: boolean
}

/** An answer as its endpoint declares it. Throws {@link CommandError}, or the signal's reason. */
async function askJson<Schema extends z.ZodType>(
  door: Door,
  { path, parameters, asForm = false }: Question,
  schema: Schema,
  signal: AbortSignal,
): Promise<z.output<Schema>> {
  const url = endpointOf(door, path)
  if (!asForm) url.search = parameters.toString()
  const accept = 'application/json'
  const response = await ask(door, url, signal, asForm ? { accept, form: parameters } : { accept })
  const parsed = schema.safeParse(await response.json().catch(() => undefined))
  if (parsed.success) return parsed.data
  throw new CommandError(EXIT.failed, 'The answer is none that a gateway of this version gives.')
}

/** What is printed for an answer, by the format that was chosen. */
export type Print<Answer> = (answer: Answer, format: string) => string

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
    readonly question: (options: Options) => Question | Promise<Question>
    readonly schema: Schema
    readonly print: Print<z.output<Schema>>
  },
): Promise<number> {
  try {
    const answer = await askJson(doorOf(options), await question(options), schema, signal)
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
