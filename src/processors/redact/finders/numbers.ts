import { continuesAsNumber, endsWord, type Finder, isDigit, isRestOfNumber, startsWord } from './finder.ts'

const DIGITS = '0123456789'
const [SPACE, DASH, DOT, ZERO] = [0x20, 0x2d, 0x2e, 0x30]

const CARD_DIGITS_MIN = 13
const CARD_DIGITS_MAX = 19
const digits = new Uint8Array(CARD_DIGITS_MAX + 1)

/** 13 to 19 digits in one, or in groups of which the first has four, with a known beginning and a right check digit. */
export const creditCard: Finder = {
  name: 'credit_card',
  triggers: '23456',
  nexts: DIGITS,
  find(bytes, at, floor, end, range) {
    if (!startsWord(bytes, at, floor) || isRestOfNumber(bytes, at, floor)) return false
    let count = 0
    let to = -1
    let position = at
    for (let group = 1; ; group++) {
      const start = position
      while (position < end && count <= CARD_DIGITS_MAX && isDigit(bytes[position]))
        digits[count++] = bytes[position++]! - ZERO
      const length = position - start
      if (count > CARD_DIGITS_MAX || (group > 1 && (length < 3 || length > 6))) break
      if (count >= CARD_DIGITS_MIN && group !== 2 && isCardEnd(bytes, position, end) && isCard(count))
        to = position
      if (length !== 4 && group === 1) break
      const isSeparated = bytes[position] === SPACE || bytes[position] === DASH
      if (position + 1 >= end || !isSeparated || !isDigit(bytes[position + 1])) break
      position++
    }
    range.from = at
    range.to = to
    return to > 0
  },
}

function isCardEnd(bytes: Uint8Array, at: number, end: number): boolean {
  return endsWord(bytes, at, end) && !continuesAsNumber(bytes, at, end)
}

function isCard(count: number): boolean {
  return hasKnownBeginning(count) && hasCheckDigit(count)
}

const MAESTRO = new Set([5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763])

/** Visa, Mastercard, American Express, Diners Club, Discover, JCB, Maestro, UnionPay, with their lengths. */
function hasKnownBeginning(count: number): boolean {
  const two = 10 * digits[0]! + digits[1]!
  const four = 100 * two + 10 * digits[2]! + digits[3]!
  if (digits[0] === 4) return count === 13 || count === 16 || count === 19
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return count === 16
  if (two === 34 || two === 37) return count === 15
  if (two === 36 || two === 38 || two === 39 || (four >= 3000 && four <= 3059)) return count >= 14
  if ((four >= 3528 && four <= 3589) || two === 62 || two === 65) return count >= 16
  if (four === 6011 || (four >= 6440 && four <= 6499)) return count >= 16
  return MAESTRO.has(four)
}

/** Luhn's: from the right, every second digit doubled. */
function hasCheckDigit(count: number): boolean {
  let sum = 0
  for (let i = 0; i < count; i++) {
    const digit = digits[count - 1 - i]!
    sum += i % 2 === 0 ? digit : digit > 4 ? 2 * digit - 9 : 2 * digit
  }
  return sum % 10 === 0
}

/** `\b` four numbers up to 255 with points between them `\b`, not part of a longer one. */
export const ipv4: Finder = {
  name: 'ipv4',
  triggers: DIGITS,
  nexts: `${DIGITS}.`,
  find(bytes, at, floor, end, range) {
    if (!startsWord(bytes, at, floor) || isRestOfNumber(bytes, at, floor)) return false
    let position = at
    for (let part = 0; part < 4; part++) {
      if (part > 0 && bytes[position++] !== DOT) return false
      const start = position
      let number = 0
      while (position < end && position < start + 3 && isDigit(bytes[position]))
        number = 10 * number + bytes[position++]! - ZERO
      if (position === start || number > 255) return false
    }
    range.from = at
    range.to = position
    return position <= end && endsWord(bytes, position, end) && !continuesAsNumber(bytes, position, end)
  },
}
