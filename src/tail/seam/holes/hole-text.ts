import type { HoleMark, RowsBelow } from './carried-hole.ts'

const NUMBER = '[0-9a-z]{1,13}'
/** Of a hole without and with an end, in capitals: numbers have none. */
const OPEN = 'O'
const CLOSED = 'C'

/** What a text of holes is made of, for a pattern around it. */
export const HOLES_PATTERN = `(?:\\.[${OPEN}${CLOSED}]${NUMBER}_${NUMBER}_${NUMBER}(?:_U${NUMBER}(?:_[a-z0-9]{1,64}_${NUMBER})*)?)*`

/**
 * Each hole as `.C<after>_<width>_<opened>`, or `.O<after>_<told>_<opened>` if it has no end, and where stored rows are unread
 * `_U<otherwise>` and `_<gateway>_<seq>` for each; numbers in base 36, width and told as distances.
 */
export function writeHoles(holes: ReadonlyArray<HoleMark>): string {
  return holes
    .map(({ afterNs, untilNs, toldNs, openedSeconds, unread }) => {
      const kind = untilNs === undefined ? OPEN : CLOSED
      const numbers = [afterNs, (untilNs ?? toldNs) - afterNs, openedSeconds].map((value) =>
        value.toString(36),
      )
      return `.${kind}${numbers.join('_')}${unread === undefined ? '' : writeUnread(unread)}`
    })
    .join('')
}

/** Reads what fits {@link HOLES_PATTERN}. */
export function readHoles(text: string): HoleMark[] {
  return text
    .split('.')
    .slice(1)
    .map((hole) => {
      const [numbers = '', unread] = hole.slice(1).split('_U')
      const [after, distance, opened] = numbers.split('_').map(base36)
      const isOpen = hole.startsWith(OPEN)
      const otherNs = after! + distance!
      return {
        afterNs: after!,
        untilNs: isOpen ? undefined : otherNs,
        toldNs: isOpen ? otherNs : after!,
        openedSeconds: Number(opened),
        unread: unread === undefined ? undefined : readUnread(unread),
      }
    })
}

export function base36(digits: string): bigint {
  let value = 0n
  for (const digit of digits) value = value * 36n + BigInt(Number.parseInt(digit, 36))
  return value
}

function writeUnread({ below, otherwise }: RowsBelow): string {
  const lanes = [...below].map(([gatewayId, seq]) => `_${gatewayId}_${seq.toString(36)}`)
  return `_U${otherwise.toString(36)}${lanes.join('')}`
}

function readUnread(text: string): RowsBelow {
  const [otherwise = '', ...lanes] = text.split('_')
  const below = new Map<string, bigint>()
  for (let i = 0; i < lanes.length; i += 2) below.set(lanes[i]!, base36(lanes[i + 1]!))
  return { below, otherwise: base36(otherwise) }
}
