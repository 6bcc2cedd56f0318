import { CommandError, EXIT } from '../exit-code.ts'
import type { ReadContext } from '../read-command.ts'
import { reportText } from './ledger/report.ts'
import { type ReadFlags, readOptionsOf, type WriteFlags, writerOptionsOf } from './options.ts'
import { type Reading, type ReadingContext, readWhile, waitFor } from './reading.ts'
import { otlpSink } from './write/otlp-sink.ts'
import { fileSink, type Sink, stdoutSink } from './write/sink.ts'
import { Writer } from './write/writer.ts'

export type CanaryContext = ReadContext & Pick<ReadingContext, 'backoffMs' | 'onMetrics'>

const noteOf =
  ({ terminal }: ReadContext) =>
  (text: string): void =>
    terminal.error(`-- ${text}\n`)

function sinkOf({ otlp, file, token }: WriteFlags, writer: string, context: ReadContext): Sink {
  if (otlp === undefined) return file === undefined ? stdoutSink() : fileSink(file)
  if (!/^https?:\/\//.test(otlp) || !URL.canParse(otlp))
    throw new CommandError(
      EXIT.refused,
      `--otlp ${otlp} is no address: expected one of OTLP/HTTP such as http://127.0.0.1:4318.`,
    )
  return otlpSink({ endpoint: otlp, token, writer, note: noteOf(context) })
}

/** Ends with a sentence and an exit code, whatever happens. */
async function ending(context: ReadContext, run: () => Promise<number>): Promise<number> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    context.terminal.error(`${error.message}\n`)
    return error.exitCode
  }
}

async function tell(
  { report, isWhole }: Reading,
  isJson: boolean,
  { terminal }: ReadContext,
): Promise<number> {
  await terminal.out(isJson ? `${JSON.stringify(report)}\n` : reportText(report))
  if (!isWhole) {
    terminal.error('The stored lines could not be read: nothing is proven of them.\n')
    return EXIT.failed
  }
  return report.clean ? EXIT.done : EXIT.faulty
}

const readingContext = (context: CanaryContext): ReadingContext => {
  const { signal, backoffMs, onMetrics } = context
  return { note: noteOf(context), signal, ...(backoffMs && { backoffMs }), ...(onMetrics && { onMetrics }) }
}

/** `weir canary write`. */
export function runCanaryWrite(flags: WriteFlags, context: CanaryContext): Promise<number> {
  return ending(context, async () => {
    const options = writerOptionsOf(flags)
    await new Writer(options, sinkOf(flags, options.writer, context)).write(context.signal)
    return EXIT.done
  })
}

/** `weir canary read`: of writers elsewhere. */
export function runCanaryRead(flags: ReadFlags, context: CanaryContext): Promise<number> {
  return ending(context, async () => {
    const options = readOptionsOf(flags)
    const reading = await readWhile(options, readingContext(context), (ledger, signal) =>
      waitFor(ledger, options, signal),
    )
    return tell(reading, options.isJson, context)
  })
}

/** `weir canary run`: writes and reads. */
export function runCanary(flags: WriteFlags & ReadFlags, context: CanaryContext): Promise<number> {
  return ending(context, async () => {
    if (flags.otlp === undefined && flags.file === undefined)
      throw new CommandError(EXIT.refused, 'Give --otlp or --file: stdout is for the report.')
    const options = readOptionsOf(flags)
    const writing = writerOptionsOf(flags)
    const sink = sinkOf(flags, writing.writer, context)
    const own = { ...options, query: `${options.query} |= "run=${writing.run} "` }
    const reading = await readWhile(own, readingContext(context), (ledger, signal) =>
      new Writer({ ...writing, onLine: (stamp) => ledger.wrote(stamp) }, sink).write(signal),
    )
    return tell(reading, options.isJson, context)
  })
}
