/** Colours that are readable on dark and on light ground. */
const STREAM_COLORS = [36, 32, 35, 34, 33, 96, 92, 95, 94, 93]
const LEVEL_COLORS: ReadonlyArray<readonly [number, number]> = [
  [17, 31],
  [13, 33],
  [9, 32],
]
const DIM = 2

export type Paint = (code: number | undefined, text: string) => string

export const paint: Paint = (code, text) => (code === undefined ? text : `\u001b[${code}m${text}\u001b[0m`)
export const plain: Paint = (_code, text) => text

/** The same stream has the same colour in every run. */
export function streamColor(stream: string): number {
  let hash = 0
  for (let i = 0; i < stream.length; i++) hash = (hash * 31 + stream.charCodeAt(i)) | 0
  return STREAM_COLORS[Math.abs(hash) % STREAM_COLORS.length]!
}

/** By SeverityNumber; below info it is dim, without one nothing. */
export function levelColor(severityNumber: number): number | undefined {
  if (severityNumber === 0) return undefined
  return LEVEL_COLORS.find(([from]) => severityNumber >= from)?.[1] ?? DIM
}
