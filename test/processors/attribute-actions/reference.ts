import { createHash } from 'node:crypto'
import type { AnyValue, KeyValue } from '../../otlp/proto.ts'

/** The actions on plain objects, by their documentation: what the processors are compared with. */

export type PlainAction = {
  readonly action: string
  readonly key?: string
  readonly value?: string | number | boolean
  readonly from_attribute?: string
  readonly default_value?: string | number | boolean
  readonly pattern?: string
  readonly converted_type?: string
}

export function applied(
  attributes: ReadonlyArray<KeyValue>,
  actions: ReadonlyArray<PlainAction>,
): KeyValue[] {
  let current = attributes.map(({ key, value }) => ({ key: key!, value: value ?? {} }))
  const find = (key: string | undefined) => current.find((item) => item.key === key)
  const put = (key: string, value: AnyValue): void => {
    const known = find(key)
    if (known === undefined) current.push({ key, value })
    else known.value = value
  }
  for (const action of actions) {
    const { key } = action
    const matches = (item: { key: string }): boolean =>
      item === find(key) || (action.pattern !== undefined && new RegExp(action.pattern).test(item.key))
    const target = find(key)
    if (action.action === 'delete') current = current.filter((item) => !matches(item))
    else if (action.action === 'hash')
      for (const item of current.filter(matches)) item.value = hashed(item.value)
    else if (action.action === 'convert') {
      if (target !== undefined) target.value = converted(target.value, action.converted_type!)
    } else if (action.action === 'extract') {
      const text = target?.value.stringValue
      const groups =
        text == null ? undefined : new RegExp(action.pattern!.replaceAll('(?P<', '(?<')).exec(text)?.groups
      for (const [name, value] of Object.entries(groups ?? {})) put(name, { stringValue: value ?? '' })
    } else {
      const constant = action.value ?? action.default_value
      const source =
        find(action.from_attribute)?.value ?? (constant === undefined ? undefined : scalarValue(constant))
      if (
        source === undefined ||
        (target !== undefined ? action.action === 'insert' : action.action === 'update')
      )
        continue
      put(key!, source)
    }
  }
  return current
}

function scalarValue(scalar: string | number | boolean): AnyValue {
  if (typeof scalar === 'string') return { stringValue: scalar }
  if (typeof scalar === 'boolean') return { boolValue: scalar }
  return Number.isInteger(scalar) ? { intValue: BigInt(scalar) } : { doubleValue: scalar }
}

function hashed(value: AnyValue): AnyValue {
  const bytes = Buffer.alloc(8)
  let content: Buffer = Buffer.from(value.stringValue ?? '')
  if (value.intValue != null) {
    bytes.writeBigInt64LE(BigInt(value.intValue as bigint))
    content = bytes
  } else if (value.doubleValue != null) {
    bytes.writeDoubleLE(value.doubleValue)
    content = bytes
  } else if (value.boolValue != null) content = Buffer.of(Number(value.boolValue))
  return { stringValue: content.length === 0 ? '' : createHash('sha256').update(content).digest('hex') }
}

const INT64 = (number: bigint): boolean => BigInt.asIntN(64, number) === number

function converted(value: AnyValue, to: string): AnyValue {
  const { boolValue, doubleValue, intValue, stringValue } = value
  if (to === 'string') {
    if (intValue != null) return { stringValue: String(intValue) }
    if (boolValue != null) return { stringValue: String(boolValue) }
    if (doubleValue != null) return { stringValue: Object.is(doubleValue, -0) ? '-0' : String(doubleValue) }
    return value
  }
  if (to === 'int') {
    if (boolValue != null) return { intValue: BigInt(boolValue) }
    if (doubleValue != null && Number.isFinite(doubleValue)) {
      const whole = BigInt(Math.trunc(doubleValue))
      return INT64(whole) ? { intValue: whole } : value
    }
    if (stringValue != null && /^[+-]?\d+$/.test(stringValue)) {
      const whole = BigInt(stringValue.replace('+', ''))
      return INT64(whole) ? { intValue: whole } : value
    }
    return value
  }
  if (boolValue != null) return { doubleValue: Number(boolValue) }
  if (intValue != null) return { doubleValue: Number(intValue as bigint) }
  if (stringValue != null && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(stringValue)) {
    const number = Number(stringValue)
    return Number.isFinite(number) ? { doubleValue: number } : value
  }
  return value
}
