import { hash as digest } from 'node:crypto'
import { RE2JS } from 're2js'
import type { Batch } from '../../otlp/batch.ts'
import { ATTRIBUTE, ValueKind } from '../../otlp/slots.ts'
import { valueToString } from '../../otlp/text.ts'
import { Varint } from '../../otlp/wire/varint.ts'
import { compileMatcher } from '../ottl/matcher.ts'
import { appendText, writeVarint } from './append.ts'
import type { Action, Scalar } from './config.ts'
import type { Constants } from './constants.ts'
import { convert } from './convert.ts'
import type { Overlay, Value } from './overlay.ts'

/** Does one action to the attributes that the overlay is open on. Says whether it changed anything. */
export type Run = (overlay: Overlay) => boolean

/** Written again for each value. */
const value: Value = { kind: 0, start: 0, end: 0 }
const varint = new Varint()

export function compileAction(action: Action, constants: Constants): Run {
  switch (action.action) {
    case 'delete':
      return forEach(action, (overlay, index) => overlay.remove(index))
    case 'hash':
      return forEach(action, hashAt)
    case 'extract':
      return extract(action.key, action.pattern, constants)
    case 'convert':
      return converting(Buffer.from(action.key), action.to)
    default:
      return put(action, constants)
  }
}

type Put = Extract<Action, { action: 'insert' | 'update' | 'upsert' }>

function put({ action, from, key, value: scalar }: Put, constants: Constants): Run {
  const keyBytes = Buffer.from(key)
  const keyAt = constants.add(keyBytes)
  const source = from === undefined ? undefined : Buffer.from(from)
  const constant = scalar === undefined ? undefined : constantOf(scalar, constants)
  return (overlay) => {
    const target = overlay.find(keyBytes)
    if (target >= 0 ? action === 'insert' : action === 'update') return false
    const at = source === undefined ? -1 : overlay.find(source)
    if (at < 0 && constant === undefined) return false
    const start = constants.in(overlay.batch)
    if (at >= 0) overlay.read(at, value)
    else {
      const shift = constant!.kind === ValueKind.bool ? 0 : start
      value.kind = constant!.kind
      value.start = constant!.start + shift
      value.end = constant!.end + shift
    }
    if (target >= 0) overlay.set(target, value)
    else overlay.add(start + keyAt, start + keyAt + keyBytes.length, value)
    return true
  }
}

/** A value of the configuration; its range counts from the first constant. Whole numbers are ints. */
function constantOf(scalar: Scalar, constants: Constants): Value {
  if (typeof scalar === 'boolean') return { kind: ValueKind.bool, start: Number(scalar), end: 0 }
  const [kind, bytes] = bytesOf(scalar)
  const start = constants.add(bytes)
  return { kind, start, end: start + bytes.length }
}

function bytesOf(scalar: string | number): [kind: number, bytes: Buffer] {
  if (typeof scalar === 'string') return [ValueKind.string, Buffer.from(scalar)]
  const bytes = Buffer.alloc(10)
  if (Number.isInteger(scalar)) {
    const high = Math.floor(scalar / 2 ** 32)
    return [ValueKind.int, bytes.subarray(0, writeVarint(bytes, scalar - high * 2 ** 32, high))]
  }
  bytes.writeDoubleLE(scalar)
  return [ValueKind.double, bytes.subarray(0, 8)]
}

/** Applies to the attribute of a key, and to all whose key matches a pattern; from the last to the first, as some go. */
function forEach(
  { key, pattern }: { readonly key: string | undefined; readonly pattern: string | undefined },
  apply: (overlay: Overlay, index: number) => void,
): Run {
  const keyBytes = key === undefined ? undefined : Buffer.from(key)
  const matcher = pattern === undefined ? undefined : compileMatcher(pattern)
  return (overlay) => {
    let any = false
    const exact = keyBytes === undefined ? -1 : overlay.find(keyBytes)
    for (let i = overlay.count - 1; i >= 0; i--) {
      if (i !== exact && (matcher === undefined || !matchesKey(overlay, i, matcher))) continue
      apply(overlay, i)
      any = true
    }
    return any
  }
}

function matchesKey(overlay: Overlay, index: number, matcher: ReturnType<typeof compileMatcher>): boolean {
  const { bytes } = overlay.batch
  const start = overlay.slot(index, ATTRIBUTE.keyStart)
  const end = overlay.slot(index, ATTRIBUTE.keyEnd)
  return matcher.onBytes(bytes, start, end) ?? matcher.onText(bytes.toString('utf8', start, end))
}

const hex = Buffer.alloc(64)
const eight = Buffer.alloc(8)
const one = Buffer.alloc(1)

/** SHA-256 in hexadecimal, of the same bytes as the collector's: a text, eight bytes of a number, one of a bool. */
function hashAt(overlay: Overlay, index: number): void {
  overlay.read(index, value)
  const bytes = hashedBytes(overlay.batch, value)
  // As there, what is empty stays so.
  if (bytes.length === 0) appendText(overlay.batch, bytes, value)
  else {
    hex.write(digest('sha256', bytes, 'hex'), 'latin1')
    appendText(overlay.batch, hex, value)
  }
  overlay.set(index, value)
}

function hashedBytes(batch: Batch, { end, kind, start }: Value): Buffer {
  if (kind === ValueKind.string || kind === ValueKind.bytes) return batch.bytes.subarray(start, end)
  if (kind === ValueKind.bool) {
    one[0] = start
    return one
  }
  if (kind === ValueKind.double) return batch.bytes.subarray(start, start + 8)
  if (kind !== ValueKind.int) return Buffer.from(valueToString(kind, batch.bytes, start, end))
  varint.read(batch.bytes, start, end)
  eight.writeInt32LE(varint.low, 0)
  eight.writeInt32LE(varint.high, 4)
  return eight
}

function extract(key: string, pattern: string, constants: Constants): Run {
  const keyBytes = Buffer.from(key)
  const regex = RE2JS.compile(pattern)
  const { onBytes } = compileMatcher(pattern)
  const groups = Object.entries(regex.namedGroups())
    .sort(([, a], [, b]) => a - b)
    .map(([name, number]) => ({ number, name: Buffer.from(name), at: constants.add(Buffer.from(name)) }))
  return (overlay) => {
    const source = overlay.find(keyBytes)
    if (source < 0) return false
    overlay.read(source, value)
    const { batch } = overlay
    if (value.kind !== ValueKind.string || onBytes(batch.bytes, value.start, value.end) === false)
      return false
    const matcher = regex.matcher(batch.bytes.toString('utf8', value.start, value.end))
    if (!matcher.find()) return false
    const start = constants.in(batch)
    for (const { at, name, number } of groups) {
      appendText(batch, Buffer.from(matcher.group(number) ?? ''), value)
      const target = overlay.find(name)
      if (target >= 0) overlay.set(target, value)
      else overlay.add(start + at, start + at + name.length, value)
    }
    return true
  }
}

function converting(key: Uint8Array, to: Parameters<typeof convert>[1]): Run {
  return (overlay) => {
    const index = overlay.find(key)
    if (index < 0) return false
    overlay.read(index, value)
    if (!convert(overlay.batch, to, value)) return false
    overlay.set(index, value)
    return true
  }
}
