import { containerLane } from './container-lines.ts'
import { type ContainerMark, NANOS_PER_SECOND } from './mark.ts'

/** Those of more containers do not fit into a URL: these go on from when the token was written. */
export const MARKS_MAX = 120

const LANE =
  /^pod\/([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})\/([a-z0-9-]{1,63})$/
const MARK =
  /^([A-Za-z0-9_-]{22})\.([a-z0-9-]{1,63})\.([0-9a-z]{1,8})\.([0-9a-z]{1,8})\.([0-9a-z]{1,7})\.([0-9a-z]{1,13})\.([0-9a-z]{1,7})$/

/**
 * Marks of containers in characters that a URL takes as they are: `<uid>.<container>.<second>.<cut>.<lines>.<newest>.<sum>`,
 * joined by `~`; the uid in base64url, numbers in base 36, the newest stamp as its distance from the second.
 * A lane that is none of a pod as Kubernetes names them is left out.
 */
export function writeMarks(marks: ReadonlyMap<string, ContainerMark>): string {
  const texts: string[] = []
  for (const [lane, { cutSeconds, seconds, lines, newestNs, sum }] of marks) {
    const match = LANE.exec(lane)
    if (match === null) continue
    if (texts.length === MARKS_MAX) break
    const uid = Buffer.from(match.slice(1, 6).join(''), 'hex').toString('base64url')
    // No newest line, or none within the marked seconds: the second itself stands for it.
    const newest = newestNs - BigInt(seconds) * NANOS_PER_SECOND
    const numbers = [seconds, cutSeconds, lines, newest < 0n ? 0n : newest, sum]
    texts.push([uid, match[6], ...numbers.map((value) => value.toString(36))].join('.'))
  }
  return texts.join('~')
}

/** Undefined if it is no such text. */
export function readMarks(text: string): Map<string, ContainerMark> | undefined {
  const marks = new Map<string, ContainerMark>()
  if (text === '') return marks
  const texts = text.split('~')
  if (texts.length > MARKS_MAX) return undefined
  for (const one of texts) {
    const [, uid = '', container = '', second = '', cut = '', lines = '', newest = '', sum = ''] =
      MARK.exec(one) ?? []
    if (uid === '') return undefined
    const seconds = Number.parseInt(second, 36)
    const hex = Buffer.from(uid, 'base64url').toString('hex')
    const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
    marks.set(containerLane(parts.join('-'), container), {
      cutSeconds: Number.parseInt(cut, 36),
      seconds,
      lines: Number.parseInt(lines, 36),
      newestNs: BigInt(seconds) * NANOS_PER_SECOND + base36(newest),
      sum: Number.parseInt(sum, 36),
    })
  }
  return marks
}

function base36(digits: string): bigint {
  let value = 0n
  for (const digit of digits) value = value * 36n + BigInt(Number.parseInt(digit, 36))
  return value
}
