/** The built-in patterns as regular expressions and plain code, to compare the searches over bytes with. */

const PART = '(?:25[0-5]|2[0-4]\\d|[01]?\\d?\\d)'
const OF: Readonly<Record<string, RegExp>> = {
  email: /[\w.%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}/g,
  jwt: /(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*/g,
  aws_key: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  private_key:
    /-----BEGIN [^-]{0,64}?PRIVATE KEY-----(?:[\s\S]*?-----END [^-]{0,64}?PRIVATE KEY-----|[\s\S]*)/g,
  ipv4: new RegExp(`(?<!\\w|\\d\\.)(?:${PART}\\.){3}${PART}(?!\\w|\\.\\d)`, 'g'),
}

export const REFERENCED = [...Object.keys(OF), 'bearer_token', 'credit_card']

export function maskedByReference(name: string, text: string): string {
  if (name === 'credit_card') return maskedCards(text)
  if (name === 'bearer_token')
    return text.replaceAll(
      /\b(bearer|basic)( +)[\w.~+/=-]{8,}/gi,
      (_, scheme, blanks) => `${scheme}${blanks}***`,
    )
  return text.replaceAll(OF[name]!, '***')
}

const NETWORKS = [
  /^4(?:\d{12}|\d{15}|\d{18})$/,
  /^5[1-5]\d{14}$/,
  /^(?:222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}$/,
  /^3[47]\d{13}$/,
  /^(?:3[689]|30[0-5])\d{11,17}$/,
  /^35(?:2[89]|[3-8]\d)\d{12,15}$/,
  /^(?:6011|64[4-9]\d|6[25]\d\d)\d{12,15}$/,
  /^(?:5018|5020|5038|5893|6304|6759|676[123])\d+$/,
]

function maskedCards(text: string): string {
  let out = ''
  for (let at = 0; at < text.length; ) {
    const before = text.slice(0, at)
    // What was masked is no word.
    const starts = !/\w$|\d\.$/.test(out.endsWith('***') && before.length > 0 && masked === at ? '' : before)
    const length = starts ? cardLength(text.slice(at)) : 0
    if (length === 0) out += text[at++]
    else {
      out += '***'
      at += length
      masked = at
    }
  }
  masked = -1
  return out
}

let masked = -1

function cardLength(rest: string): number {
  const candidates = [
    /^\d{13,19}/,
    ...[2, 3, 4, 5].map((more) => new RegExp(`^\\d{4}(?:[ -]\\d{3,6}){${more}}`)),
  ]
  return candidates
    .map((candidate) => candidate.exec(rest)?.[0] ?? '')
    .filter((card) => !/^\w|^\.\d/.test(rest.slice(card.length)))
    .filter((card) => isCard(card.replace(/\D/g, '')))
    .reduce((longest, { length }) => Math.max(longest, length), 0)
}

function isCard(digits: string): boolean {
  if (digits.length < 13 || digits.length > 19 || !NETWORKS.some((network) => network.test(digits)))
    return false
  const sum = [...digits]
    .reverse()
    .map((digit, i) => Number(digit) * (1 + (i % 2)))
    .reduce((total, value) => total + Math.floor(value / 10) + (value % 10), 0)
  return sum % 10 === 0
}
