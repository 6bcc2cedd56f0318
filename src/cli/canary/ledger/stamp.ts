import { crc32 } from 'node:zlib'

/** What a line of a canary says of itself. */
export type Stamp = {
  /** One start of one writer: numbers begin at 0 in each. */
  readonly run: string
  readonly writer: string
  readonly seq: number
  /** When the line was written, nanoseconds since 1970. */
  readonly ns: bigint
  /** When the run began. */
  readonly beganNs: bigint
  /** The writer ended in order, and this is its last line. */
  readonly isLast: boolean
}

/** Begins every line: what readers look for. */
export const MARK = 'weir-canary'
const NAME = /^[A-Za-z0-9._-]{1,64}$/
const LINE =
  /^weir-canary run=([A-Za-z0-9._-]{1,64}) writer=([A-Za-z0-9._-]{1,64}) seq=(\d{1,15}) ns=(\d{1,19}) began=(\d{1,19})( last)? (?:\.+ )?sum=([0-9a-f]{8})$/

/** May be the name of a run or a writer. */
export const isName = (text: string): boolean => NAME.test(text)

const sumOf = (text: string): string => crc32(text).toString(16).padStart(8, '0')

/** A line of at least `bytes` bytes. Its end is a checksum over all before it, so that a cut or a mixed-up line shows. */
export function writeStamp({ run, writer, seq, ns, beganNs, isLast }: Stamp, bytes: number): string {
  const head = `${MARK} run=${run} writer=${writer} seq=${seq} ns=${ns} began=${beganNs}${isLast ? ' last' : ''} `
  const padding = bytes - head.length - ' sum=00000000'.length
  const text = padding > 0 ? `${head}${'.'.repeat(padding)} sum=` : `${head}sum=`
  return `${text}${sumOf(text)}`
}

/** What a line says; `damaged`: it is a canary's, and not as it was written; undefined: it is none of a canary's. */
export function readStamp(line: string): Stamp | 'damaged' | undefined {
  if (!line.startsWith(MARK)) return undefined
  const [, run, writer, seq, ns, began, last, sum] = LINE.exec(line) ?? []
  if (sum === undefined || sum !== sumOf(line.slice(0, -sum.length))) return 'damaged'
  return {
    run: run!,
    writer: writer!,
    seq: Number(seq),
    ns: BigInt(ns!),
    beganNs: BigInt(began!),
    isLast: last !== undefined,
  }
}
