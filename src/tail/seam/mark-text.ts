import { containerLane } from './container-lines.ts'
import { base36, HOLES_PATTERN, readHoles, writeHoles } from './holes/hole-text.ts'
import { CARRIED_MAX } from './holes/viewer-holes.ts'
import { COUNTS_MAX, type ContainerMark, NANOS_PER_SECOND, type SecondCount } from './mark.ts'

/** More do not fit into a URL. */
const TEXT_LENGTH_MAX = 10_000
const MARKS_MAX = 500

const LANE =
  /^pod\/([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})\/([a-z0-9-]{1,63})$/
const MARK = new RegExp(
  String.raw`^([A-Za-z0-9_-]{22})\.([a-z0-9-]{1,63})\.([0-9a-z]{1,8})\.([0-9a-z]{1,8})\.([0-9a-z]{1,13})` +
    String.raw`((?:\.[0-9a-z]{1,8}_[0-9a-z]{1,7}_[0-9a-z]{1,7})*)(${HOLES_PATTERN})$`,
)

/**
 * Marks of containers in characters that a URL takes as they are: `<uid>.<container>.<second>.<cut>.<newest>`, for each
 * counted second `.<second>_<lines>_<sum>`, and its holes (hole-text.ts), joined by `~`; the uid in base64url, numbers in base
 * 36, the newest stamp and the counted seconds as distances from the second, the former from the nanosecond before.
 * A lane that is none of a pod as Kubernetes names them is left out. Where not all fits, holes go first, then containers; a
 * `~` at the end says that of these some are missing.
 */
export function writeMarks(marks: ReadonlyMap<string, ContainerMark>): string {
  const texts: string[] = []
  const holes: string[] = []
  let length = 0
  let isCut = false
  for (const [lane, mark] of marks) {
    const text = writeMark(lane, mark)
    if (text === undefined) continue
    isCut = length + text.length + 1 > TEXT_LENGTH_MAX
    if (isCut) break
    length += text.length + 1
    texts.push(text)
    holes.push(writeHoles(mark.holes))
  }
  for (const [index, text] of holes.entries()) {
    if (length + text.length > TEXT_LENGTH_MAX) continue
    length += text.length
    texts[index] += text
  }
  return texts.join('~') + (isCut ? '~' : '')
}

function writeMark(
  lane: string,
  { cutSeconds, seconds, counts, newestNs }: ContainerMark,
): string | undefined {
  const match = LANE.exec(lane)
  if (match === null) return undefined
  const uid = Buffer.from(match.slice(1, 6).join(''), 'hex').toString('base64url')
  // No newest line, or none within the marked seconds: the nanosecond before them stands for it.
  const newest = newestNs - before(seconds)
  const numbers = [seconds, cutSeconds, newest < 0n ? 0n : newest].map((value) => value.toString(36))
  const counted = counts.map(({ second, lines, sum }) =>
    [second - seconds, lines, sum].map((value) => value.toString(36)).join('_'),
  )
  return [uid, match[6], ...numbers, ...counted].join('.')
}

const before = (seconds: number): bigint => BigInt(seconds) * NANOS_PER_SECOND - 1n

/** `isWhole`: of all containers that were followed. */
export type ReadMarks = { readonly marks: ReadonlyMap<string, ContainerMark>; readonly isWhole: boolean }

/** Undefined if it is no such text. */
export function readMarks(text: string): ReadMarks | undefined {
  const marks = new Map<string, ContainerMark>()
  const isWhole = !text.endsWith('~')
  if (text === '') return { marks, isWhole }
  const texts = (isWhole ? text : text.slice(0, -1)).split('~')
  if (texts.length > MARKS_MAX) return undefined
  for (const one of texts) {
    const [, uid = '', container = '', second = '', cut = '', newest = '', counted = '', lost = ''] =
      MARK.exec(one) ?? []
    if (uid === '') return undefined
    const seconds = Number.parseInt(second, 36)
    const hex = Buffer.from(uid, 'base64url').toString('hex')
    const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
    const counts = counted.split('.').slice(1)
    const holes = readHoles(lost)
    if (counts.length > COUNTS_MAX || holes.length > CARRIED_MAX) return undefined
    marks.set(containerLane(parts.join('-'), container), {
      cutSeconds: Number.parseInt(cut, 36),
      seconds,
      counts: counts.map((count) => countOf(count, seconds)),
      newestNs: before(seconds) + base36(newest),
      holes,
    })
  }
  return { marks, isWhole }
}

function countOf(text: string, seconds: number): SecondCount {
  const [second, lines, sum] = text.split('_').map((digits) => Number.parseInt(digits, 36))
  return { second: seconds + second!, lines: lines!, sum: sum! }
}
