import type { Readable } from 'node:stream'

/** The whole body as UTF-8, or undefined if it is longer than `bytesMax`; then it is cut off. */
export async function readText(body: Readable, bytesMax: number): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > bytesMax) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** A line of a body was longer than the caller takes. */
export class LineTooLong extends Error {}

const NEWLINE = 10

/** The lines of a body, without the newline; an unfinished last one is none. Throws `LineTooLong`. */
export async function* readLines(body: AsyncIterable<Buffer>, lineBytesMax: number): AsyncGenerator<string> {
  let pieces: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      pieces.push(chunk.subarray(start, end))
      yield pieces.length === 1 ? pieces[0]!.toString('utf8') : Buffer.concat(pieces).toString('utf8')
      pieces = []
      bytes = 0
      start = end + 1
    }
    if (start === chunk.length) continue
    pieces.push(chunk.subarray(start))
    bytes += chunk.length - start
    if (bytes > lineBytesMax) throw new LineTooLong(`a line longer than ${lineBytesMax} bytes`)
  }
}
