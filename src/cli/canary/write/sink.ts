import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { CommandError, EXIT } from '../../exit-code.ts'

export type Written = { readonly text: string; readonly ns: bigint }

/** Where a writer's lines go. */
export type Sink = {
  /** Resolves when the lines are taken for good. Throws {@link CommandError} if they never will be. */
  write(lines: ReadonlyArray<Written>, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

function streamSink(stream: Writable, name: string, end: () => Promise<void>): Sink {
  const failed = once(stream, 'error').then(([error]): never => {
    throw new CommandError(EXIT.failed, `${name} can not be written: ${(error as Error).message}.`)
  })
  failed.catch(() => undefined)
  return {
    async write(lines) {
      const text = lines.map((line) => `${line.text}\n`).join('')
      const written = new Promise<void>((resolve) => stream.write(text, () => resolve()))
      await Promise.race([written, failed])
    },
    close: end,
  }
}

/** As a container logs. */
export function stdoutSink(): Sink {
  return streamSink(process.stdout, 'stdout', async () => undefined)
}

/** Appends to a file, which a collector reads. */
export function fileSink(path: string): Sink {
  const stream = createWriteStream(path, { flags: 'a' })
  return streamSink(stream, path, async () => {
    stream.end()
    await once(stream, 'close')
  })
}
