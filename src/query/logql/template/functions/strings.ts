import { TemplateError } from '../error.ts'
import { type FunctionTable, ofStrings, type TemplateFunction } from './function.ts'

export const TEXT_LENGTH_MAX = 1 << 20

/** A function of a number and a text, in this order. */
function ofCount(call: (count: number, text: string) => string): TemplateFunction {
  return { parameters: ['int', 'string'], call: ([count, text]) => call(Number(count), text as string) }
}

function bounded(length: number): number {
  if (length > TEXT_LENGTH_MAX)
    throw new TemplateError(
      `the text would have ${length} characters; at most ${TEXT_LENGTH_MAX} are allowed`,
    )
  return length
}

function padding(count: number): string {
  return ' '.repeat(bounded(Math.max(0, count)))
}

function indent(spaces: number, text: string): string {
  const pad = padding(spaces)
  bounded(text.length + pad.length * text.split('\n').length)
  return pad + text.replaceAll('\n', `\n${pad}`)
}

function align(count: number, text: string, left: boolean): string {
  const characters = [...text]
  if (count < 0 || characters.length === count) return text
  if (characters.length > count)
    return (left ? characters.slice(0, count) : characters.slice(characters.length - count)).join('')
  return left ? text + padding(count - characters.length) : padding(count - characters.length) + text
}

function truncate(count: number, text: string): string {
  const characters = [...text]
  if (count < 0) return characters.slice(Math.max(0, characters.length + count)).join('')
  return characters.slice(0, count).join('')
}

function substring(start: number, end: number, text: string): string {
  const characters = [...text]
  if (start < 0) return characters.slice(0, Math.max(0, end)).join('')
  if (end < 0 || end > characters.length) return characters.slice(start).join('')
  return characters.slice(start, Math.max(start, end)).join('')
}

function trimSet(text: string, set: string, left: boolean, right: boolean): string {
  const characters = [...text]
  const doomed = new Set(set)
  let start = 0
  let end = characters.length
  while (left && start < end && doomed.has(characters[start]!)) start++
  while (right && end > start && doomed.has(characters[end - 1]!)) end--
  return characters.slice(start, end).join('')
}

function withoutPrefix(prefix: string, text: string): string {
  return text.startsWith(prefix) ? text.slice(prefix.length) : text
}

function withoutSuffix(suffix: string, text: string): string {
  return suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text
}

function replaceSome(text: string, from: string, to: string, count: number): string {
  const parts = text.split(from)
  if (count < 0 || parts.length - 1 <= count) return parts.join(to)
  return [parts.slice(0, count + 1).join(to), ...parts.slice(count + 1)].join(from)
}

function title(text: string): string {
  return text.replace(
    /(^|[^\p{L}\p{N}_'])(\p{L})/gu,
    (_, before: string, letter: string) => before + letter.toUpperCase(),
  )
}

/** Functions of sprig: what is worked on is the last argument, so that it can come through a pipe. */
export const STRINGS: FunctionTable = {
  lower: ofStrings(1, (text) => text.toLowerCase()),
  upper: ofStrings(1, (text) => text.toUpperCase()),
  title: ofStrings(1, title),
  trim: ofStrings(1, (text) => text.trim()),
  trimAll: ofStrings(2, (set, text) => trimSet(text, set, true, true)),
  trimPrefix: ofStrings(2, withoutPrefix),
  trimSuffix: ofStrings(2, withoutSuffix),
  replace: ofStrings(3, (from, to, text) => text.replaceAll(from, () => to)),
  contains: ofStrings(2, (part, text) => text.includes(part)),
  hasPrefix: ofStrings(2, (part, text) => text.startsWith(part)),
  hasSuffix: ofStrings(2, (part, text) => text.endsWith(part)),
  trunc: ofCount(truncate),
  alignLeft: ofCount((count, text) => align(count, text, true)),
  alignRight: ofCount((count, text) => align(count, text, false)),
  indent: ofCount(indent),
  nindent: ofCount((spaces, text) => `\n${indent(spaces, text)}`),
  repeat: ofCount((count, text) => text.repeat(bounded(text.length * count) > 0 ? count : 0)),
  substr: {
    parameters: ['int', 'int', 'string'],
    call: ([start, end, text]) => substring(Number(start), Number(end), text as string),
  },
  // The names of Go's strings package, which take the text first.
  ToLower: ofStrings(1, (text) => text.toLowerCase()),
  ToUpper: ofStrings(1, (text) => text.toUpperCase()),
  Replace: {
    parameters: ['string', 'string', 'string', 'int'],
    call: ([text, from, to, count]) =>
      replaceSome(text as string, from as string, to as string, Number(count)),
  },
  Trim: ofStrings(2, (text, set) => trimSet(text, set, true, true)),
  TrimLeft: ofStrings(2, (text, set) => trimSet(text, set, true, false)),
  TrimRight: ofStrings(2, (text, set) => trimSet(text, set, false, true)),
  TrimPrefix: ofStrings(2, (text, prefix) => withoutPrefix(prefix, text)),
  TrimSuffix: ofStrings(2, (text, suffix) => withoutSuffix(suffix, text)),
  TrimSpace: ofStrings(1, (text) => text.trim()),
}
